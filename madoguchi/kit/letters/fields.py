"""Header fields of one entity, and the readings of their values."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

from madoguchi.kit.characters import visible
from madoguchi.kit.letters.charsets import decode

_FIELD = re.compile(rb"^([!-9;-~]{1,100})[ \t]*:(.*(?:\n[ \t].*)*)", re.MULTILINE)
_ID = re.compile(rb"<([^<>]{1,998})>")
_MOST_IDS = 200
_LONGEST_FIELD = 65_536
_LONGEST_SHORT = 4_096

Fields = dict[str, list[bytes]]


def fields(head: bytes) -> Fields:
    """The fields of a header block by lower-case name, raw values in order; lines that are no field are skipped."""
    found: Fields = {}
    for name, value in _FIELD.findall(head.replace(b"\r\n", b"\n").replace(b"\r", b"\n")):
        found.setdefault(name.decode("ascii").lower(), []).append(value.strip()[:_LONGEST_FIELD])
    return found


def first(found: Fields, name: str) -> bytes:
    """The first value of a field, b'' where it is absent."""
    values = found.get(name)
    return values[0] if values else b""


def short(found: Fields, name: str) -> str:
    """The first value of a structured field as lower-case text, cut at 4 KB."""
    return decode(first(found, name)[:_LONGEST_SHORT]).strip().lower()


def ids(raw: bytes) -> tuple[str, ...]:
    """Message ids (RFC 5322 section 3.6.4) without brackets and without repeats, at most 200: the first and the last."""
    found = _ID.findall(raw)
    if not found:
        found = [x for x in raw.replace(b",", b" ").split() if b"@" in x]
    unique = list(dict.fromkeys("".join(visible(decode(x)).split())[:998] for x in found))
    unique = [x for x in unique if x]
    if len(unique) > _MOST_IDS:
        unique = [unique[0], *unique[1 - _MOST_IDS :]]
    return tuple(unique)


def date(raw: bytes) -> datetime | None:
    """A date (RFC 5322 section 3.3 and what resembles it) in UTC; None if it is none."""
    try:
        read = parsedate_tz(decode(raw[:200]))
        if read is None:
            return None
        return datetime(*read[:6], tzinfo=UTC) - timedelta(seconds=read[9] or 0)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
