"""Content-Type and Content-Disposition: value and parameters, file names included."""

import re
from urllib.parse import unquote_to_bytes

from madoguchi.kit.characters import one_line
from madoguchi.kit.letters import words
from madoguchi.kit.letters.charsets import decode

_PARAM = re.compile(r';\s*([^\s=;"]{1,60})\s*=\s*(?:"((?:[^"\\]|\\.){0,8000})"|([^;]{0,8000}))', re.DOTALL)
_PIECE = re.compile(r"(.+?)\*(\d{1,3})(\*?)")
_VALUE = re.compile(r"[^;]{0,200}")
_LONGEST = 16_384


def read(raw: bytes) -> tuple[str, dict[str, str]]:
    """Lower-case value and parameters by lower-case name; RFC 2231 pieces joined and decoded, RFC 2047 words decoded."""
    line = decode(re.sub(rb"[\r\n]+[ \t]*", b" ", raw[:_LONGEST]))
    found = _VALUE.match(line)
    value = found[0].strip().lower() if found else ""
    if ";" not in line:
        return value, {}
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, quoted, bare in _PARAM.findall(line):
        name = name.lower()
        content = re.sub(r"\\([\"\\])", r"\1", quoted) if quoted else bare.strip().strip('"')
        if piece := _PIECE.fullmatch(name):
            pieces.setdefault(piece[1], {}).setdefault(int(piece[2]), (content, bool(piece[3])))
        elif name.endswith("*"):
            pieces.setdefault(name[:-1], {}).setdefault(0, (content, True))
        else:
            plain.setdefault(name, content)
    result = {name: words.text(content.encode("utf-8", "replace")) for name, content in plain.items()}
    result.update({name: _joined(numbered) for name, numbered in pieces.items()})
    return value, result


def _joined(numbered: dict[int, tuple[str, bool]]) -> str:
    """RFC 2231 section 3 and 4: pieces in order, each percent-encoded or not, the charset before the first."""
    charset, out = "", []
    for number, (content, encoded) in sorted(numbered.items()):
        if encoded and number == min(numbered) and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        out.append(unquote_to_bytes(content) if encoded else content.encode("utf-8", "replace"))
    raw = b"".join(out)
    return words.text(raw) if b"=?" in raw else one_line(decode(raw, charset))
