"""Characters that no stored text may hold."""

import re
import unicodedata

_UNSTORABLE = re.compile("[\ud800-\udfff]")
_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])
_MARKS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]")


def storable(text: str) -> str:
    """`text` without control characters other than tab and newlines; lone surrogates become U+FFFD.

    PostgreSQL refuses NUL in text, UTF-8 refuses surrogates.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSTORABLE.sub("\ufffd", text.translate(_CONTROLS))


def one_line(text: str) -> str:
    """`storable(text)` with every run of white space, line ends included, as one space."""
    return " ".join(storable(text.replace("\x00", "")).split())


def visible(text: str) -> str:
    """`text` without control, format (zero-width, bidirectional), surrogate and invisible filler characters."""
    if text.isascii() and text.isprintable():
        return text
    kept = "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    return _MARKS.sub("", kept)
