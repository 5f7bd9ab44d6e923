"""Telephone numbers as identities."""

import re
import unicodedata

_EXTENSION = re.compile(r"内線|extension|ext|[x#;,]", re.IGNORECASE)
_TRUNK_IN_BRACKETS = re.compile(r"(?<=\d)\s*\(0\)")
_JAPAN_ABROAD = re.compile(r"010(?=[1-9]\d{9})")
_SHORTEST, _LONGEST = 5, 40


def fold(number: str, country: str = "81") -> str:
    """The digits of a number with its country code, so that `+81 3-…`, `0081 3-…` and `03-…` are equal.

    The extension is dropped, and what is over 40 digits. '' where fewer than five digits remain. Idempotent.
    """
    text = unicodedata.normalize("NFKC", number[:100]).strip()
    text = _TRUNK_IN_BRACKETS.sub("", _EXTENSION.split(text, maxsplit=1)[0])
    digits = "".join(str(unicodedata.decimal(c)) for c in text if c.isdecimal())
    if text.lstrip(" (").startswith("+") or digits.startswith("00"):
        digits = digits.lstrip("0")
    elif country == "81" and _JAPAN_ABROAD.match(digits):
        digits = digits[3:]
    elif digits.startswith("0"):
        digits = country + digits[1:]
    return digits[:_LONGEST] if len(digits) >= _SHORTEST else ""
