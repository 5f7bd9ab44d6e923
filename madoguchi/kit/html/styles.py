"""Style attributes of foreign mail: a white list of properties and of harmless values."""

import re

_SIDES = ("top", "right", "bottom", "left")
_PROPERTIES = frozenset(
    [
        *[
            "color",
            "background",
            "background-color",
            "font",
            "font-family",
            "font-size",
            "font-style",
            "font-weight",
            "font-variant",
        ],
        *["line-height", "letter-spacing", "word-spacing", "word-break", "word-wrap", "overflow-wrap", "white-space"],
        *[
            "text-align",
            "text-decoration",
            "text-indent",
            "text-transform",
            "vertical-align",
            "direction",
            "unicode-bidi",
        ],
        *[
            "width",
            "height",
            "max-width",
            "max-height",
            "min-width",
            "min-height",
            "display",
            "float",
            "clear",
            "table-layout",
        ],
        *[
            "border",
            "border-collapse",
            "border-spacing",
            "border-radius",
            "border-color",
            "border-style",
            "border-width",
        ],
        *["list-style", "list-style-type", "margin", "padding", "caption-side", "empty-cells"],
        *(f"{box}-{side}" for box in ("margin", "padding", "border") for side in _SIDES),
        *(f"border-{side}-{what}" for what in ("color", "style", "width") for side in _SIDES),
    ]
)
_SAFE_VALUE = re.compile(
    r"(?:[^\\()<>@{}\x00-\x1f/*]|/(?!\*)|(?:rgb|rgba|hsl|hsla)\([\d\s.,%/]{0,60}\))*", re.IGNORECASE
)
_LONGEST = 4_000


def safe_style(style: str) -> str:
    """The declarations that only change how text looks: no `url()`, no other function, no positioning, no escapes."""
    kept = []
    for declaration in style[:_LONGEST].split(";"):
        name, colon, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip()
        if colon and value and name in _PROPERTIES and _SAFE_VALUE.fullmatch(value):
            kept.append(f"{name}:{value}")
    return ";".join(kept)
