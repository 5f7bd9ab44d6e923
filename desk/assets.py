"""What browsers load: files from npm by a list, one style sheet made of many, translations compiled."""

import hashlib
import os
import posixpath
import re
from pathlib import Path

from desk.paths import ROOT, VENV

NODE_MODULES = ROOT / "node_modules"
STATIC = ROOT / "madoguchi" / "static"
LOCALE = ROOT / "madoguchi" / "locale"

# What is served, and under which name: {data}/assets/vendor/… → /static/vendor/…
VENDOR = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE.txt",
    "sortablejs/Sortable.min.js": "sortable.min.js",
    "sortablejs/LICENSE": "sortable.LICENSE.txt",
}


def build(data: Path) -> None:
    """Bring {data}/assets and the .mo files up to date; files that did not change keep their time."""
    assets = data / "assets"
    for source, name in VENDOR.items():
        put(assets / "vendor" / name, (NODE_MODULES / source).read_bytes())
    sheet = STATIC / "css" / "layers.css"
    if sheet.exists():
        put(assets / "css" / "desk.css", bundle(sheet).encode())
    compile_translations()


def put(target: Path, content: bytes) -> None:
    if target.exists() and target.read_bytes() == content:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(target.name + f".{os.getpid()}")
    fresh.write_bytes(content)
    fresh.replace(target)


# -- one style sheet

IMPORT = re.compile(
    r"""@import\s+(?:url\(\s*)?["']?([^"')\s;]+)["']?\s*\)?\s*(?:layer\(\s*([\w.-]+)\s*\))?\s*([^;]*);""",
)
URL = re.compile(r"""url\(\s*(["']?)(?![a-z]+:|/|#|data:)([^"')]+)\1\s*\)""", re.IGNORECASE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def bundle(sheet: Path) -> str:
    """The text of `sheet` with its @imports put in place, layers kept as `@layer name { … }`.

    Addresses inside an imported file are rewritten, since they are relative to the file they stand in.
    """
    return inline(sheet, sheet.parent, ()).strip() + "\n"


def inline(sheet: Path, base: Path, above: tuple[Path, ...]) -> str:
    if sheet in above:
        raise ValueError(f"{sheet} imports itself")
    text = COMMENT.sub("", sheet.read_text(encoding="utf-8"))

    def imported(found: re.Match[str]) -> str:
        address, layer, condition = found.groups()
        if "://" in address or address.startswith("//"):
            raise ValueError(f"{sheet}: @import of another host: {address}")
        body = inline(sheet.parent / address, base, (*above, sheet)).strip()
        if condition.strip():
            body = f"@media {condition.strip()} {{\n{body}\n}}"
        return f"/* {address} */\n" + (f"@layer {layer} {{\n{body}\n}}" if layer else body)

    def rebased(found: re.Match[str]) -> str:
        quote, address = found.groups()
        prefix = Path(os.path.relpath(sheet.parent, base)).as_posix()
        return f"url({quote}{posixpath.normpath(posixpath.join(prefix, address))}{quote})"

    pieces, last = [], 0
    for found in IMPORT.finditer(text):
        pieces += [URL.sub(rebased, text[last : found.start()]), imported(found)]
        last = found.end()
    return "".join([*pieces, URL.sub(rebased, text[last:])])


# -- translations


def compile_translations() -> None:
    """Every django.po newer than its .mo; fuzzy entries are left out, as gettext does."""
    for source in LOCALE.glob("*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns == source.stat().st_mtime_ns:
            continue
        import polib

        put(target, polib.pofile(str(source)).to_binary())
        found = source.stat()
        os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))


# -- has anything changed?


def static_fingerprint(data: Path) -> str:
    """Changes with any file below the static folders and with the installed packages, which bring static files too."""
    told = hashlib.sha256()
    for folder in (STATIC, data / "assets"):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                found = path.stat()
                told.update(f"{path.relative_to(folder)}:{found.st_size}:{found.st_mtime_ns}\n".encode())
    stamp = VENV / "madoguchi-stamp.json"
    told.update(stamp.read_bytes() if stamp.exists() else b"")
    return told.hexdigest()
