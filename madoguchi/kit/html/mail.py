"""Foreign mail, made fit for a sandboxed frame with its own content security policy."""

import re

import nh3

from madoguchi.kit.characters import storable
from madoguchi.kit.html.depth import too_deep, without_tags
from madoguchi.kit.html.images import without_remote_images
from madoguchi.kit.html.styles import safe_style
from madoguchi.kit.html.text import from_text

_TAGS = frozenset(
    [
        "a",
        "abbr",
        "address",
        "article",
        "aside",
        "b",
        "bdi",
        "bdo",
        "big",
        "blockquote",
        "br",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "details",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "font",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "main",
        "mark",
        "nav",
        "ol",
        "p",
        "pre",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "section",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
        "wbr",
    ]
)
_DROPPED_WITH_CONTENT = frozenset(
    ["script", "style", "title", "template", "noembed", "noframes", "iframe", "object", "svg", "math"]
)
_EVERYWHERE = frozenset(["style", "dir", "lang", "title", "align", "valign", "width", "height", "bgcolor"])
_ATTRIBUTES = {
    "*": set(_EVERYWHERE),
    "a": {"href", "name"},
    "img": {"src", "alt", "border", "hspace", "vspace"},
    "font": {"color", "face", "size"},
    "table": {"border", "cellpadding", "cellspacing", "summary"},
    "td": {"colspan", "rowspan", "nowrap"},
    "th": {"colspan", "rowspan", "nowrap", "scope"},
    "col": {"span"},
    "colgroup": {"span"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "li": {"value", "type"},
    "hr": {"size", "noshade", "color"},
}
_LINK = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
_IMAGE = re.compile(r"https?://|cid:|data:image/(?:png|jpe?g|gif|webp);base64,", re.IGNORECASE)


def sanitise_mail(html: str) -> str:
    """HTML without scripts, forms, style sheets, SVG or anything that loads by itself.

    Remote images carry their address in `data-remote-src` until `with_remote_images`; `cid:` images stay as they are.
    Style attributes keep harmless properties only. Links open elsewhere. HTML nested absurdly deep comes back as text.
    """
    html = storable(html)
    if too_deep(html):
        return from_text(without_tags(html))
    return without_remote_images(_CLEANER.clean(html))


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "style":
        return safe_style(value) or None
    if name == "href":
        return value if _LINK.match(value.strip()) else None
    if name == "src":
        return _image_source(value)
    return value


def _image_source(value: str) -> str | None:
    source = "".join(value.split())
    if source.startswith("//"):
        source = f"https:{source}"
    return source if _IMAGE.match(source) else None


_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags=set(_DROPPED_WITH_CONTENT),
    attributes=_ATTRIBUTES,
    attribute_filter=_attribute,
    url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
    link_rel="noopener noreferrer nofollow",
    set_tag_attribute_values={"a": {"target": "_blank"}},
)
