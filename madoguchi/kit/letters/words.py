"""Header text: encoded words (RFC 2047) and raw eight-bit bytes."""

import binascii
import re

from madoguchi.kit.characters import one_line
from madoguchi.kit.letters.charsets import decode

_WORD = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]{0,20000})\?=")
_FOLD = re.compile(rb"[\r\n]+[ \t]*")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")


def text(raw: bytes) -> str:
    """A header value as one line of text.

    The bytes of neighbouring words of one charset are joined before they are decoded, since many Japanese mailers cut
    words in the middle of a character.
    """
    raw = _FOLD.sub(b" ", raw)
    if b"=?" not in raw:
        return one_line(decode(raw))
    out: list[str] = []
    run: list[tuple[bytes, bytes]] = []
    charset, end = b"", 0
    for word in _WORD.finditer(raw):
        gap = raw[end : word.start()]
        if run and (gap.strip() or word[1].lower() != charset):
            out.append(_run(run, charset))
            run = []
            gap = gap if gap.strip() else b""
        if gap.strip() or (gap and not end):
            out.append(decode(gap))
        charset, end = word[1].lower(), word.end()
        run.append((word[2].lower(), word[3]))
    if run:
        out.append(_run(run, charset))
    out.append(decode(raw[end:]))
    return one_line("".join(out))


def _run(words: list[tuple[bytes, bytes]], charset: bytes) -> str:
    joined: list[tuple[bytes, bytes]] = []
    for encoding, payload in words:
        if encoding == b"b":
            payload = payload.replace(b" ", b"")
            if joined and joined[-1][0] == b"b" and len(joined[-1][1]) % 4 and not joined[-1][1].endswith(b"="):
                payload = joined.pop()[1] + payload
        joined.append((encoding, payload))
    raw = b"".join(base64(p) if e == b"b" else binascii.a2b_qp(p, header=True) for e, p in joined)
    return decode(raw, charset.decode("ascii", "replace"))


def base64(payload: bytes) -> bytes:
    """Base64 read as far as it goes; padding may be missing, foreign characters are skipped."""
    try:
        return binascii.a2b_base64(payload)
    except binascii.Error:
        clean = _NOT_BASE64.sub(b"", payload)
        clean = clean[: len(clean) - 1] if len(clean) % 4 == 1 else clean
        return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))
