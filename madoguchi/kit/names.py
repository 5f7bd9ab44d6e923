"""File names that cannot harm, and sizes for people."""

import re
import unicodedata

from madoguchi.kit.characters import visible

_FORBIDDEN = re.compile(r'[<>:"|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)\s*(\.|$)", re.IGNORECASE)
_LONGEST = 200
_LONGEST_SUFFIX = 20


def clean_file_name(name: str) -> str:
    """A name safe to show, to store and to offer for download on any system; never empty, at most 200 characters.

    Width is folded and invisible characters go before anything is checked, so nothing can hide a dot or a slash.
    Path parts, leading dots and trailing dots go; the suffix survives the cut. Idempotent.
    """
    name = name[: 10 * _LONGEST] + name[10 * _LONGEST :][-_LONGEST_SUFFIX:]
    name = unicodedata.normalize("NFKC", visible(unicodedata.normalize("NFKC", name)))
    name = re.split(r"[\\/]", name)[-1]
    name = " ".join(_FORBIDDEN.sub("_", name).split()).lstrip(". ").rstrip(". ")
    if _RESERVED.match(name):
        name = f"_{name}"
    return _shortened(name) or "file"


def _shortened(name: str) -> str:
    if len(name) <= _LONGEST:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > _LONGEST_SUFFIX:
        return name[:_LONGEST].rstrip(". ")
    return stem[: _LONGEST - len(suffix) - 1].rstrip(". ") + dot + suffix


def human_size(n: int) -> str:
    """A size in bytes for people, in steps of 1024: `0 B`, `1.5 KB`, `12 MB`."""
    if n < 1024:
        return f"{n} B"
    size = float(n)
    for unit in ("KB", "MB", "GB", "TB"):
        size /= 1024
        if size < 1023.5 or unit == "TB":
            break
    return f"{size:.0f} {unit}" if size >= 9.95 else f"{size:.1f}".removesuffix(".0") + f" {unit}"
