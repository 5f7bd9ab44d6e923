"""bin/messages: the Japanese catalogue brought up to date with the sources. No fuzzy guesses, sorted, no line numbers.

The strings are English in the sources; `missing` and the rest are asked by bin/check.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import polib
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir

from desk.paths import ROOT
from desk.words import say

PRODUCT = ROOT / "madoguchi"
CATALOGUE = PRODUCT / "locale" / "ja" / "LC_MESSAGES" / "django.po"
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
METHODS = [
    ("migrations/**.py", "ignore"),
    ("templates/**.html", "jinja2.ext:babel_extract"),
    ("templates/**.txt", "jinja2.ext:babel_extract"),
    ("**.py", "python"),
]
JINJA = {"extensions": "jinja2.ext.do", "newstyle_gettext": "true", "silent": "false"}
OPTIONS = {"templates/**.html": JINJA, "templates/**.txt": JINJA}
PLACEHOLDER = re.compile(r"%%|%\(\w+\)[sdf]|%[sd]|\{\w*\}")


@dataclass(frozen=True, order=True)
class Message:
    """One translatable string as the sources have it."""

    text: str
    context: str = ""
    plural: str = ""

    def __str__(self) -> str:
        return f"{self.context} | {self.text}" if self.context else self.text


def main(argv: list[str]) -> int:
    found = sources()
    added, dropped = update(CATALOGUE, set(found))
    for message in added:
        print(f"+ {message}")
    for message in dropped:
        print(f"- {message}")
    open_n = len(missing(CATALOGUE, set(found)))
    say(
        f"{len(found)} 件、追加 {len(added)}、削除 {len(dropped)}、未訳 {open_n}",
        f"{len(found)} strings, {len(added)} added, {len(dropped)} dropped, {open_n} to translate",
    )
    return 0


def sources() -> dict[Message, str]:
    """Every translatable string, with one place where it stands."""
    found: dict[Message, str] = {}
    for name, line, text, _comments, context in extract_from_dir(
        PRODUCT, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS
    ):
        singular, plural = (text[0], text[1]) if isinstance(text, tuple) else (text, "")
        if singular:
            found.setdefault(Message(singular, context or "", plural or ""), f"madoguchi/{name}:{line}")
    return found


def entries(catalogue: Path) -> dict[Message, polib.POEntry]:
    if not catalogue.exists():
        return {}
    return {message_of(entry): entry for entry in polib.pofile(str(catalogue)) if not entry.obsolete}


def message_of(entry: polib.POEntry) -> Message:
    return Message(entry.msgid, entry.msgctxt or "", entry.msgid_plural or "")


def update(catalogue: Path, wanted: set[Message]) -> tuple[list[Message], list[Message]]:
    """Write the catalogue anew: translations kept, unknown strings added empty, strings no longer used dropped."""
    had = entries(catalogue)
    book = polib.POFile(wrapwidth=110)
    book.metadata = {
        "Project-Id-Version": "Madoguchi",
        "Language": "ja",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    for message in sorted(wanted):
        old = had.get(message)
        entry = polib.POEntry(msgid=message.text, msgctxt=message.context or None, msgid_plural=message.plural)
        if message.plural:
            entry.msgstr_plural = dict(old.msgstr_plural) if old else {0: ""}
        else:
            entry.msgstr = old.msgstr if old else ""
        if old:
            entry.tcomment, entry.flags = old.tcomment, [flag for flag in old.flags if flag == "fuzzy"]
        if re.search(r"%\(\w+\)[sdf]|%[sd]", message.text + message.plural):
            entry.flags.append("python-format")
        book.append(entry)
    text = str(book) + "\n"
    if not catalogue.exists() or catalogue.read_text(encoding="utf-8") != text:
        catalogue.parent.mkdir(parents=True, exist_ok=True)
        catalogue.write_text(text, encoding="utf-8")
    return sorted(wanted - set(had)), sorted(set(had) - wanted)


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def missing(catalogue: Path, wanted: set[Message]) -> list[Message]:
    had = entries(catalogue)
    return sorted(message for message in wanted if message not in had or not all(translations(had[message])))


def faults(catalogue: Path, found: dict[Message, str]) -> list[str]:
    """What bin/check says about the catalogue: missing, fuzzy, no longer used, placeholders that differ."""
    told = [f"not translated ({found[message]}): {message}" for message in missing(catalogue, set(found))]
    for message, entry in sorted(entries(catalogue).items()):
        if entry.fuzzy:
            told.append(f"fuzzy: {message}")
        if message not in found:
            told.append(f"no longer in the sources (run bin/messages): {message}")
        want = placeholders(message.plural or message.text)
        told += [
            f"placeholders differ: {message} → {text}"
            for text in translations(entry)
            if text and placeholders(text) != want
        ]
    return told


def placeholders(text: str) -> list[str]:
    return sorted(set(PLACEHOLDER.findall(text)) - {"%%"})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
