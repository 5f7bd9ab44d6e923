"""Header lines that cannot be broken out of: encoded words, folded addresses and ids, file names."""

import base64
import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from madoguchi.kit.addresses import Address, is_valid
from madoguchi.kit.characters import one_line

_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_DOT_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_ID = re.compile(r"[!-;=?-~]{1,900}")
_WORD_BYTES = 42
_LINE = 76
_MOST_REFERENCES = 30


def text(name: str, value: str) -> str:
    """An unstructured header; long or non-ASCII values as encoded words (RFC 2047) on folded lines."""
    value = one_line(value)
    plain = value.isascii() and "=?" not in value
    if plain and all(len(word) < 900 for word in value.split(" ")):
        return _folded(f"{name}:", [f" {word}" for word in value.split(" ")])
    return _folded(f"{name}:", [f" {word}" for word in encoded_words(value)])


def addresses(name: str, boxes: Sequence[Address]) -> str:
    """An address header. Raises ValueError for an address that is not valid, or not ASCII before the `@`."""
    written = [_address(box) for box in boxes]
    return _folded(f"{name}:", [f" {w}{',' if i < len(written) - 1 else ''}" for i, w in enumerate(written)])


def is_id(value: str) -> bool:
    """Whether a message id can stand in a header: printable ASCII without white space and brackets, at most 900."""
    return bool(_ID.fullmatch(value))


def ids(name: str, values: Sequence[str]) -> str:
    """Message ids in brackets, one per line; the first and the newest 30. Raises ValueError for a bad id."""
    for value in values:
        if not is_id(value):
            raise ValueError(f"not a message id: {value!r}")
    if len(values) > _MOST_REFERENCES:
        values = [values[0], *values[1 - _MOST_REFERENCES :]]
    return _folded(f"{name}:", [f" <{value}>" for value in values])


def file_name(start: str, parameter: str, name: str, *, extended: bool = False) -> list[str]:
    """A header with a file name parameter: RFC 2231 in pieces where `extended`, else RFC 2047 words in quotes."""
    name = one_line(name)
    if not name:
        return [start]
    if name.isascii() and len(name) < 60:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return [f'{start}; {parameter}="{escaped}"']
    if not extended:
        words = "\r\n ".join(encoded_words(name))
        return [f'{start};\r\n {parameter}="{words}"']
    pieces = list(_percent_pieces(name))
    if len(pieces) == 1:
        return [f"{start};\r\n {parameter}*=UTF-8''{pieces[0]}"]
    numbered = [f" {parameter}*{i}*={piece}" for i, piece in enumerate(pieces)]
    numbered[0] = f" {parameter}*0*=UTF-8''{pieces[0]}"
    return [f"{start};\r\n" + ";\r\n".join(numbered)]


def encoded_words(value: str) -> list[str]:
    """RFC 2047 words in UTF-8 and base64, each at most 75 characters and none cutting a character."""
    return [
        f"=?UTF-8?B?{base64.b64encode(chunk.encode('utf-8', 'replace')).decode('ascii')}?="
        for chunk in _chunks(value, _WORD_BYTES)
    ]


def _address(box: Address) -> str:
    local, _, host = box.address.rpartition("@")
    if not is_valid(box.address) or not local.isascii():
        raise ValueError(f"not an address: {box.address!r}")
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    if not _DOT_ATOM.fullmatch(local):
        local = f'"{local}"'
    name = one_line(box.name)
    if not name:
        return f"{local}@{host}"
    if name.isascii() and "=?" not in name and len(name) < 60:
        if not _ATOM.fullmatch(name):
            name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return f"{name} <{local}@{host}>"
    return "\r\n ".join(encoded_words(name)) + f"\r\n <{local}@{host}>"


def _percent_pieces(name: str) -> Iterator[str]:
    for chunk in _chunks(name, 18):
        yield quote(chunk, safe="", errors="replace")


def _chunks(value: str, most: int) -> Iterator[str]:
    start = size = 0
    for i, char in enumerate(value):
        length = len(char.encode("utf-8", "replace"))
        if size + length > most:
            yield value[start:i]
            start, size = i, 0
        size += length
    if start < len(value):
        yield value[start:]


def _folded(line: str, tokens: Sequence[str]) -> str:
    out = [line]
    for i, token in enumerate(tokens):
        if i and len(out[-1]) + len(token.partition("\r\n")[0]) > _LINE:
            out.append(token)
        else:
            out[-1] += token
    return "\r\n".join(out)
