"""ISO-2022-JP and EUC-JP as mailers write them: with the NEC and IBM characters and half-width kana of code page 932.

Every codec of the standard library refuses or loses ①㈱Ⅱ髙ｶﾅ in these; a detour over cp932's own table reads them.
"""

import re

_ESCAPE = re.compile(rb"(\x1b\$\([A-Z@]|\x1b\$[@AB]|\x1b[(.][A-Z@]|\x0e|\x0f)")
_EUC = re.compile(rb"((?:\x8e[\xa1-\xdf])+)|(\x8f[\xa1-\xfe]{2})|((?:[\xa1-\xfe]{2})+)|([\x00-\x7f]+)|(.)", re.DOTALL)
_OTHER_SETS = ("iso2022_jp_2", "iso2022_jp_ext", "iso2022_jp_2004")
_KANJI = frozenset([b"\x1b$@", b"\x1b$B", b"\x1b$(B", b"\x1b$(@"])


def iso2022(raw: bytes) -> str:
    """ISO-2022-JP and its relatives (RFC 1468, RFC 1554, CP50220 to CP50222); never fails, U+FFFD where unreadable."""
    out, mode, pieces = [], b"\x1b(B", iter(_ESCAPE.split(raw))
    for piece in pieces:
        if piece.startswith(b"\x1b") and _ESCAPE.fullmatch(piece):
            mode = piece
        elif piece in {b"\x0e", b"\x0f"}:
            mode = b"\x1b(I" if piece == b"\x0e" else b"\x1b(B"
        elif piece:
            out.append(_segment(mode, piece))
    return "".join(out)


def _segment(mode: bytes, raw: bytes) -> str:
    if mode in _KANJI:
        return _kanji_lines(raw)
    if mode == b"\x1b(I":
        return bytes(b | 0x80 if b > 0x20 else b for b in raw).decode("cp932", "replace")
    if mode[:2] in {b"\x1b(", b"\x1b."}:
        return raw.decode("ascii", "replace")
    for codec in _OTHER_SETS:
        try:
            return (mode + raw + b"\x1b(B").decode(codec)
        except UnicodeDecodeError:
            continue
    return (mode + raw + b"\x1b(B").decode(_OTHER_SETS[0], "replace")


def _kanji_lines(raw: bytes) -> str:
    """A line end inside a kanji segment returns to ASCII unseen (RFC 1468), except where a mailer folded blindly."""
    first, *rest = re.split(rb"(\r?\n[ \t]*)", raw)
    out = [shifted(first)]
    for end, line in zip(rest[::2], rest[1::2], strict=True):
        out += [end.decode("ascii"), shifted(line)]
    return "".join(out)


def shifted(raw: bytes) -> str:
    """Two seven-bit bytes per character (JIS X 0208 and the vendor rows), read through cp932."""
    out = bytearray()
    for i in range(0, len(raw) - 1, 2):
        row, cell = raw[i], raw[i + 1]
        if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
            out += b"\x81\xac" if row > 0x20 else raw[i : i + 2]
            continue
        cell += 0x7E if row % 2 == 0 else 0x1F if cell < 0x60 else 0x20
        row = (row - 0x21) // 2 + 0x81
        out += bytes((row + 0x40 if row > 0x9F else row, cell))
    return out.decode("cp932", "replace")


def euc(raw: bytes) -> str:
    """EUC-JP including the vendor rows 13 and 89 to 92 (CP51932); U+FFFD where unreadable."""
    out = []
    for kana, supplement, kanji, ascii_, _ in _EUC.findall(raw):
        if ascii_:
            out.append(ascii_.decode("ascii"))
        elif kanji:
            out.append(shifted(bytes(b & 0x7F for b in kanji)))
        elif kana:
            out.append(kana.replace(b"\x8e", b"").decode("cp932", "replace"))
        elif supplement:
            out.append(supplement.decode("euc_jp", "replace"))
        else:
            out.append("\ufffd")
    return "".join(out)
