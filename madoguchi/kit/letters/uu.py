"""Files inside the text of a mail: uuencode."""

import re

from madoguchi.kit.letters.mime import uudecoded_line

_BEGIN = re.compile(rb"begin [0-7]{3,4} ([^\r\n]{1,255}?)[ \t]*")
_MOST_FILES = 50


def taken_out(body: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """The text without its `begin 644 name` … `end` blocks, and (name, content) of each."""
    if b"begin " not in body or b"\nend" not in body:
        return body, []
    kept: list[bytes] = []
    files: list[tuple[bytes, bytes]] = []
    lines = body.splitlines(keepends=True)
    ends = [i for i, line in enumerate(lines) if line.strip() == b"end"][::-1]
    position = 0
    while position < len(lines):
        found = _BEGIN.fullmatch(lines[position].rstrip(b"\r\n"))
        while ends and ends[-1] <= position:
            ends.pop()
        if not found or not ends or len(files) >= _MOST_FILES:
            kept.append(lines[position])
            position += 1
            continue
        content = b"".join(uudecoded_line(x.rstrip(b"\r\n")) for x in lines[position + 1 : ends[-1]])
        files.append((found[1], content))
        position = ends[-1] + 1
    return b"".join(kept), files
