"""Who is meant by `@佐藤 健` in a comment."""

import re
import unicodedata
from collections.abc import Mapping

_BEFORE = r"(?<![a-z0-9._%+\-])@[^\S\n]*"  # else it is the middle of a mail address
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
    if not known:
        return frozenset()
    spelled = {key: _spelled(names[min(ids)]) for key, ids in known.items()}
    longest_first = sorted(known, key=len, reverse=True)
    found = re.finditer(_BEFORE + "(" + "|".join(spelled[key] for key in longest_first) + ")", text)
    return frozenset(pk for match in found for pk in known[_key(match[1])])


def _spelled(name: str) -> str:
    """The name as a pattern: any spaces, or none, between its parts; what is written in words ends with one."""
    parts = _folded(name).split()
    joined = r"[^\S\n]*".join(re.escape(part) for part in parts)
    return joined + (_NO_MORE if _LETTER.match(parts[-1][-1]) else "")


def _key(name: str) -> str:
    return "".join(_folded(name).split())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
