"""What an agent was told (SPEC D9): the list, newest first, and how much of it is unread.

Whether the agent may see the ticket is asked each time: what was unshared or moved away is gone at once, and back when
it is shared again (SPEC S6).
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Left
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madoguchi.access import reach
from madoguchi.actor import Actor
from madoguchi.kit import paging
from madoguchi.models import Event, Notification, Ticket
from madoguchi.models.people import full_name

PAGE, MOST_UNREAD = 30, 100
EXCERPT, READ = 140, 600
NAME = ("id", "last_name", "first_name")
COLUMNS = (
    *("id", "kind", "created_at", "read_at", "ticket_id", "ticket__number", "ticket__subject", "event__after"),
    *(f"event__{person}__{part}" for person in ("agent", "by_contact") for part in NAME),
    *("event__entry_id", "event__entry__deleted_at"),
)
BEGINNING = Left("event__entry__text", READ)
SENTENCES = {
    "shared_received": gettext_lazy("%(who)s shared the ticket with %(departments)s"),
    "created": gettext_lazy("%(who)s opened the ticket"),
    "assigned": gettext_lazy("%(who)s assigned the ticket to you"),
    "customer_replied": gettext_lazy("%(who)s wrote a message"),
    "mentioned": gettext_lazy("%(who)s mentioned you in a comment"),
    "moved": gettext_lazy("%(who)s moved the ticket to %(department)s"),
    "merged": gettext_lazy("%(who)s merged %(others)s into the ticket"),
    "overdue": gettext_lazy("The ticket became overdue"),
    "bad_rating": gettext_lazy("%(who)s rated an answer as bad"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `number` and `subject` are the ticket's now; `excerpt`: how what was written begins, '' without."""

    id: int
    kind: str
    text: str
    excerpt: str
    who: str
    ticket_id: int
    number: int
    subject: str
    at: datetime
    read_at: datetime | None
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """`older` is the cursor of the next page, '' at the end."""

    rows: list[Row]
    older: str


def page(actor: Actor, cursor: str = "", *, unread_only: bool = False, size: int = PAGE) -> Page:
    """The actor's notifications, newest first; a cursor that is none starts at the top."""
    if actor.agent is None:
        return Page([], "")
    rows = _visible(actor)
    rows = rows.filter(read_at=None) if unread_only else rows
    with suppress(ValueError):
        (last,) = paging.decode(cursor) if cursor else (None,)
        rows = rows.filter(pk__lt=last) if isinstance(last, int) else rows
    found = [row_of(values) for values in rows.values(*COLUMNS, said=BEGINNING)[: size + 1]]
    return Page(found[:size], paging.encode(found[size - 1].id) if len(found) > size else "")


def unread_count(actor: Actor) -> int:
    """How many unread ones the actor may see, at most 100 (say `99+`). Pages read it with the agent (`lists.unread`)."""
    if actor.agent is None:
        return 0
    return len(_visible(actor).filter(read_at=None).values_list("pk")[:MOST_UNREAD])


def _visible(actor: Actor) -> QuerySet[Notification]:
    seen = Ticket.objects.filter(reach(actor), purged_at=None).order_by()
    return Notification.objects.filter(agent=actor.agent, in_app=True, ticket__in=seen).order_by("-id")


def row_of(values: dict[str, Any]) -> Row:
    names = ("event__agent__", "event__by_contact__")
    by = next((full_name(values[f"{of}last_name"], values[f"{of}first_name"]) for of in names if values[f"{of}id"]), "")
    return Row(
        id=values["id"],
        kind=values["kind"],
        text=worded(values["kind"], by or _("The desk"), values["event__after"]),
        excerpt=_said(values),
        who=by or _("The desk"),
        ticket_id=values["ticket_id"],
        number=values["ticket__number"],
        subject=values["ticket__subject"],
        at=values["created_at"],
        read_at=values["read_at"],
        entry=values["event__entry_id"] if values["event__entry__deleted_at"] is None else None,
    )


def _said(values: dict[str, Any]) -> str:
    if values["kind"] == "bad_rating":
        return shortened(values["event__after"].get("comment", ""))
    return shortened(values["said"] or "") if values["event__entry__deleted_at"] is None else ""


def sentence(kind: str, event: Event) -> str:
    """What happened, in the language of now."""
    return worded(kind, who(event), event.after)


def worded(kind: str, by: str, after: dict[str, Any]) -> str:
    return str(SENTENCES[kind]) % {
        "who": by,
        "department": (after.get("department") or {}).get("label", ""),
        "departments": _(", ").join(share["department"]["label"] for share in after.get("shares", [])),
        "others": _(", ").join(row["label"].split()[0] for row in after.get("merged", [])),
    }


def who(event: Event) -> str:
    """The agent, the contact, or the desk itself."""
    person = event.agent or event.by_contact
    return person.name if person else _("The desk")


def excerpt(event: Event) -> str:
    """How the message or comment begins, on one line, or what was said of an answer; '' where it was deleted."""
    if event.verb == "ticket.rated":
        return shortened(event.after.get("comment", ""))
    return shortened(event.entry.text) if event.entry is not None and event.entry.deleted_at is None else ""


def shortened(text: str) -> str:
    line = " ".join(text[:READ].split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1].rstrip() + "…"
