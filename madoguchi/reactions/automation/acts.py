"""What a rule can do with a ticket: a literal list, each act the same sentence every door says.

An action is kept as `{"verb": "share", "department": 3, "level": 2}`. An act returns why it passed the ticket over, ''
where it did not; what it cannot do it refuses, and the rule with it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from madoguchi import tickets
from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import Agent, Department, Permission, Team, Ticket
from madoguchi.models.organisation import State
from madoguchi.organisation.current import statuses
from madoguchi.reactions.automation import answering, slots
from madoguchi.reactions.automation.slots import NOBODY, SLOTS, one
from madoguchi.record import now
from madoguchi.tickets import responding

MOST = 10
Action = Mapping[str, Any]
Do = Callable[[Ticket, Action, Actor], str | None]


@dataclass(frozen=True, slots=True)
class Act:
    """`takes` names its slots; `needs` is the verb whoever writes the rule must be allowed."""

    name: str
    label: Any
    takes: tuple[str, ...]
    needs: str
    do: Do


def _set_status(ticket: Ticket, action: Action, by: Actor) -> None:
    tickets.set_status(ticket, slots.the_status(action["status"]), by=by)


def _close(ticket: Ticket, _action: Action, by: Actor) -> None:
    tickets.close(ticket, by=by)


def _reopen(ticket: Ticket, _action: Action, by: Actor) -> None:
    tickets.reopen(ticket, by=by)


def _hold(ticket: Ticket, _action: Action, by: Actor) -> None:
    tickets.hold(ticket, by=by)


def _assign(ticket: Ticket, action: Action, by: Actor) -> None:
    pk = action["assignee"]
    tickets.assign(ticket, None if pk == NOBODY else one(Agent.objects.select_related("role"), pk), by=by)


def _assign_team(ticket: Ticket, action: Action, by: Actor) -> None:
    pk = action["team"]
    tickets.assign(ticket, team=None if pk == NOBODY else one(Team.objects.all(), pk), by=by)


def _set_priority(ticket: Ticket, action: Action, by: Actor) -> None:
    tickets.edit(ticket, {"priority": action["priority"]}, by=by)


def _set_category(ticket: Ticket, action: Action, by: Actor) -> None:
    tickets.edit(ticket, {"category": action["category"]}, by=by)


def _set_due(ticket: Ticket, action: Action, by: Actor) -> None:
    tickets.edit(ticket, {"due_at": now() + timedelta(hours=action["hours"])}, by=by)


def _tag(ticket: Ticket, action: Action, by: Actor) -> None:
    tickets.tag(ticket, action["tags"], by=by)


def _untag(ticket: Ticket, action: Action, by: Actor) -> None:
    tickets.untag(ticket, action["tags"], by=by)


def _comment(ticket: Ticket, action: Action, by: Actor) -> None:
    known = responding.values(ticket, by)
    tickets.comment(ticket, responding.replaced(action["text"], lambda name: known.get(name) or "–"), by=by)


def _reply(ticket: Ticket, action: Action, by: Actor) -> str:
    return answering.answer(ticket, one(slots.responses_of(ticket.department_id), action["response"]), by=by)


def _follow(ticket: Ticket, action: Action, by: Actor) -> None:
    tickets.follow(ticket, [one(Agent.objects.for_request(), action["agent"])], by=by)


def _share(ticket: Ticket, action: Action, by: Actor) -> None:
    wish = tickets.Wish(one(Department.objects.all(), action["department"]), Permission(action["level"]))
    if wish.department.pk != ticket.department_id:  # moved there by an earlier action or rule: it sees it anyway
        tickets.share(ticket, [wish], by=by)


def _move(ticket: Ticket, action: Action, by: Actor) -> None:
    tickets.move(ticket, one(Department.objects.all(), action["department"]), by=by)


ACTS: Mapping[str, Act] = {
    act.name: act
    for act in (
        Act("set_status", pgettext_lazy("act", "Set the status"), ("status",), "set_status", _set_status),
        Act("close", pgettext_lazy("act", "Close"), (), "set_status", _close),
        Act("reopen", pgettext_lazy("act", "Reopen"), (), "set_status", _reopen),
        Act("hold", pgettext_lazy("act", "Put on hold"), (), "set_status", _hold),
        Act("assign", pgettext_lazy("act", "Assign to an agent"), ("assignee",), "assign", _assign),
        Act("assign_team", pgettext_lazy("act", "Assign to a team"), ("team",), "assign", _assign_team),
        Act("set_priority", pgettext_lazy("act", "Set the priority"), ("priority",), "edit", _set_priority),
        Act("set_category", pgettext_lazy("act", "Set the category"), ("category",), "edit", _set_category),
        Act("set_due", pgettext_lazy("act", "Set the due date (hours from then)"), ("hours",), "edit", _set_due),
        Act("tag", pgettext_lazy("act", "Add tags"), ("tags",), "tag", _tag),
        Act("untag", pgettext_lazy("act", "Remove tags"), ("tags",), "tag", _untag),
        Act("comment", pgettext_lazy("act", "Write a private comment"), ("text",), "comment_private", _comment),
        Act("reply", pgettext_lazy("act", "Reply with a canned response"), ("response",), "reply", _reply),
        Act("follow", pgettext_lazy("act", "Let an agent follow it"), ("agent",), "follow", _follow),
        Act("share", pgettext_lazy("act", "Share with a department"), ("department", "level"), "share", _share),
        Act("move", pgettext_lazy("act", "Move to a department"), ("department",), "move", _move),
    )
}


def clean(raw: Any, department: Department, *, known: Iterable[Action] = (), by: Actor) -> list[dict[str, Any]]:
    """The actions as they are kept. Whoever adds one may do it by hand; `known` are those that were there before.

    Refused, by `actions/2/status`: EMPTY, TOO_MANY (ten), NOT_A_CHOICE, GONE, NOT_OF_DEPARTMENT, NOT_YOURS (what follows a
    move to a department the author does not work in), and each value's own.
    """
    if not isinstance(raw, Sequence) or isinstance(raw, str) or not raw:
        raise Refused("EMPTY", _("Choose at least one action."), "actions")
    if len(raw) > MOST:
        raise Refused("TOO_MANY", _("At most %(n)s actions.") % {"n": MOST}, "actions")
    there, found, before = department, [], list(known)
    for n, action in enumerate(raw):
        try:
            clean_one = _clean_one(action, there, f"actions/{n}")
        except Refused:
            _refuse_elsewhere(there, department, f"actions/{n}/verb", by)  # and tells nothing of what there is
            raise
        if clean_one not in before:
            require(by, ACTS[clean_one["verb"]].needs)
            _refuse_elsewhere(there, department, f"actions/{n}/verb", by)
        if clean_one["verb"] == "move":  # what follows happens there
            there = Department.objects.get(pk=clean_one["department"])
        found.append(clean_one)
    return found


def _refuse_elsewhere(there: Department, department: Department, path: str, by: Actor) -> None:
    if there.pk == department.pk or by.is_desk or by.is_administrator:
        return
    if by.agent is None or there.pk not in by.agent.own_department_ids:
        text = _("You do not work in %(department)s: nothing can follow the move there.")
        raise Refused("NOT_YOURS", text % {"department": there.name}, path)


def _clean_one(action: Any, department: Department, path: str) -> dict[str, Any]:
    act = ACTS.get(str(action.get("verb"))) if isinstance(action, Mapping) else None
    if act is None:
        raise Refused("NOT_A_CHOICE", _("There is no such action."), f"{path}/verb")
    kept: dict[str, Any] = {"verb": act.name}
    for name in act.takes:
        try:
            kept[name] = SLOTS[name].clean(action.get(name), department)
        except Refused as refusal:
            raise Refused(refusal.code, refusal.text, f"{path}/{name}") from None
    return kept


def do(ticket: Ticket, action: Action, *, by: Actor) -> str:
    """Why it was passed over, or ''."""
    act = ACTS.get(action["verb"])
    if act is None:
        raise Refused("NOT_A_CHOICE", _("There is no such action."))
    return act.do(ticket, action, by) or ""


def label(action: Action) -> str:
    act = ACTS.get(action["verb"])
    return str(act.label) if act else str(action["verb"])


def may_close(actions: Iterable[Action]) -> bool:
    """Whether the family must be held before the ticket is locked."""
    return any(action["verb"] == "close" or _closes(action) for action in actions)


def _closes(action: Action) -> bool:
    closed = {row.pk for row in statuses() if row.state == State.CLOSED}
    return action["verb"] == "set_status" and action["status"] in closed
