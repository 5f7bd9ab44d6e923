"""What our own editor and API clients send."""

import re

import nh3

from madoguchi.kit.characters import storable
from madoguchi.kit.html.depth import too_deep, without_tags
from madoguchi.kit.html.text import from_text

_TAGS = [
    "p",
    "br",
    "b",
    "strong",
    "i",
    "em",
    "u",
    "s",
    "a",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "code",
    "h1",
    "h2",
    "h3",
    "h4",
    "table",
    "tr",
    "td",
    "th",
    "tbody",
    "thead",
    "hr",
    "img",
]
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start"},
}
_LINK = re.compile(r"(?:https?://|mailto:|tel:|/(?![/\\]))[^\s\\\x00-\x1f]*", re.IGNORECASE)
_IMAGE = re.compile(r"cid:[^\s\\]+|/files/(?!.*\.\.)[\w./?=&%~+-]+")


def sanitise_prose(html: str) -> str:
    """HTML of the editor's own elements only; images from `cid:` or `/files/`, links to http(s), mail, phone or `/…`."""
    html = storable(html)
    if too_deep(html):
        return from_text(without_tags(html))
    return _CLEANER.clean(html)


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if _LINK.fullmatch(value) else None
    if name == "src":
        return value if _IMAGE.fullmatch(value) else None
    if name in {"width", "height", "colspan", "rowspan", "start"}:
        return value if value.isascii() and value.isdigit() and len(value) < 5 else None
    return value


_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags={
        "script",
        "style",
        "title",
        "template",
        "iframe",
        "object",
        "svg",
        "math",
        "noembed",
        "noframes",
    },
    attributes=_ATTRIBUTES,
    attribute_filter=_attribute,
    url_schemes={"http", "https", "mailto", "tel", "cid"},
    link_rel="noopener noreferrer nofollow",
)
