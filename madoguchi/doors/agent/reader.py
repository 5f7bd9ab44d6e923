"""Who reads a page while it is rendered: the language with its words, and the time zone.

A page asks for them some hundred times; Django looks each up through the thread, and Jinja2 calls gettext through the
template context. Here they are looked up once a page, and words are kept as safe text in a dict of each language.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from django.utils import timezone, translation
from markupsafe import Markup

Key = tuple[Any, ...]
HALF_MINUTE_S = 30
_kept: dict[str, dict[Key, Any]] = {}


@dataclass(frozen=True, slots=True)
class Reader:
    language: str = field(default_factory=lambda: translation.get_language() or "ja")
    zone: tzinfo = field(default_factory=timezone.get_current_timezone)
    words: dict[Key, Any] = field(default_factory=dict)


_reader: ContextVar[Reader | None] = ContextVar("reader", default=None)


def reader() -> Reader:
    """Of the page being rendered; elsewhere what is active now."""
    return _reader.get() or Reader()


def moment() -> tuple[Any, ...]:
    """What a piece of a page that tells the time depends on besides its values: reader, and half minute."""
    who = reader()
    return who.language, who.zone, int(time.time() // HALF_MINUTE_S)


def plain(message: str) -> str:
    """The translation as ordinary text, for Python code that says something on every row."""
    words = reader().words
    found = words.get(("", message))
    if found is None:
        found = words["", message] = translation.gettext(message)
    return found


@contextmanager
def settled() -> Iterator[None]:
    """While a page is rendered its language and zone stay the ones that are active now."""
    language = translation.get_language() or "ja"
    token = _reader.set(Reader(language, words=_kept.setdefault(language, {})))
    try:
        yield
    finally:
        _reader.reset(token)


def gettext(message: str, **values: Any) -> Markup:
    """The translation as safe text with `values` escaped into it; a literal % is written %%."""
    if not values:
        return _find((message,), _bare, message)
    return _find((message, 0), translation.gettext, message) % values


def pgettext(context: str, message: str, **values: Any) -> Markup:
    if not values:
        return _find((context, message, 0), _bare_in, context, message)
    return _find((context, message, 1), translation.pgettext, context, message) % values


def ngettext(one: str, many: str, num: int, **values: Any) -> Markup:
    return Markup(translation.ngettext(one, many, num)) % {"num": num, **values}


def npgettext(context: str, one: str, many: str, num: int, **values: Any) -> Markup:
    return Markup(translation.npgettext(context, one, many, num)) % {"num": num, **values}


def _find(key: Key, look: Any, *args: Any) -> Markup:
    words = reader().words
    found = words.get(key)
    if found is None:
        found = words[key] = Markup(look(*args))
    return found


def _bare(message: str) -> str:
    return translation.gettext(message) % {}


def _bare_in(context: str, message: str) -> str:
    return translation.pgettext(context, message) % {}
