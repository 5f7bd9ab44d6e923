"""Events that name relatives, for a reader who may not see all of them (SPEC F7)."""

from collections.abc import Iterable, Sequence
from typing import Any

from madoguchi.access import reach
from madoguchi.actor import Actor
from madoguchi.models import Event, Ticket

RELATIVES = ("parent", "children")


def relatives(events: Iterable[Event]) -> set[str]:
    """The ids of the parents and children these events name."""
    found: set[str] = set()
    for event in events:
        for told in (*map(event.before.get, RELATIVES), *map(event.after.get, RELATIVES)):
            found |= {str(row["id"]) for row in (told if isinstance(told, list) else [told]) if isinstance(row, dict)}
    return found


def veil(events: Sequence[Event], *, by: Actor) -> None:
    """Take the names of those the actor may not read out of the events, which are for showing only; one statement."""
    named = relatives(events)
    if not named:
        return
    rows = Ticket.objects.filter(reach(by), pk__in=[int(pk) for pk in named])
    hidden = named - {str(pk) for pk in rows.values_list("pk", flat=True)}
    for event in events if hidden else ():
        for told in (event.before, event.after):
            told.update({name: _veiled(told[name], hidden) for name in RELATIVES if name in told})


def _veiled(told: Any, hidden: set[str]) -> Any:
    if isinstance(told, list):
        return [_veiled(row, hidden) for row in told]
    return {"id": None, "label": None} if isinstance(told, dict) and str(told.get("id")) in hidden else told
