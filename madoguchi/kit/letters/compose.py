"""A mail to be sent: RFC 5322, RFC 2045, everything in UTF-8."""

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256

from madoguchi.kit.addresses import Address
from madoguchi.kit.letters import headers
from madoguchi.kit.letters.model import Part

_FOREIGN = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,76}")
_RESERVED = frozenset(
    [
        "from",
        "to",
        "cc",
        "bcc",
        "subject",
        "date",
        "message-id",
        "in-reply-to",
        "references",
        "reply-to",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "content-disposition",
        "content-id",
    ]
)
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
_SHORT_LINES = re.compile(rb"(?:[^\r\n]{0,990}\r\n)*[^\r\n]{0,990}")
_Entity = tuple[list[str], bytes]


def compose(
    *,
    from_: Address,
    to: Sequence[Address],
    cc: Sequence[Address] = (),
    bcc: Sequence[Address] = (),
    subject: str,
    text: str,
    html: str = "",
    message_id: str,
    in_reply_to: str = "",
    references: Sequence[str] = (),
    reply_to: Address | None = None,
    date: datetime,
    parts: Sequence[Part] = (),
    extra_headers: Mapping[str, str] | None = None,
) -> bytes:
    """The bytes to hand to SMTP, CRLF line ends, no line over 998; the same arguments give the same bytes.

    `bcc` is for the envelope only and never written. Line ends in values become spaces; ids come without brackets.
    Foreign ids that cannot stand in a header are left out of In-Reply-To and References. Raises ValueError for an address
    that cannot stand in a header, a naive `date`, a bad `message_id` or a reserved extra header.
    """
    if date.tzinfo is None:
        raise ValueError("date without a time zone")
    lines = [headers.addresses("From", [from_])]
    lines += [headers.addresses(name, boxes) for name, boxes in (("To", to), ("Cc", cc)) if boxes]
    if reply_to:
        lines.append(headers.addresses("Reply-To", [reply_to]))
    lines += [headers.text("Subject", subject), f"Date: {format_datetime(date)}"]
    lines.append(headers.ids("Message-ID", [message_id]))
    if headers.is_id(in_reply_to):
        lines.append(headers.ids("In-Reply-To", [in_reply_to]))
    if known := [x for x in references if headers.is_id(x)]:
        lines.append(headers.ids("References", known))
    for name, value in (extra_headers or {}).items():
        if not _FOREIGN.fullmatch(name) or name.lower() in _RESERVED:
            raise ValueError(f"header not allowed: {name!r}")
        lines.append(headers.text(name, value))
    head, body = _content(text, html, parts, message_id)
    return "\r\n".join([*lines, "MIME-Version: 1.0", *head]).encode("ascii") + b"\r\n\r\n" + body


def _content(text: str, html: str, parts: Sequence[Part], seed: str) -> _Entity:
    inline = [p for p in parts if html and p.is_inline and p.content_id and f"cid:{p.content_id}" in html]
    attached = [p for p in parts if not any(p is q for q in inline)]
    content = _text(text, "plain")
    if html:
        rich = _text(html, "html")
        if inline:
            rich = _multipart('related; type="text/html"', [rich, *map(_part, inline)], f"{seed} related")
        content = _multipart("alternative", [content, rich], f"{seed} alternative")
    if attached:
        content = _multipart("mixed", [content, *map(_part, attached)], f"{seed} mixed")
    return content


def _text(text: str, kind: str) -> _Entity:
    raw = "\r\n".join(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")).encode("utf-8", "replace")
    plain = raw.isascii() and b"\0" not in raw and bool(_SHORT_LINES.fullmatch(raw))
    head = [f"Content-Type: text/{kind}; charset=utf-8", f"Content-Transfer-Encoding: {'7bit' if plain else 'base64'}"]
    return head, raw if plain else _base64(raw)


def _part(part: Part) -> _Entity:
    kind = part.content_type.lower()
    if not _TYPE.fullmatch(kind) or kind.startswith(("multipart/", "message/")):
        kind = "application/octet-stream"
    head = [*headers.file_name(f"Content-Type: {kind}", "name", part.name), "Content-Transfer-Encoding: base64"]
    disposition = "inline" if part.is_inline else "attachment"
    head += headers.file_name(f"Content-Disposition: {disposition}", "filename", part.name, extended=True)
    if headers.is_id(part.content_id):
        head.append(headers.ids("Content-ID", [part.content_id]))
    return head, _base64(part.payload)


def _base64(raw: bytes) -> bytes:
    return base64.encodebytes(raw).replace(b"\n", b"\r\n")


def _multipart(kind: str, entities: Sequence[_Entity], seed: str) -> _Entity:
    boundary, bodies = "", [body for _, body in entities]
    for attempt in range(1_000):
        boundary = "=_" + sha256(f"{seed} {attempt}".encode("utf-8", "replace")).hexdigest()[:32]
        if not any(boundary.encode() in body for body in bodies):
            break
    out = []
    for head, body in entities:
        out.append(f"--{boundary}\r\n".encode() + "\r\n".join(head).encode("ascii") + b"\r\n\r\n" + body)
    out.append(f"--{boundary}--\r\n".encode())
    subtype, _, rest = kind.partition(";")
    more = f";{rest}" if rest else ""
    return [f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"{more}'], b"\r\n".join(out)
