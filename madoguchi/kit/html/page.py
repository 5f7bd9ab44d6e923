"""Sanitised HTML, tag by tag, set as plain text."""

import re
from html import unescape

BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "center",
        "div",
        "dl",
        "dt",
        "dd",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tr",
        "ul",
    ]
)
_SPACED = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre"])
_HREF = re.compile(r' href="([^"]*)"')
_ALT = re.compile(r' alt="([^"]*)"')
_SPACES = re.compile(r"[ \t\r\n\f]+")
_DEEPEST_QUOTE = 8


class Page:
    """Text being set: finished lines, the line under way, and where in the document we are."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quote = self._pre = 0
        self._blank_at = -1
        self._lists: list[int] = []
        self._links: list[tuple[str, list[str]]] = []

    def write(self, words: str) -> None:
        words = words.replace("\u200b", "").replace("\ufeff", "")
        if self._pre:
            first, *rest = words.split("\n")
            self._put(first)
            for line in rest:
                self._end_line(force=True)
                self._put(line)
            return
        words = _SPACES.sub(" ", words)
        if not self._line or self._line[-1].endswith((" ", "\t")):
            words = words.lstrip(" ")
        self._put(words)

    def open(self, tag: str, attributes: str) -> None:
        if tag == "br":
            self._end_line(force=True)
        elif tag in BLOCKS:
            self._part(tag, nested=bool(self._lists))
        if tag == "blockquote":
            self._quote += 1
        elif tag == "pre":
            self._pre += 1
        elif tag in {"ol", "ul"}:
            self._lists.append(0 if tag == "ol" else -1)
        elif tag == "li":
            self._put(self._mark())
        elif tag == "hr":
            self._put("-" * 10)
            self._end_line()
        elif tag == "img" and (alt := _ALT.search(attributes)) and alt[1].strip():
            self._put(f"[{unescape(alt[1]).strip()}]")
        elif tag == "a":
            href = _HREF.search(attributes)
            self._links.append((unescape(href[1]) if href else "", []))

    def close(self, tag: str) -> None:
        if tag == "blockquote":
            self._end_line()
            self._quote = max(0, self._quote - 1)
        if tag in BLOCKS:
            self._part(tag, nested=len(self._lists) > 1)
        if tag == "pre":
            self._pre = max(0, self._pre - 1)
        elif tag in {"ol", "ul"} and self._lists:
            self._lists.pop()
        elif tag in {"td", "th"} and self._line:
            self._put("\t")
        elif tag == "a" and self._links:
            href, words = self._links.pop()
            label = "".join(words).strip()
            if label and href and label not in {href, href.removeprefix("mailto:"), href.rstrip("/")}:
                self._put(f" <{href}>")

    def text(self) -> str:
        self._end_line()
        if self._blank_at == len(self._lines) - 1:
            self._lines = self._lines[:-1]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip("\n")

    def _put(self, words: str) -> None:
        if words:
            self._line.append(words)
            if self._links:
                self._links[-1][1].append(words)

    def _mark(self) -> str:
        indent = "  " * min(len(self._lists) - 1, _DEEPEST_QUOTE)
        if not self._lists or self._lists[-1] < 0:
            return f"{indent}- "
        self._lists[-1] += 1
        return f"{indent}{self._lists[-1]}. "

    def _part(self, tag: str, *, nested: bool) -> None:
        self._end_line()
        if tag in _SPACED and not (nested and tag in {"ul", "ol"}):
            self._blank()

    def _blank(self) -> None:
        prefix = ("> " * min(self._quote, _DEEPEST_QUOTE)).rstrip()
        if self._blank_at == len(self._lines) - 1 and self._lines:
            self._lines[-1] = min(self._lines[-1], prefix, key=len)
        elif self._lines:
            self._blank_at = len(self._lines)
            self._lines.append(prefix)

    def _end_line(self, *, force: bool = False) -> None:
        if not self._line and not force:
            return
        line = "".join(self._line).rstrip()
        self._line.clear()
        prefix = "> " * min(self._quote, _DEEPEST_QUOTE)
        self._lines.append(f"{prefix}{line}".rstrip())
