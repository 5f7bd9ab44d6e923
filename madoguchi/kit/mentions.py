"""Who is meant by `@佐藤 健` in a comment."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

_BEFORE = r"(?<![a-z0-9._%+\-])[@＠][^\S\n]*"  # else it is the middle of a mail address
_LETTER = re.compile(r"[a-z0-9\u00c0-\u052f]")  # scripts that put spaces between words
_NO_MORE = r"(?![a-z0-9\u00c0-\u052f]|[-'’.@][a-z0-9\u00c0-\u052f])"


def mentioned(text: str, names: Mapping[int, str]) -> frozenset[int]:
    """Those of `names` (id → full name) that stand behind an @ in the text; of two that fit, the longer name.

    Width, case and spaces within the name do not matter: `＠佐藤健さん` means 佐藤 健. Whoever has the same name is meant too.
    """
    text = _folded(text)
    if "@" not in text:
        return frozenset()
    known: dict[str, set[int]] = {}
    for pk, name in names.items():
        if key := _key(name):
            known.setdefault(key, set()).add(pk)
    meant = pattern(names[min(ids)] for ids in known.values())
    found = meant.finditer(text) if meant is not None else ()
    return frozenset(pk for match in found for pk in known[_key(match[1])])


def pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    """What mentions one of the names, the longest first; the name is its first group. None where there are no names."""
    longest_first = sorted(filter(_key, names), key=lambda name: len(_key(name)), reverse=True)
    spelled = "|".join(map(_spelled, longest_first))
    return re.compile(f"{_BEFORE}({spelled})", re.IGNORECASE) if spelled else None


def _spelled(name: str) -> str:
    """The name as a pattern: any spaces, or none, between its parts; what is written in words ends with one."""
    parts = _folded(name).split()
    joined = r"[^\S\n]*".join(re.escape(part) for part in parts)
    return joined + (_NO_MORE if _LETTER.match(parts[-1][-1]) else "")


def _key(name: str) -> str:
    return "".join(_folded(name).split())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
