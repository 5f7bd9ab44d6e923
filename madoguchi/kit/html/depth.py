"""A guard before the HTML parser, whose time grows with the square of the nesting."""

import re
from html import unescape

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_FLAT = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
        "p",
        "li",
        "dt",
        "dd",
        "td",
        "th",
        "tr",
        "tbody",
        "thead",
        "tfoot",
        "option",
    ]
)
_DEEPEST = 1_000


def too_deep(html: str) -> bool:
    """Whether elements nest deeper than any mailer writes. Linear."""
    if html.count("<") < _DEEPEST:
        return False
    depth = 0
    for close, name in _TAG.findall(html):
        if name.lower() not in _FLAT:
            depth = max(0, depth - 1) if close else depth + 1
            if depth > _DEEPEST:
                return True
    return False


def without_tags(html: str) -> str:
    """The bare text of HTML that is too deep to parse; one line per line. Not safe as HTML."""
    return unescape(re.sub(r"<[^<>]*>", "", html))
