"""A `Letter` as bytes between two processes, and back without trusting the sender: JSON, then the bare payloads.

A request is its length and the raw mail. An answer is one letter (`R` ready, `L` letter, `M` out of memory, `E` error),
two lengths, a head and a tail. No pickle: the process that writes this has read hostile input.
"""

import json
import struct
from datetime import datetime
from typing import Any

from madoguchi.kit.addresses import Address
from madoguchi.kit.letters.model import Bounce, Letter, Part

REQUEST = struct.Struct(">Q")
ANSWER = struct.Struct(">cQQ")
_ADDRESSES = ("reply_to", "to", "cc")
_STRINGS = ("message_id", "subject", "text", "html", "safe_html", "visible", "quoted", "automatic")
_LISTS = ("in_reply_to", "references", "delivered_to", "authentication_results")
_KINDS = {"failed", "delayed", "delivered", "other"}


def dump(letter: Letter) -> list[bytes]:
    """The JSON head and the payload of every part, in order."""
    plain: dict[str, Any] = {name: getattr(letter, name) for name in (*_STRINGS, *_LISTS, "return_path", "headers")}
    plain |= {name: [[a.name, a.address] for a in getattr(letter, name)] for name in _ADDRESSES}
    plain["from_"] = letter.from_ and [letter.from_.name, letter.from_.address]
    plain["sender"] = letter.sender and [letter.sender.name, letter.sender.address]
    plain["date"] = letter.date and letter.date.isoformat()
    plain["parts"] = [[p.name, p.content_type, p.content_id, p.is_inline, len(p.payload)] for p in letter.parts]
    b = letter.bounce
    plain["bounce"] = b and [b.kind, b.recipient, b.status, b.diagnostic, list(b.original_message_ids)]
    return [json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace"), *(p.payload for p in letter.parts)]


def load(head: bytes, payloads: bytes) -> Letter:
    """The letter of `dump`. Raises ValueError for anything else."""
    try:
        plain = json.loads(head)
        fields: dict[str, Any] = {name: _text(plain[name]) for name in _STRINGS}
        fields |= {name: tuple(_text(x) for x in plain[name]) for name in _LISTS}
        fields |= {name: tuple(_address(x) for x in plain[name]) for name in _ADDRESSES}
        fields |= {name: _address(plain[name]) if plain[name] else None for name in ("from_", "sender")}
        fields["return_path"] = None if plain["return_path"] is None else _text(plain["return_path"])
        fields["headers"] = {_text(k): _text(v) for k, v in plain["headers"].items()}
        fields["date"] = datetime.fromisoformat(plain["date"]) if plain["date"] else None
        fields["bounce"] = _bounce(plain["bounce"]) if plain["bounce"] else None
        return Letter(parts=_parts(plain["parts"], payloads), **fields)
    except (KeyError, TypeError, AttributeError, IndexError, RecursionError) as wrong:
        raise ValueError("not a letter") from wrong


def _text(value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise TypeError
    return value


def _address(value: list[object]) -> Address:
    name, address = value
    return Address(_text(name), _text(address))


def _bounce(value: list[Any]) -> Bounce:
    kind, recipient, status, diagnostic, originals = value
    if kind not in _KINDS:
        raise TypeError
    return Bounce(kind, _text(recipient), _text(status), _text(diagnostic), tuple(_text(x) for x in originals))


def _parts(described: list[list[Any]], payloads: bytes) -> tuple[Part, ...]:
    parts, position = [], 0
    for name, content_type, content_id, is_inline, size in described:
        end = position + int(size)
        if not position <= end <= len(payloads):
            raise TypeError
        parts.append(Part(_text(name), _text(content_type), _text(content_id), bool(is_inline), payloads[position:end]))
        position = end
    return tuple(parts)
