"""HTML to text that reads well, and text to HTML."""

import re
from html import escape, unescape

import nh3

from madoguchi.kit.characters import storable
from madoguchi.kit.html.depth import too_deep, without_tags
from madoguchi.kit.html.page import BLOCKS, Page

_TAGS = BLOCKS | {"a", "br", "img", "td", "th"}
_DROPPED = {"script", "style", "title", "template", "iframe", "object", "svg", "math", "noembed", "noframes", "select"}
_TOKEN = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"]*")*)>|([^<]+)')
_URL = re.compile(r"https?://[^\s<>\"'「」『』（）。、，　]+", re.IGNORECASE)


def text_from(html: str) -> str:
    """Readable plain text: paragraphs apart, lists with marks, quotes behind `> `, links as `words <address>`.

    Lines are never wrapped. Scripts and styles leave nothing behind.
    """
    html = storable(html)
    if too_deep(html):
        return without_tags(html).strip()
    page = Page()
    for close, tag, attributes, words in _TOKEN.findall(_CLEANER.clean(html)):
        if words:
            page.write(unescape(words))
        elif close:
            page.close(tag)
        else:
            page.open(tag, attributes)
    return page.text()


def from_text(text: str) -> str:
    """Paragraphs of escaped text: an empty line parts them, a line end is `<br>`, http(s) addresses are links."""
    blocks = re.split(r"\n[ \t]*\n\s*", storable(text).replace("\r\n", "\n").replace("\r", "\n").strip())
    return "\n".join(f"<p>{_linked(block).replace(chr(10), '<br>')}</p>" for block in blocks if block)


def _linked(text: str) -> str:
    out, end = [], 0
    for found in _URL.finditer(text):
        url = found[0].rstrip(".,;:!?)]}")
        out.append(escape(text[end : found.start()]))
        out.append(f'<a href="{escape(url)}" rel="noopener noreferrer nofollow">{escape(url)}</a>')
        end = found.start() + len(url)
    return "".join(out) + escape(text[end:])


_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags=_DROPPED,
    attributes={"a": {"href"}, "img": {"alt"}},
    url_schemes={"http", "https", "mailto", "tel"},
    url_relative="deny",
    link_rel=None,
)
