"""With whom a ticket is shared, as the wire says and takes it (API A2, B3)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import BeforeValidator, Field, WithJsonSchema

from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.doors.api.errors import Unfit
from madoguchi.doors.api.present.words import TYPES
from madoguchi.doors.api.wire import Body, Id, Time
from madoguchi.models import Department, Ticket
from madoguchi.tickets.sharing import FIELD, KEEP, MOST, NotShareable, Wish

LEVELS = {name: level for level, name in TYPES.items()}
Type = Annotated[
    Literal["READ_WRITE", "RESTRICTED_ACCESS", "READ_ONLY"],
    BeforeValidator(lambda value: value.strip().upper() if isinstance(value, str) else value),
    WithJsonSchema({"enum": list(LEVELS), "description": "READ_WRITE where a new share names none"}),
]


class SharedWith(Body):
    id: Id
    type: Type | None = None
    name: Any = Field(None, description="As answers have it; not looked at")
    expiresAt: Time | None = Field(None, description="Ours: until when. Left out: as it is; null: without end")
    reason: str | None = Field(None, description="Ours: why, up to 500 characters. Left out: as it is; null: none")

    def wish(self, department: Department) -> Wish:
        """What was left out stays as the share there has it."""
        given = self.model_fields_set
        return Wish(
            department,
            LEVELS[self.type] if self.type else KEEP,
            to_ms(self.expiresAt) if "expiresAt" in given else KEEP,
            (self.reason or "") if "reason" in given else KEEP,
        )


def to_ms(moment: datetime | None) -> datetime | None:
    """As answers tell it, so that what was read and is sent back is no change."""
    return moment and moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def as_object(value: Any) -> Any:
    """A department alone may be named by its id."""
    return {"id": value} if isinstance(value, str | int) else value


Shared = Annotated[SharedWith, BeforeValidator(as_object)]
SharedList = Annotated[list[Shared], Field(max_length=MOST)]


def write(ticket: Ticket, wanted: Sequence[SharedWith], *, by: Actor) -> None:
    """Share the ticket with these and no others. Refused with a pointer at the one that does not fit."""
    known = Department.objects.in_bulk([each.id for each in wanted])
    for n, each in enumerate(wanted):
        if each.id not in known:
            raise Unfit(f"/{FIELD}/{n}/id", text=_("This choice does not exist (any more)."))
    try:
        tickets.set_shares(ticket, [each.wish(known[each.id]) for each in wanted], by=by)
    except NotShareable as refusal:
        place = max(n for n, each in enumerate(wanted) if each.id == refusal.department.pk)
        part = refusal.field.removeprefix(FIELD).lstrip(".") or "id"
        kind = "duplicate" if refusal.code == "SHARE_TWICE" else "invalid"
        raise Unfit(f"/{FIELD}/{place}/{part}", kind, refusal.text) from None
