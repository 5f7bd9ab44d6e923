"""Address fields (RFC 5322 section 3.4) as they come: groups, comments, quotes, stray line ends, raw Shift_JIS."""

import re

from madoguchi.kit.addresses import Address
from madoguchi.kit.characters import one_line, visible
from madoguchi.kit.letters import words
from madoguchi.kit.letters.charsets import decode

_SIMPLE = re.compile(r'\s*([^"(),:;<>@\\\[\]]*)<\s*([^\s<>"(),:;\\]{1,254}@[^\s<>"(),:;\\]{1,254})\s*>\s*')
_BARE = re.compile(r'\s*([^\s<>"(),:;\\]{1,254}@[^\s<>"(),:;\\]{1,254})\s*')
_MOST = 1_000


def mailboxes(raw: bytes) -> tuple[Address, ...]:
    """All mailboxes of a field, group members included, at most 1,000; never fails, linear."""
    line = decode(raw.replace(b"\x00", b"")).replace("\r", "").replace("\n", "")
    if found := _SIMPLE.fullmatch(line):
        return (Address(_name(found[1]), _bare(found[2])),)
    if found := _BARE.fullmatch(line):
        return (Address("", _bare(found[1])),)
    return tuple(_Scan(line).found[:_MOST])


def _name(phrase: str) -> str:
    return one_line(words.text(phrase.encode("utf-8", "replace"))).strip("\"' ")


class _Scan:
    """One pass over a field, character by character."""

    def __init__(self, line: str) -> None:
        self.found: list[Address] = []
        self._clear()
        depth, quoted, escaped, angle = 0, False, False, False
        for char in line:
            if escaped:
                self._keep(char, angle, depth)
                escaped = False
            elif char == "\\" and (quoted or depth):
                escaped = True
            elif depth:
                depth += (char == "(") - (char == ")")
                if depth:
                    self._comment.append(char)
            elif char == '"':
                quoted = not quoted
            elif quoted:
                self._keep(char, angle, 0)
            elif char == "(":
                depth = 1
            elif char == "<":
                angle = True
                self._angle.clear()
            elif char == ">" and angle:
                angle, self._closed = False, True
            elif char in ",;" and not angle:
                self._flush()
            elif char in ",;" and "@" in "".join(self._angle[-255:]):
                angle = False
                self._flush()
            elif char == ":" and not angle and "@" not in self._phrase:
                self._clear()
            else:
                self._keep(char, angle, 0)
        self._flush()

    def _clear(self) -> None:
        self._phrase: list[str] = []
        self._angle: list[str] = []
        self._comment: list[str] = []
        self._closed = False

    def _keep(self, char: str, angle: bool, depth: int) -> None:
        (self._comment if depth else self._angle if angle else self._phrase).append(char)

    def _flush(self) -> None:
        phrase, angle, comment = ("".join(x) for x in (self._phrase, self._angle, self._comment))
        closed = self._closed
        self._clear()
        if angle or closed:
            address = _bare(angle.rpartition(":")[2] if angle.startswith("@") else angle)
            if not address and "@" in phrase:
                address, phrase = _bare(phrase), ""
            self._add(_name(phrase) or _name(comment), address)
            return
        if "=?" in phrase and "@" in (whole := words.text(phrase.encode("utf-8", "replace"))) and "=?" not in whole:
            self.found.extend(_Scan(whole).found)
            return
        self._add(_name(comment), _bare(phrase))

    def _add(self, name: str, address: str) -> None:
        if address and len(self.found) < _MOST:
            self.found.append(Address(name, address))


def _bare(text: str) -> str:
    return "".join(visible(text).split())[:320].strip("'\"")
