"""The small types of the wire: ids as strings or numbers, times, and models that refuse what they do not know."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from django.utils.translation import gettext as _
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from madoguchi.doors.api.errors import not_yet, unprocessable

LARGEST = 2**63 - 1
DIGITS = re.compile(r"[0-9]{1,19}")
MOST_IDS = 500


def to_id(value: Any) -> int:
    """An id as clients send it: "123" or 123."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not DIGITS.fullmatch(text) or not 0 < int(text) <= LARGEST:
        raise ValueError("not an id")
    return int(text)


def to_time(value: Any) -> datetime:
    """ISO 8601 in UTC, with or without milliseconds; without a zone it is taken as UTC."""
    if not isinstance(value, str) or not 10 <= len(value) <= 40:
        raise ValueError("not a time")
    try:
        time = datetime.fromisoformat(value)
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except OverflowError:
        raise ValueError("not a time") from None
    if not 1900 <= time.year <= 9000:
        raise ValueError("not a time")
    return time


ID_SCHEMA = {
    "anyOf": [
        {"type": "string", "pattern": "^[1-9][0-9]{0,17}$"},
        {"type": "integer", "minimum": 1, "maximum": LARGEST},
    ]
}
TIME_SCHEMA = {"type": "string", "format": "date-time"}
Id = Annotated[int, BeforeValidator(to_id), WithJsonSchema(ID_SCHEMA)]
Time = Annotated[datetime, BeforeValidator(to_time), WithJsonSchema(TIME_SCHEMA)]
Ids = Annotated[list[Id], Field(min_length=1, max_length=MOST_IDS)]


class Body(BaseModel):
    """What a call may contain; anything else is refused by name."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    def given(self, *names: str) -> dict[str, Any]:
        """The values of these fields, as far as they were sent."""
        return {name: getattr(self, name) for name in names if name in self.model_fields_set}


class Paged(BaseModel):
    """`from` and `limit`; an offset beyond 4999 is refused (API B0)."""

    from_: int = Field(0, alias="from", ge=0, le=4999)
    limit: int = Field(50, ge=1, le=100)

    def cut(self, *, first: int = 0) -> slice:
        """The rows asked for. With `first=1` paging is 1-based, where 0 and 1 both give the first row."""
        start = max(self.from_, first) - first
        return slice(start, start + self.limit)


def refuse_unbuilt(body: BaseModel, *names: str) -> None:
    """Fields of the contract that the desk does not store: refused where they hold anything."""
    for name in names:
        if name in body.model_fields_set and getattr(body, name) not in (None, [], {}, ""):
            raise not_yet(f"/{name}")


def words(text: str) -> list[str]:
    """A comma list, without blanks."""
    return [word.strip() for word in text.split(",") if word.strip()]


def ids_in(text: str, name: str) -> list[int]:
    try:
        return [to_id(word) for word in words(text)][:MOST_IDS]
    except ValueError:
        raise unprocessable(_("The query parameter “%(name)s” is not valid.") % {"name": name}) from None


def time_range(text: str, name: str) -> tuple[datetime, datetime]:
    """`from,to` in ISO 8601."""
    try:
        start, end = (to_time(part) for part in words(text))
    except ValueError:
        raise unprocessable(_("The query parameter “%(name)s” is not valid.") % {"name": name}) from None
    return start, end
