"""Merging the tickets of one customer: the comparison, the question, the deed (SPEC M1–M9). What was picked stands in the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode
from zlib import crc32

from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from madoguchi.access import Level, can, departments_seeing, require
from madoguchi.doors.agent.answer import Desked, go, page
from madoguchi.doors.agent.history import joined
from madoguchi.doors.agent.tickets.finding import address
from madoguchi.doors.agent.tickets.once import Repeated, use_up
from madoguchi.doors.agent.tickets.writing import new_key
from madoguchi.errors import Denied, Hidden, Refused, Stale
from madoguchi.models import Department, Permission, Ticket
from madoguchi.models.ticket import Channel
from madoguchi.organisation.current import custom_fields, the_organisation
from madoguchi.tickets import merging
from madoguchi.tickets.comparing import Comparison, Row, compare, is_empty, reason_against, result
from madoguchi.tickets.mergeable import FEWEST, MOST
from madoguchi.tickets.numbers import final
from madoguchi.tickets.seeing import gains_and_losses

LABELS = {
    "subject": gettext_lazy("Subject"),
    "number": gettext_lazy("Ticket number"),
    "status": gettext_lazy("Status"),
    "priority": gettext_lazy("Priority"),
    "assignee": gettext_lazy("Assignee"),
    "team": gettext_lazy("Team"),
    "due_at": gettext_lazy("Due date"),
    "overdue": gettext_lazy("Overdue time"),
    "account": gettext_lazy("Account name"),
    "product": gettext_lazy("Product code"),
    "category": gettext_lazy("Category"),
    "sub_category": gettext_lazy("Subcategory"),
    "classification": gettext_lazy("Classification"),
    "resolution": gettext_lazy("Resolution"),
    "channel": gettext_lazy("Channel"),
    "language": gettext_lazy("Language"),
    "email": gettext_lazy("Mail address"),
    "phone": gettext_lazy("Phone"),
    "tags": gettext_lazy("Tags"),
    "created_at": pgettext_lazy("ticket", "Created at"),
    "response": gettext_lazy("Response time"),
    "on_hold": gettext_lazy("On-hold time"),
}
IF_FILLED = {"team", "sub_category", "classification", "resolution", "channel", "language", "email", "phone"}
LAST = ("tags", "created_at", "response", "on_hold")
MOST_ASKED = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address or the form says: numbers of tickets; `main` 0 is the oldest; `keep` is field → number.

    `was` is the main ticket under which the picks were made: those that were only its proposals follow the new one.
    """

    numbers: list[int]
    main: int = 0
    keep: Mapping[str, int] = field(default_factory=dict)
    was: int = 0
    only_differing: bool = False
    confirms: bool = False

    @classmethod
    def read(cls, sent: QueryDict) -> "Asked":
        keep = {name.removeprefix("keep-"): number(sent.get(name, "")) for name in sent if name.startswith("keep-")}
        return cls(
            numbers=numbers(sent.getlist("tickets")),
            main=number(sent.get("main", "")),
            keep=keep,
            was=number(sent.get("was", "")),
            only_differing=sent.get("differing") == "1",
            confirms=sent.get("confirm") == "1",
        )

    def led(self, leads: Mapping[int, int]) -> "Asked":
        """The same with each number where it leads; those that lead to 0 are left out."""
        keep = {name: n for name, n in self.keep.items() if leads.get(n) == n}
        found = [leads.get(n, 0) for n in self.numbers]
        return replace(self, numbers=[n for n in dict.fromkeys(found) if n], main=leads.get(self.main, 0), keep=keep)


@require_safe
def new(request: Desked) -> HttpResponse:
    """The tickets side by side; with `confirm` the question above them."""
    asked = Asked.read(request.GET)
    require(request.actor, "merge")
    found = found_by(request, asked.numbers)
    if main := merged_already(found):
        return go(request, address(main), _("These tickets are merged already."))
    try:
        return compared(request, asked, compared_by(request, asked, found))
    except (Refused, Denied, Hidden) as problem:
        return refused(request, asked, found, problem)


@require_POST
def create(request: Desked) -> HttpResponse:
    """Merge them, once, if they still are what the agent saw."""
    asked = Asked.read(request.POST)
    require(request.actor, "merge")
    found = found_by(request, asked.numbers)
    if main := merged_already(found):
        return go(request, address(main), _("These tickets are merged already."))
    comparison = None
    try:
        with transaction.atomic():
            use_up(request)
            if found:
                merging.locked(found[0], found[1:])
            comparison = compared_by(request, asked, found)
            stay_if_changed(comparison, request.POST.get("seen", ""))
            picks = picked(asked, comparison)
            main = merge(comparison, picks, request)
    except Repeated:
        return go(request, address(final(Ticket.objects.get(pk=found[0].pk))) if found else reverse("tickets"))
    except Stale as stale:
        assert comparison is not None
        return compared(request, replace(asked, confirms=False), comparison, stale)
    except (Refused, Denied, Hidden) as problem:
        return refused(request, asked, found, problem)
    said = ngettext("%(num)s ticket merged into #%(n)s.", "%(num)s tickets merged into #%(n)s.", len(found))
    return go(request, address(main), said % {"num": len(found), "n": main.number})


def merge(comparison: Comparison, picks: Mapping[str, int], request: Desked) -> Ticket:
    main = comparison.main
    others = [ticket for ticket in comparison.tickets if ticket.pk != main.pk]
    keep = {key: comparison.tickets[at] for key, at in picks.items() if comparison.tickets[at].pk != main.pk}
    return merging.merge(main, others, keep=keep, by=request.actor)


# -- finding


def number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def numbers(texts: Sequence[str]) -> list[int]:
    """`101,102` or one each, without what is no number; doubles stay, for the rules to refuse."""
    found = [number(part.strip().removeprefix("#")) for text in texts for part in text.split(",")]
    return [n for n in found if n][:MOST_ASKED]


def found_by(request: Desked, asked: Sequence[int]) -> list[Ticket]:
    """The tickets with these numbers, in this order. Hidden if the agent may not see one of them."""
    rows = Ticket.objects.with_people().filter(numbers__number__in=asked).prefetch_related("numbers")
    by_number = {each.number: row for row in rows for each in row.numbers.all()}
    found = [by_number[n] for n in asked if n in by_number]
    if len(found) != len(asked) or not all(visible(request, ticket) for ticket in found):
        raise Hidden
    return found


def visible(request: Desked, ticket: Ticket) -> bool:
    return can(request.actor, "read", ticket) or can(request.actor, "read", final(ticket))


def merged_already(found: Sequence[Ticket]) -> Ticket | None:
    """Where all of them lead, if they were merged into one before: a reload, a second press, the way back."""
    if len(found) < 2 or all(ticket.merged_into_id is None for ticket in found):
        return None
    ends = {end.pk: end for end in map(final, found)}
    return next(iter(ends.values())) if len(ends) == 1 else None


def compared_by(request: Desked, asked: Asked, found: Sequence[Ticket]) -> Comparison:
    return compare(found, main=next((t for t in found if t.number == asked.main), None), by=request.actor)


# -- picking


def picked(asked: Asked, comparison: Comparison, before: Comparison | None = None) -> dict[str, int]:
    """Field → place of the ticket whose value it gets: as asked where that is a choice, else as proposed."""
    places = {ticket.number: at for at, ticket in enumerate(comparison.tickets)}
    proposed_before = {row.key: row.chosen for row in before.rows} if before else {}
    picks = {}
    for row in comparison.rows:
        if row.locked or row.united or row.bound_to:
            continue
        place = places.get(asked.keep.get(row.key, 0))
        is_choice = place is not None and row.differs and proposed_before.get(row.key) != place
        picks[row.key] = place if is_choice and place is not None else row.chosen
    return picks


def place_in(row: Row, picks: Mapping[str, int], main: int) -> int:
    """The ticket whose value the merged one gets in this row."""
    return main if row.locked or row.united else picks[row.bound_to or row.key]


def prints(comparison: Comparison) -> dict[str, str]:
    """A short print of each row that can be picked, to tell whether it is still what the agent saw."""
    return {
        row.key: f"{crc32(repr([getattr(v, 'pk', v) for v in row.values]).encode()):08x}"
        for row in comparison.rows
        if not row.locked and not row.bound_to
    }


def stay_if_changed(comparison: Comparison, seen: str) -> None:
    """Stale where a value is not what the agent saw; `changes` names the rows. A form that says nothing is taken as it is."""
    known = dict(part.split(":", 1) for part in seen.split(",") if ":" in part)
    now = {key.replace(":", "."): (key, value) for key, value in prints(comparison).items()}
    changed = [key for name, (key, value) in now.items() if known.get(name, value) != value]
    if changed:
        text = _("Someone changed one of these tickets meanwhile. Look at the new values, then merge.")
        raise Stale(text, [{"field": key} for key in changed])


# -- showing


def compared(request: Desked, asked: Asked, comparison: Comparison, stale: Stale | None = None) -> HttpResponse:
    found, main = comparison.tickets, comparison.main
    at = next(place for place, ticket in enumerate(found) if ticket.pk == main.pk)
    before = None
    if asked.was and asked.was != main.number:
        before = compare(found, main=next((t for t in found if t.number == asked.was), None), by=request.actor)
    picks = picked(asked, comparison, before)
    customs = {f"cf:{f.api_name}": f for f in custom_fields(main.department_id)}
    filled = (row for row in comparison.rows if row.key not in IF_FILLED or not all(map(is_empty, row.values)))
    rows = sorted(filled, key=lambda row: rank(row.key))
    here = place_of(asked, comparison, picks)
    answer = page(
        request,
        "agent/tickets/merges/new.html",
        status=422 if stale else 200,
        comparison=comparison,
        tickets=found,
        main=main,
        at=at,
        rows=rows,
        picks=picks,
        place_in=lambda row: place_in(row, picks, at),
        label=lambda row: label(row, customs),
        custom=customs,
        is_empty=is_empty,
        span=span,
        channels=lambda value: Channel(value).label,
        united=result(comparison, {}),
        against=lambda row, place: against(row, place, comparison),
        changed={change["field"] for change in stale.changes} if stale else set(),
        stale=stale,
        asked=asked,
        asks=asked.confirms,
        number=found[picks["number"]].number if "number" in picks else main.number,
        others=[ticket for ticket in found if ticket.pk != main.pk],
        has_departments=len({ticket.department_id for ticket in found}) > 1,
        **sight(comparison),
        families=families(request, comparison),
        days=the_organisation().bin_days,
        once=new_key(),
        seen=",".join(f"{key.replace(':', '.')}:{value}" for key, value in prints(comparison).items()),
        back=here,
    )
    if getattr(request, "htmx", False) and not stale:
        answer["HX-Replace-Url"] = here
    return answer


def sight(comparison: Comparison) -> dict[str, Any]:
    """Which departments see each ticket (`seen_by`, in words), and which ones gain or lose sight by the merge."""
    found, main = comparison.tickets, comparison.main
    gains, losses = gains_and_losses(main, found)
    before = {ticket.pk: departments_seeing(ticket) for ticket in found}
    names = {ticket.department_id: ticket.department.name for ticket in found}
    if missing := {pk for each in before.values() for pk in each} - names.keys():
        names |= dict(Department.objects.filter(pk__in=missing).values_list("pk", "name"))

    def words(pk: int, level: Level) -> str:
        if level == Level.OWN:
            return names[pk]
        return _("%(department)s: %(level)s") % {"department": names[pk], "level": Permission(level).label}

    return {
        "seen_by": {pk: [words(*one) for one in each.items()] for pk, each in before.items()},
        "gains": joined(names[pk] for pk in gains),
        "losses": joined(names[pk] for pk in losses),
    }


def families(request: Desked, comparison: Comparison) -> list[str]:
    """What becomes of parents and children (SPEC F6)."""
    main, place = comparison.main, comparison.family
    told = []
    if place.taken_over:
        n = len(place.taken_over)
        text = ngettext("It takes over %(num)s child ticket.", "It takes over %(num)s child tickets.", n)
        told.append(text % {"num": n})
    if place.parent_id is not None and place.parent_id != main.parent_id:
        if place.parent is not None and can(request.actor, "read", place.parent):
            told.append(_("It becomes a child of #%(n)s.") % {"n": place.parent.number})
        else:
            told.append(_("It becomes a child ticket."))
    if main.parent_id is not None and place.parent_id is None:
        told.append(_("It is no longer a child: its parent is merged into it."))
    return told


def place_of(asked: Asked, comparison: Comparison, picks: Mapping[str, int]) -> str:
    """The address of just this comparison, without what is proposed anyway."""
    found = comparison.tickets
    query: dict[str, Any] = {"tickets": ",".join(str(ticket.number) for ticket in found)}
    if comparison.main.pk != min(found, key=lambda t: (t.created_at, t.pk)).pk:
        query["main"] = comparison.main.number
    chosen = {row.key: row.chosen for row in comparison.rows}
    query |= {f"keep-{key}": found[at].number for key, at in picks.items() if at != chosen[key]}
    if asked.only_differing:
        query["differing"] = 1
    return f"{reverse('new_merge')}?{urlencode(query, safe=',:')}"


def rank(key: str) -> tuple[int, int]:
    order = list(LABELS)
    if key in LAST:
        return 2, order.index(key)
    return (0, order.index(key)) if key in order else (1, 0)


def against(row: Row, place: int, comparison: Comparison) -> str:
    """Why the main ticket cannot take this value; '' where it can."""
    main, value = comparison.main, row.values[place]
    if comparison.tickets[place].pk == main.pk:
        return ""
    if is_empty(value):
        at = next(n for n, ticket in enumerate(comparison.tickets) if ticket.pk == main.pk)
        return "" if is_empty(row.values[at]) else _("No value")
    reason = reason_against(main, row.key, value)
    return str(reason.text) if reason else ""


def label(row: Row, customs: Mapping[str, Any]) -> Any:
    return LABELS.get(row.key) or (customs[row.key].label if row.key in customs else row.key.removeprefix("cf:"))


def refused(request: Desked, asked: Asked, found: Sequence[Ticket], problem: Exception) -> HttpResponse:
    """Why these cannot be merged, each of them, and the way on with those that can: a merged one stands for its main one."""
    told = [(ticket, trouble(request, ticket)) for ticket in dict.fromkeys(found)]
    ends = {ticket.number: final(ticket) for ticket, _why in told}
    leads = {n: end.number for n, end in ends.items() if not trouble(request, end)}
    rest = asked.led(leads)
    is_other = sorted(rest.numbers) != sorted(asked.numbers)
    return page(
        request,
        "agent/tickets/merges/refused.html",
        status=422 if isinstance(problem, Refused) else 403,
        text=problem.text if isinstance(problem, Refused) else _("Your role does not allow this. Nothing was changed."),
        told=told,
        rest=rest.numbers if is_other and FEWEST <= len(rest.numbers) <= MOST else [],
        rest_at=address_of(rest),
    )


def address_of(asked: Asked) -> str:
    query: dict[str, Any] = {"tickets": ",".join(map(str, asked.numbers))}
    if asked.main:
        query["main"] = asked.main
    query |= {f"keep-{key}": n for key, n in asked.keep.items()}
    return f"{reverse('new_merge')}?{urlencode(query, safe=',:')}"


def trouble(request: Desked, ticket: Ticket) -> str:
    """What keeps this ticket from being merged; '' where nothing about the ticket itself does."""
    if ticket.merged_into_id is not None:
        return _("merged into #%(n)s") % {"n": final(ticket).number}
    if ticket.trashed_at is not None:
        return _("in the recycle bin")
    return "" if can(request.actor, "merge", ticket) else _("not yours to merge")


def span(seconds: float) -> str:
    """A time that was measured: 24分, 3時間 5分."""
    hours, minutes = divmod(max(0, int(seconds)) // 60, 60)
    words = [_("%(n)s h") % {"n": hours}] if hours else []
    words += [_("%(n)s min") % {"n": minutes}] if minutes or not hours else []
    return " ".join(words)
