"""Opaque cursors for keyset paging: the sort values of the last row shown."""

import base64
import json
import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

_LONGEST = 4_000
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

Value = str | int | float | bool | date | datetime | Decimal | None


def encode(*values: Value) -> str:
    """A URL-safe cursor of the given values; see `decode` for what comes back."""
    plain = [_plain(v) for v in values]
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.urlsafe_b64encode(text.encode()).decode("ascii").rstrip("=")


def _plain(value: Value) -> object:
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return {"n": str(value)} if isinstance(value, Decimal) else value


def decode(text: str) -> tuple[Value, ...]:
    """The values given to `encode`, times as aware or naive datetimes as they were.

    Raises ValueError for anything `encode` cannot have made, and for values a database would refuse.
    """
    try:
        if len(text) > _LONGEST:
            raise ValueError
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        plain = json.loads(raw.decode(), parse_constant=_refused)
        if not isinstance(plain, list):
            raise ValueError
        return tuple(_value(v) for v in plain)
    except (ValueError, TypeError, RecursionError):
        raise ValueError("not a cursor") from None


def _value(plain: object) -> Value:
    if isinstance(plain, dict) and list(plain) == ["at"]:
        return datetime.fromisoformat(plain["at"])
    if isinstance(plain, dict) and list(plain) == ["day"]:
        return date.fromisoformat(plain["day"])
    if isinstance(plain, dict) and list(plain) == ["n"]:
        return _number(plain["n"])
    if isinstance(plain, str) and not _UNSTORABLE.search(plain):
        return plain
    if isinstance(plain, int) and -(2**63) <= plain < 2**63:
        return plain
    if isinstance(plain, float) and abs(plain) < 1e300:
        return plain
    if plain is None:
        return None
    raise ValueError


def _number(text: object) -> Decimal:
    try:
        number = Decimal(text if isinstance(text, str) else "")
    except InvalidOperation:
        raise ValueError from None
    if not number.is_finite() or abs(number.adjusted()) > 30:
        raise ValueError
    return number


def _refused(constant: str) -> None:
    raise ValueError(constant)
