"""The views of a department: the standard ones and those people made (SPEC D6), and how many tickets each holds."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from madoguchi.access import shares
from madoguchi.kit.criteria import ME, Condition, Tree, all_of
from madoguchi.lists import selecting
from madoguchi.lists.criteria import FIELDS, Fields, compiled
from madoguchi.lists.meanings import Midnight, Reader, tags_meant
from madoguchi.lists.selecting import CAP, Selection
from madoguchi.models import Agent, Department, Entry, Ticket
from madoguchi.models.organisation import State

USUAL_COLUMNS = ("contact", "status", "priority", "assignee", "due", "updated")
SHARED_COLUMNS = ("owner", "contact", "status", "level", "due", "updated")
OPEN = Condition("state", "is", State.OPEN.value)


@dataclass(frozen=True, slots=True)
class View:
    """`tree` narrows the live tickets of a department; `special` does where no criteria can say it.

    `is_shared`: of the live tickets that other departments share with it instead (SPEC S5). `sort` is the column rows are
    ordered by, with `-` in front for descending. `pk` is the row of a custom view.
    """

    key: str
    name: Any
    icon: str
    tree: Tree
    empty: Any
    is_counted: bool = True
    is_live: bool = True
    has_closed: bool = False
    is_shared: bool = False
    special: Callable[[Reader], Q] | None = None
    columns: tuple[str, ...] = USUAL_COLUMNS
    sort: str = "-modified_at"
    pk: int | None = None
    is_mine: bool = False
    audience: str = ""


def answered_today(reader: Reader) -> Q:
    """Replied to since the reader's midnight: the agent's entries of the day, newest first."""
    replies = Entry.objects.filter(
        agent=reader.agent_id,
        direction=Entry.Direction.OUT,
        is_forward=False,
        created_at__gte=Midnight(reader),
    )
    return Q(pk__in=replies.order_by().values("ticket_id"))


def is_state(state: State) -> Tree:
    return all_of(Condition("state", "is", state.value))


VIEWS: Mapping[str, View] = {
    view.key: view
    for view in (
        View("open", _("Open tickets"), "ticket", is_state(State.OPEN), _("No open tickets")),
        View("mine", _("My open tickets"), "user", all_of(OPEN, Condition("assignee", "is", ME)), _("Nothing is assigned to you")),
        View("unassigned", _("Unassigned"), "flag", all_of(OPEN, Condition("assignee", "is_empty")), _("Every ticket has an assignee")),
        View("overdue", _("Overdue"), "clock", all_of(Condition("overdue", "is", True)), _("Nothing is overdue")),
        View("on_hold", _("On hold"), "note", is_state(State.ON_HOLD), _("Nothing is on hold")),
        View("closed", _("Closed tickets"), "done", is_state(State.CLOSED), _("No closed tickets"), is_counted=False, has_closed=True),
        View("all", _("All tickets"), "list", Tree(), _("No tickets yet"), is_counted=False, has_closed=True),
        View("answered", _("Answered by me today"), "reply", Tree(), _("You have not replied to a ticket today"), is_counted=False, has_closed=True, special=answered_today),
        View("spam", _("Spam"), "spam", Tree(), _("No spam"), is_live=False, has_closed=True),
        View("shared", _("Shared tickets"), "share", Tree(), _("No ticket is shared with this department"), is_shared=True, columns=SHARED_COLUMNS),
        View("shared_open", _("Shared tickets"), "share", is_state(State.OPEN), _("No open ticket is shared with this department"), is_counted=False, is_shared=True, columns=SHARED_COLUMNS),
    )
}  # fmt: skip
UNKEPT = {"contact_name", "account_name"}  # what they find is looked up when they are compiled
STANDARD = tuple(view for view in VIEWS.values() if not view.is_shared)
SHARED = VIEWS["shared"]


def overdue() -> Q:
    """Past due and not closed."""
    return compiled(VIEWS["overdue"].tree, FIELDS, Reader())


def q_of(view: View, department_id: int, reader: Reader, fields: Fields = FIELDS) -> Q:
    if view.is_shared:
        return Q(Exists(shares([department_id]).filter(ticket=OuterRef("pk")))) & _narrowed(view, reader, fields)
    return Q(department_id=department_id) & _narrowed(view, reader, fields)


def _narrowed(view: View, reader: Reader, fields: Fields) -> Q:
    found = view.special(reader) if view.special else compiled(view.tree, fields, reader)
    return Q(trashed_at=None, is_spam=not view.is_live) & found


def of(view: View, department: Department, agent: Agent) -> QuerySet[Ticket]:
    """The tickets a view holds, of a department the agent works in. Order is the caller's."""
    return Ticket.objects.filter(q_of(view, department.pk, Reader.of(agent)))


def chosen(
    view: View, department_id: int, reader: Reader, narrowed: Tree | None = None, fields: Fields = FIELDS
) -> Selection:
    """The same as SQL, compiled once; of the shared ones along the shares. `narrowed` is what the reader filters by."""

    def q() -> Q:
        found = _narrowed(view, reader, fields) if view.is_shared else q_of(view, department_id, reader, fields)
        return found & compiled(narrowed, fields, reader) if narrowed else found

    special = view.key if view.special else ""
    conditions = [condition for tree in (view.tree, narrowed) if tree for condition in tree.conditions]
    if any(condition.field in UNKEPT for condition in conditions):
        return _along(view, department_id, selecting.selection(q()))
    customs = () if fields is FIELDS else tuple((name, field.kind) for name, field in fields.items() if "/" in name)
    whose = "shared" if view.is_shared else department_id
    key = (whose, view.is_live, view.tree, special, reader, narrowed, customs, tags_meant(conditions))
    return _along(view, department_id, selecting.kept(key, q))


def _along(view: View, department_id: int, found: Selection) -> Selection:
    return selecting.shared_with(department_id, found) if view.is_shared else found


def counts_of(department: Department, agent: Agent, also: Sequence[View] = ()) -> dict[str, int]:
    """The counts beside the standard views and the shared one; those that are not counted only where asked for in `also`."""
    asked = [view for view in VIEWS.values() if view.is_counted or view in also]
    return counted(asked, department.pk, Reader.of(agent))


def counted(views: Iterable[View], department_id: int, reader: Reader) -> dict[str, int]:
    """What was beyond the cap a few seconds ago still is: it is not counted again."""
    now = time.monotonic()
    if len(_many) > MOST_KEPT:
        _many.clear()
    found: dict[str, int] = {}
    asked: dict[str, Selection] = {}
    for view in views:
        if _many.get((view.key, department_id, reader), 0) > now:
            found[view.key] = CAP + 1
        else:
            asked[view.key] = chosen(view, department_id, reader)
    found |= selecting.counts(asked, is_usual=True)
    for key in asked:
        if found[key] > CAP:
            _many[key, department_id, reader] = now + MANY_S
    return found


MANY_S, MOST_KEPT = 10, 10_000
_many: dict[tuple[str, int, Reader], float] = {}
