"""A mail taken apart into entities (RFC 2045, RFC 2046), within limits.

Not the standard library's parser: that one cannot be told a depth, and tests every line against every open boundary.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from madoguchi.kit.letters import params, words
from madoguchi.kit.letters.fields import Fields, fields, first

DEEPEST = 30
MOST_ENTITIES = 500
LONGEST_HEAD = 262_144
_HEAD_END = re.compile(rb"\r?\n\r?\n|\r\r")
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_FIELD_LINE = re.compile(rb"[!-9;-~]{1,100}[ \t]*:|[ \t]|>?From |\r?\n")
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")


@dataclass(slots=True)
class Entity:
    """One node of a mail: its fields, type, parameters, raw body and children."""

    fields: Fields
    content_type: str
    params: dict[str, str]
    disposition: str
    file_name: str
    body: bytes
    children: list["Entity"]

    def payload(self) -> bytes:
        """The body with its transfer encoding (RFC 2045 section 6) undone as far as possible."""
        encoding = first(self.fields, "content-transfer-encoding").strip().strip(b'"').lower()
        if encoding.startswith(b"base64"):
            return words.base64(self.body)
        if encoding.startswith(b"quoted"):
            return binascii.a2b_qp(self.body)
        if encoding in {b"x-uuencode", b"uuencode", b"x-uue"}:
            return uudecoded(self.body)
        return self.body

    def leaves(self) -> Iterator["Entity"]:
        """Every entity without children, in the order of the mail."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


def entity(raw: bytes) -> Entity:
    """The mail as a tree, at most 30 deep and 500 entities; what lies beyond stays undivided in its parent's body."""
    return _entity(raw, "text/plain", 0, [MOST_ENTITIES])


def split_head(raw: bytes) -> tuple[bytes, bytes]:
    """Header block and body; the header ends at the first empty line, or at the first of two lines that cannot
    belong to it (one stray line is skipped)."""
    raw = raw.lstrip(b"\r\n") if raw[:2] in {b"\r\n", b"\n\n", b"\n"} and len(raw) > 2 else raw
    end = _HEAD_END.search(raw, 0, LONGEST_HEAD)
    head, body = (raw[: end.start()], raw[end.end() :]) if end else (raw[:LONGEST_HEAD], raw[LONGEST_HEAD:])
    position = 0
    while position < len(head):
        line = _LINE.match(head, position)
        after = line.end() if line else len(head)
        if not _FIELD_LINE.match(head, position) and not _FIELD_LINE.match(head, after):
            return head[:position], raw[position:]
        position = after
    return head, body


def _entity(raw: bytes, default_type: str, depth: int, left: list[int]) -> Entity:
    left[0] -= 1
    empty_head = raw[:2] == b"\r\n" or raw[:1] == b"\n"
    head, body = (b"", raw.lstrip(b"\r\n")) if empty_head and depth else split_head(raw)
    found = fields(head)
    content_type, parameters = params.read(first(found, "content-type"))
    content_type = content_type.replace(" ", "")
    if not _TYPE.fullmatch(content_type):
        content_type = {"text": "text/plain", "html": "text/html"}.get(content_type.strip("/"), default_type)
    disposition, more = params.read(first(found, "content-disposition"))
    name = more.get("filename") or parameters.get("name") or ""
    node = Entity(found, content_type, parameters, disposition, name, body, [])
    if content_type.startswith("multipart/") and depth < DEEPEST:
        inner = "message/rfc822" if content_type == "multipart/digest" else "text/plain"
        for piece in _pieces(body, parameters.get("boundary", "")):
            if left[0] <= 0:
                break
            node.children.append(_entity(piece, inner, depth + 1, left))
    return node


def _pieces(body: bytes, boundary: str) -> Iterator[bytes]:
    """The parts of a multipart body; a missing closing boundary ends at the end, a missing boundary is guessed."""
    mark = boundary.encode("utf-8", "replace").rstrip() or _guessed(body)
    if not mark:
        return
    delimiter = re.compile(rb"(?:^|\r?\n|\r)--" + re.escape(mark) + rb"(--)?[ \t]*(?=\r|\n|\Z)")
    start = None
    for found in delimiter.finditer(body):
        if start is not None:
            yield body[start : found.start()]
        if found[1]:
            return
        start = found.end() + (2 if body[found.end() : found.end() + 2] == b"\r\n" else 1)
    if start is not None:
        yield body[start:]


def _guessed(body: bytes) -> bytes:
    found = re.match(rb"\s{0,100}--([^\r\n]{1,200}?)[ \t]*\r?\n[!-9;-~]{1,100}:", body)
    return found[1] if found else b""


def uudecoded(body: bytes) -> bytes:
    """The content of the first `begin` … `end` block, or of bare uuencoded lines; unreadable lines are skipped."""
    out: list[bytes] = []
    for line in body.splitlines():
        if line.startswith(b"begin "):
            out.clear()
        elif line.strip() == b"end":
            break
        else:
            out.append(uudecoded_line(line))
    return b"".join(out)


def uudecoded_line(line: bytes) -> bytes:
    """One uuencoded line; b'' if it is none."""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        length = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
        try:
            return binascii.a2b_uu(line[:length])
        except binascii.Error:
            return b""
