"""Merging contacts and merging accounts: choose, compare, ask, do. What was picked stands in the address."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode
from zlib import crc32

from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked, go, page
from madoguchi.doors.agent.tickets.once import Repeated, use_up
from madoguchi.doors.agent.tickets.writing import new_key
from madoguchi.errors import Hidden, Refused, Stale
from madoguchi.people.doubles import Double
from madoguchi.people.merging import MOST, Row, final, is_empty

MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class Kind:
    """What differs between contacts and accounts. `rows(ids)` brings records in their order, `search(q)` ids."""

    name: str
    labels: Mapping[str, Any]
    icon: str
    rows: Callable[[Sequence[int]], list[Any]]
    search: Callable[[str], list[int]]
    doubles: Callable[[Any], list[Double]]
    locked: Callable[..., Any]
    compare: Callable[..., Any]
    merge: Callable[..., Any]
    always: frozenset[str]
    titles: Mapping[str, Any]

    def address(self, customer: Any) -> str:
        return reverse(self.name, kwargs={"pk": customer.pk})

    def merge_address(self, customer: Any) -> str:
        return reverse(f"{self.name}_merge", kwargs={"pk": customer.pk})


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address or the form says: ids; `main` 0 is the one in the path; `keep` is field → id.

    `was` is the main record under which the picks were made: those that were only its proposals follow the new one.
    """

    ids: list[int]
    main: int = 0
    keep: Mapping[str, int] = field(default_factory=dict)
    was: int = 0
    only_differing: bool = False
    confirms: bool = False
    compares: bool = False
    q: str = ""

    @classmethod
    def read(cls, sent: QueryDict, pk: int) -> "Asked":
        ids = [number(part) for text in sent.getlist("with") for part in text.split(",")]
        return cls(
            ids=[n for n in dict.fromkeys(ids) if n and n != pk],
            main=number(sent.get("main", "")),
            keep={name.removeprefix("keep-"): number(sent.get(name, "")) for name in sent if name.startswith("keep-")},
            was=number(sent.get("was", "")),
            only_differing=sent.get("differing") == "1",
            confirms=sent.get("confirm") == "1",
            compares=sent.get("compare") == "1",
            q=sent.get("q", "").strip()[:100],
        )


def number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def answer(request: Desked, kind: Kind, pk: int) -> HttpResponse:
    """GET: choose; with `compare` side by side; with `confirm` the question above it. POST: the deed, once."""
    customer = next(iter(kind.rows([pk])), None)
    if customer is None:
        raise Hidden
    require(request.actor, "edit_customers")
    asked = Asked.read(request.POST if request.method == "POST" else request.GET, pk)
    if customer.merged_into_id is not None:
        return go(request, kind.address(final(customer)), _("These records are merged already."))
    if request.method == "POST":
        return done(request, kind, customer, asked)
    if asked.compares:
        try:
            return compared(request, kind, customer, asked)
        except Refused as refusal:
            return chosen_from(request, kind, customer, asked, refusal)
    return chosen_from(request, kind, customer, asked)


def done(request: Desked, kind: Kind, customer: Any, asked: Asked) -> HttpResponse:
    try:
        with transaction.atomic():
            use_up(request)
            kind.locked(customer, kind.rows(asked.ids[:MOST_FOUND]))
            comparison = comparison_of(request, kind, customer, asked)
            stay_if_changed(comparison, request.POST.get("seen", ""))
            picks = picked(asked, comparison)
            keep = {key: comparison.customers[place] for key, place in picks.items()}
            keep = {key: source for key, source in keep.items() if source.pk != comparison.main.pk}
            main = kind.merge(comparison.main, comparison.others, picks=keep, by=request.actor)
    except Repeated:
        return go(request, kind.address(final(next(iter(kind.rows([customer.pk]))))))
    except Stale as stale:
        return compared(request, kind, customer, replace(asked, confirms=False), stale)
    except Refused as refusal:
        return chosen_from(request, kind, customer, asked, refusal)
    n = len(comparison.customers)
    said = ngettext("%(num)s record merged into %(name)s.", "%(num)s records merged into %(name)s.", n)
    return go(request, kind.address(main), said % {"num": n, "name": main.name})


# -- choosing


def chosen_from(
    request: Desked, kind: Kind, customer: Any, asked: Asked, refusal: Refused | None = None
) -> HttpResponse:
    doubles = {double.customer.pk: double for double in ([] if asked.q else kind.doubles(customer))}
    ticked = [row for row in kind.rows(asked.ids[:MOST_FOUND]) if row.trashed_at is None]
    found = [pk for pk in kind.search(asked.q) if pk != customer.pk] if asked.q else list(doubles)
    more = [pk for pk in found if pk not in {row.pk for row in ticked}]
    return page(
        request,
        "agent/customers/merge/choose.html",
        status=422 if refusal else 200,
        kind=kind,
        customer=customer,
        rows=[*ticked, *kind.rows(more)],
        ticked={row.pk for row in ticked},
        doubles=doubles,
        q=asked.q,
        most=MOST,
        told_off=refusal,
        here_at=kind.merge_address(customer),
    )


# -- comparing


def comparison_of(request: Desked, kind: Kind, customer: Any, asked: Asked, main: int = 0) -> Any:
    """Hidden where one of them is not there."""
    rows = [customer, *kind.rows(asked.ids[:MOST_FOUND])]
    if len(rows) != 1 + len(asked.ids[:MOST_FOUND]):
        raise Hidden
    wanted = main or asked.main
    return kind.compare(rows, main=next((row for row in rows if row.pk == wanted), customer), by=request.actor)


def picked(asked: Asked, comparison: Any, before: Any = None) -> dict[str, int]:
    """Field → place of the record whose value is kept: as asked where that is a choice, else as proposed."""
    places = {row.pk: at for at, row in enumerate(comparison.customers)}
    proposed_before = {row.key: row.chosen for row in before.rows} if before else {}
    picks = {}
    for row in comparison.rows:
        place = places.get(asked.keep.get(row.key, 0))
        is_choice = place is not None and row.differs and proposed_before.get(row.key) != place
        picks[row.key] = place if is_choice and place is not None else row.chosen
    return picks


def prints(comparison: Any) -> dict[str, str]:
    """A short print of each row, to tell whether it is still what the agent saw."""
    told = {row.key: [getattr(value, "pk", value) for value in row.values] for row in comparison.rows}
    return {key: f"{crc32(repr(values).encode()):08x}" for key, values in told.items()}


def stay_if_changed(comparison: Any, seen: str) -> None:
    """Stale where a value is not what the agent saw. A form that says nothing is taken as it is."""
    known = dict(part.split(":", 1) for part in seen.split(",") if ":" in part)
    changed = [key for key, value in prints(comparison).items() if known.get(key, value) != value]
    if changed:
        text = _("Someone changed one of these records meanwhile. Look at the new values, then merge.")
        raise Stale(text, [{"field": key} for key in changed])


def compared(request: Desked, kind: Kind, customer: Any, asked: Asked, stale: Stale | None = None) -> HttpResponse:
    comparison = comparison_of(request, kind, customer, asked)
    main, found = comparison.main, comparison.customers
    at = next(place for place, row in enumerate(found) if row.pk == main.pk)
    before = None
    if asked.was and asked.was != main.pk:
        before = comparison_of(request, kind, customer, asked, asked.was)
    picks = picked(asked, comparison, before)
    shown = [row for row in comparison.rows if row.key in kind.always or not all(map(is_empty, row.values))]
    here = place_of(kind, customer, asked, comparison, picks)
    response = page(
        request,
        "agent/customers/merge/compare.html",
        status=422 if stale else 200,
        kind=kind,
        customer=customer,
        comparison=comparison,
        customers=found,
        main=main,
        at=at,
        rows=shown,
        picks=picks,
        is_empty=is_empty,
        changes_account=changes_account(comparison.rows, picks, at),
        changed={change["field"] for change in stale.changes} if stale else set(),
        stale=stale,
        asked=asked,
        once=new_key(),
        seen=",".join(f"{key}:{value}" for key, value in prints(comparison).items()),
        here_at=kind.merge_address(customer),
        back=here,
    )
    if getattr(request, "htmx", False) and not stale:
        response["HX-Replace-Url"] = here
    return response


def changes_account(rows: Sequence[Row], picks: Mapping[str, int], main: int) -> bool:
    """Whether some tickets get another account: then other people may see them in the help center."""
    row = next((row for row in rows if row.key == "account"), None)
    return row is not None and row.differs and row.values[picks["account"]] is not None


def place_of(kind: Kind, customer: Any, asked: Asked, comparison: Any, picks: Mapping[str, int]) -> str:
    """The address of just this comparison, without what is proposed anyway."""
    found = comparison.customers
    query: dict[str, Any] = {"compare": 1, "with": ",".join(str(pk) for pk in asked.ids)}
    if comparison.main.pk != customer.pk:
        query["main"] = comparison.main.pk
    chosen = {row.key: row.chosen for row in comparison.rows}
    query |= {f"keep-{key}": found[at].pk for key, at in picks.items() if at != chosen[key]}
    if asked.only_differing:
        query["differing"] = 1
    return f"{kind.merge_address(customer)}?{urlencode(query, safe=',:')}"
