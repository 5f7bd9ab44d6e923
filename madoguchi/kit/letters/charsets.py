"""Bytes to text, whatever the mail claims about its charset."""

import codecs
import re

from madoguchi.kit.characters import storable
from madoguchi.kit.letters import jis
from madoguchi.kit.letters.charset_names import ALIASES

_NOT_FOR_MAIL = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "unicode-escape"}
_NAME = re.compile(r"[a-z0-9][a-z0-9_:.+-]{0,40}")
_JIS_ESCAPE = re.compile(rb"\x1b(?:\$[@B]|\(I|\$\([@A-Z])")
_JIS_NAME = re.compile(r"iso-?2022-?jp|cp5022|jis|csiso2022jp|x-jis|jis7")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_JAPANESE = re.compile(rb"[\x80-\xff]{2}|(?:[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]){2}")
_THREE_BYTES = re.compile(rb"[\xe0-\xf4][\x80-\xbf]{2}")
_BELIED_LESS_THAN_UTF8 = {"cp932", "euc", "cp1252"}
_ODD = re.compile("[\ufffd\ue000-\uf8ff\x80-\x9f]")
_KANA = re.compile("[\uff61-\uff9f]")


def decode(raw: bytes, charset: str = "") -> str:
    """`raw` as text fit for storing; `charset` is what the mail says ('' if nothing) and is believed only if it fits."""
    if raw.isascii() and b"\x1b" not in raw and b"\x0e" not in raw:
        name = charset.strip().lower()
        if not name.startswith(("utf-7", "utf7", "unicode-1-1-utf-7", "utf-16", "hz", "csutf7", "utf_7")):
            return storable(raw.decode("ascii"))
    return storable(_decoded(raw, _codec(charset)))


def _codec(charset: str) -> str:
    """The codec to try: a Python codec, `jis`, `euc`, or '' for a name that says nothing."""
    name = charset.strip().strip("\"'").lower().partition("*")[0].partition(";")[0].strip()
    if name in ALIASES:
        return ALIASES[name]
    if _JIS_NAME.match(name):
        return "jis"
    for candidate in (name, name.replace("-", ""), name.removeprefix("x-"), name.replace("win-", "windows-")):
        if candidate in _NOT_FOR_MAIL or not _NAME.fullmatch(candidate):
            continue
        if candidate in ALIASES:
            return ALIASES[candidate]
        try:
            codecs.lookup(candidate)
        except (LookupError, UnicodeError, ValueError):
            continue
        return candidate
    return ""


def _decoded(raw: bytes, codec: str) -> str:
    if codec == "jis" or _JIS_ESCAPE.search(raw):
        if raw.isascii():
            return jis.iso2022(raw)
        codec = "" if codec == "jis" else codec
    for bom, unicode in _BOMS:
        if raw.startswith(bom):
            return raw.decode(unicode, "replace")
    if not codec or (codec in _BELIED_LESS_THAN_UTF8 and _is_utf8(raw)):
        return _guessed(raw)
    text = _tried(raw, codec)
    wrong = text.count("\ufffd")
    if wrong == 0 or wrong * 8 <= sum(c > "\x7f" for c in text) or wrong <= 1:
        return text
    guess = _guessed(raw)
    return guess if len(_ODD.findall(guess)) < wrong else text


def _tried(raw: bytes, codec: str) -> str:
    if codec == "euc":
        return jis.euc(raw)
    if codec == "cp1252":
        return _western(raw)
    try:
        return raw.decode(codec, "replace")
    except (LookupError, UnicodeError, ValueError):
        return raw.decode("utf-8", "replace")


def _guessed(raw: bytes) -> str:
    """UTF-8 if it is that; else Shift_JIS or EUC-JP, whichever reads with fewer oddities; else Western."""
    utf8 = raw.decode("utf-8", "replace")
    wrong = utf8.count("\ufffd")
    if wrong == 0 or wrong * 4 <= sum(c > "\x7f" for c in utf8):
        return utf8
    if not _JAPANESE.search(raw):
        return _western(raw)
    oddities, text = min((_oddities(t), t) for t in (jis.euc(raw), raw.decode("cp932", "replace")))
    return text if oddities * 4 <= sum(c > "\x7f" for c in text) else _western(raw)


def _is_utf8(raw: bytes) -> bool:
    """Whether text said to be Japanese or Western is UTF-8 beyond doubt."""
    if not _THREE_BYTES.search(raw):
        return False
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _oddities(text: str) -> float:
    return len(_ODD.findall(text)) + 0.24 * len(_KANA.findall(text))


def _western(raw: bytes) -> str:
    return raw.translate(_UNDEFINED).decode("cp1252", "replace") if raw else ""


_UNDEFINED = bytes(0x3F if b in {0x81, 0x8D, 0x8F, 0x90, 0x9D} else b for b in range(256))
