"""One action on all ticked tickets (SPEC D7). `do` is the verb and its value: `assign:12`, `close`, `tag`."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from madoguchi import tickets
from madoguchi.access import can, require
from madoguchi.doors.agent.answer import Desked, came_from, go
from madoguchi.doors.agent.tickets import family_closing, index
from madoguchi.doors.agent.tickets.choosing import merge_address
from madoguchi.errors import Refused
from madoguchi.models import Agent, Department, Ticket
from madoguchi.models.organisation import State
from madoguchi.organisation.current import statuses
from madoguchi.record import now
from madoguchi.tickets.bulk import MOST, Act, in_bulk
from madoguchi.tickets.comparing import compare


@require_POST
def create(request: Desked) -> HttpResponse:
    """Change them, and say of each that was refused why; those stay ticked."""
    back = came_from(request, reverse("tickets"))
    ids = [int(pk) for pk in request.POST.getlist("ids") if pk.isdecimal() and len(pk) < 19]
    do = request.POST.get("do", "")
    if do == "trash" and ids:
        return again(request, back, ids, status=200, asks="trash")
    if closes(do) and "sure" not in request.POST:
        along = family_closing.asked_of(request, ids[: MOST + 1])
        if along.children:
            return again(request, back, ids, status=200, asks="close", do=do, along=along)
    began = now()
    try:
        if do == "merge":
            return go(request, merging(request, ids))
        outcomes = in_bulk(ids, act_of(request, do), by=request.actor)
    except Refused as refusal:
        return again(request, back, ids, refusal=refusal)
    refused = [outcome for outcome in outcomes if not outcome.is_done]
    if refused:
        return again(request, back, [o.ticket_id for o in refused], outcomes=outcomes)
    n = family_closing.closed_along([o.ticket for o in outcomes if o.ticket], began) if closes(do) else 0
    return go(request, back, family_closing.with_relatives(said(do, len(outcomes)), n))


def closes(do: str) -> bool:
    """Whether this closes tickets: the button, or a closed status."""
    return do == "close" or any(do == f"status:{each.pk}" for each in statuses() if each.state == State.CLOSED)


def merging(request: Desked, ids: list[int]) -> str:
    """Where the ticked tickets stand side by side. Refused for what they cannot be merged for (SPEC M1, M2)."""
    require(request.actor, "merge")
    found = {row.pk: row for row in Ticket.objects.with_people().filter(pk__in=ids)}
    if not all(can(request.actor, "read", found[pk]) if pk in found else False for pk in ids):
        raise Refused("NOT_FOUND", _("One of these tickets is not there any more."))
    comparison = compare([found[pk] for pk in ids], by=request.actor)
    return merge_address([ticket.number for ticket in comparison.tickets])


def again(request: Desked, back: str, ids: list[int], *, status: int = 422, **more: object) -> HttpResponse:
    """The list as it was, with what is to be said."""
    if request.department is None:
        return go(request, back)
    return index.listing(request, QueryDict(urlsplit(back).query), status=status, ticked=frozenset(ids), **more)


def said(do: str, n: int) -> str:
    words = {
        "trash:sure": ngettext(
            "%(num)s ticket moved to the recycle bin.", "%(num)s tickets moved to the recycle bin.", n
        ),
        "close": ngettext("%(num)s ticket closed.", "%(num)s tickets closed.", n),
        "spam": ngettext("%(num)s ticket marked as spam.", "%(num)s tickets marked as spam.", n),
    }.get(do) or ngettext("%(num)s ticket changed.", "%(num)s tickets changed.", n)
    return words % {"num": n}


def act_of(request: Desked, do: str) -> Act:
    """The verb behind a button. Refused: NOT_A_CHOICE, NOTHING_TO_DO."""
    verb, _colon, value = do.partition(":")
    by = request.actor
    plain: dict[str, Act] = {
        "close": lambda t: tickets.close(t, by=by),
        "spam": lambda t: tickets.mark_spam(t, by=by),
        "not_spam": lambda t: tickets.unmark_spam(t, by=by),
        "trash": lambda t: tickets.trash(t, by=by),
    }
    if verb in plain and (verb != "trash" or value == "sure"):
        return plain[verb]
    choosing: dict[str, Callable[[Desked, str], Act]] = {
        "assign": assigning,
        "status": setting,
        "priority": lambda r, value: lambda t: tickets.edit(t, {"priority": value}, by=by),
        "move": moving,
        "tag": lambda r, value: lambda t: tickets.tag(t, names(r), by=by),
        "untag": lambda r, value: lambda t: tickets.untag(t, names(r), by=by),
    }
    if verb not in choosing:
        raise Refused("NOTHING_TO_DO", _("Choose what to do with them."))
    return choosing[verb](request, value)


def assigning(request: Desked, value: str) -> Act:
    agent = None
    if value:
        agent = Agent.objects.select_related("role").filter(pk=number(value)).first()
        if agent is None:
            raise gone()
    return lambda t: tickets.assign(t, agent, by=request.actor)


def setting(request: Desked, value: str) -> Act:
    status = next((s for s in statuses() if str(s.pk) == value), None)
    if status is None:
        raise gone()
    return lambda t: tickets.set_status(t, status, by=request.actor)


def moving(request: Desked, value: str) -> Act:
    department = Department.objects.filter(pk=number(value)).first()
    if department is None:
        raise gone()
    return lambda t: tickets.move(t, department, by=request.actor)


def names(request: Desked) -> list[str]:
    return [name for name in request.POST.get("tag", "").replace("、", ",").split(",") if name.strip()]


def number(value: str) -> int:
    return int(value) if value.isdecimal() and len(value) < 19 else 0


def gone() -> Refused:
    return Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."))
