"""The question under our answers, how they were, with its three links: where customers' mails bring it back, it is left out.

Nobody at the desk is to see it again, nor to come upon links that vote in a customer's name. Known by the addresses of the
links; mail programs keep them where they change everything else.
"""

import re
from itertools import islice
from string import ascii_uppercase

QUESTIONS = ("サポートはいかがでしたか？", "How was our support?")
FACES = {"good": "🙂", "ok": "😐", "bad": "🙁"}
_WORDS = ("良い", "普通", "悪い", "Good", "Okay", "Bad", *FACES.values())
# Also as services that check links write them into their own addresses.
_PATH = r"(?:/|%2F)help(?:/|%2F)rate(?:/|%2F)"
_LINK = re.compile(_PATH + r"[0-9]{1,18}-[a-z2-7]{16}(?![a-z2-7])", re.IGNORECASE)
_URL = re.compile(r"<?https?://[^\s<>]{1,500}" + _PATH + r"[^\s<>()\[\]]{1,600}>?", re.IGNORECASE)
# Letters of any length stay as long: places are those of the text itself.
_LOWER = {ord(letter): letter.lower() for letter in ascii_uppercase}
_PLAIN = re.compile(r"[\s>＞|｜:：*_\[\]()<>・\u00a0\u200b\u200c\u200d\ufe0f-]+")
_QUESTION = re.compile("|".join(re.escape(_PLAIN.sub("", question)) for question in QUESTIONS), re.IGNORECASE)
_ANCHOR = re.compile(r"<a\b[^>]{0,2000}>", re.IGNORECASE)
_LONGEST_LINE = 1_000
_LONGEST_TABLE = 20_000
_MOST_TABLES = 500
_NEAR = 8


def without(text: str) -> str:
    """The text without the block, wherever it stands and however it is quoted. Linear."""
    if not _LINK.search(text):
        return text
    lines = text.split("\n")
    ours: set[int] = set()
    for i, line in enumerate(lines):
        if i not in ours and len(line) <= _LONGEST_LINE and _is_link(line):
            ours |= _around(lines, i)
    return "\n".join(line for i, line in enumerate(lines) if i not in ours)


def _around(lines: list[str], at: int) -> set[int]:
    """The lines of the block that has a link on this line."""
    first = last = at
    for i in range(at - 1, max(-1, at - 1 - _NEAR), -1):
        if _is_question(lines[i]):
            first = i
            break
        if not _is_filler(lines[i]):
            break
        if _PLAIN.sub("", lines[i]):
            first = i
    for i in range(at + 1, min(len(lines), at + 1 + _NEAR)):
        if _is_link(lines[i]) or (_is_filler(lines[i]) and _PLAIN.sub("", lines[i])):
            last = i
        elif _PLAIN.sub("", lines[i]):
            break
    return set(range(first, last + 1))


def _is_link(line: str) -> bool:
    """Nothing but links of ours and the words for them."""
    return bool(_LINK.search(line)) and not _left(line)


def _is_question(line: str) -> bool:
    return len(line) <= _LONGEST_LINE and bool(_QUESTION.fullmatch(_PLAIN.sub("", line)))


def _is_filler(line: str) -> bool:
    return len(line) <= _LONGEST_LINE and not _left(line)


def _left(line: str) -> str:
    """What a line says beside the links, their words and the marks around them."""
    said = _PLAIN.sub("", _URL.sub("", line))
    said = _QUESTION.sub("", said)
    for word in _WORDS:
        said = said.replace(word, "")
    return said


def without_in_html(html: str) -> str:
    """The same of raw HTML, before it is made safe: the table that holds the links, else each of the links."""
    if not _LINK.search(html):
        return html
    html = _without_tables(html)
    return _without_anchors(html) if _LINK.search(html) else html


def _without_tables(html: str) -> str:
    lower = html.translate(_LOWER)
    kept, done = [], 0
    for found in islice(_LINK.finditer(html), _MOST_TABLES):
        if found.start() < done:
            continue
        start = lower.rfind("<table", max(done, found.start() - _LONGEST_TABLE), found.start())
        end = lower.find("</table", found.end(), found.end() + _LONGEST_TABLE)
        if start < 0 or end < 0 or lower.find("</table", start, found.start()) >= 0:
            continue
        if lower.find("<table", found.end(), end) >= 0:
            continue
        kept.append(html[done:start])
        close = html.find(">", end, end + 100)
        done = close + 1 if close >= 0 else end + len("</table")
    return "".join([*kept, html[done:]])


def _without_anchors(html: str) -> str:
    """Links of ours go with their words; their address also where it stands as text."""
    lower, kept, done = html.translate(_LOWER), [], 0
    for anchor in _ANCHOR.finditer(html):
        if anchor.start() < done or not _LINK.search(anchor[0]):
            continue
        kept.append(html[done : anchor.start()])
        end = lower.find("</a", anchor.end(), anchor.end() + 2_000)
        close = html.find(">", end, end + 100) if end >= 0 else -1
        done = close + 1 if close >= 0 else anchor.end()
    return _URL.sub("", "".join([*kept, html[done:]]))
