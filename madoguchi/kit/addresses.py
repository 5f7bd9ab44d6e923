"""Mail addresses as identities, as agents type them and as people read them."""

import re
import unicodedata
from dataclasses import dataclass

from madoguchi.kit.characters import one_line, visible

_SHAPE = re.compile(r'[^\s@<>()\[\],;:\\"]{1,64}@([^\s@<>()\[\],;:\\"]{1,255})')
_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")
_PLAIN_NAME = re.compile(r'[^()<>@,;:\\".\[\]]*')
_SEPARATORS = ",、，;；\n\r"
_ADDRESS_LIMIT = 1_000
_LONGEST = 320


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox: `name` as shown ('' if none) and the bare `address` as it was written."""

    name: str
    address: str

    @property
    def folded(self) -> str:
        """The address as an identity, see `fold`."""
        return fold(self.address)


def fold(address: str) -> str:
    """The form under which two spellings of one address are equal; idempotent; rubbish folds to rubbish.

    NFKC, case folded, invisible characters, brackets, quotes and `mailto:` gone, domain as IDNA (RFC 5890).
    """
    folded = address[:_ADDRESS_LIMIT]
    for _ in range(8):
        before, folded = folded, _folded_once(folded)
        if folded == before:
            break
    return folded


def _folded_once(text: str) -> str:
    text = unicodedata.normalize("NFKC", visible(unicodedata.normalize("NFKC", text)).casefold())
    if "<" in text:
        text = text.rpartition("<")[2].partition(">")[0]
    text = "".join(text.split()).strip("<>'\",;").removeprefix("mailto:")
    local, at, host = text.rpartition("@")
    if not at:
        return text
    return f"{local.strip(chr(34))}@{_ascii_host(host.partition('?')[0])}"


def _ascii_host(host: str) -> str:
    host = host.replace("。", ".").strip(".")
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return host


def without_tag(folded: str) -> str:
    """A folded address without its `+tag` (RFC 5233): `a+b@example.jp` is `a@example.jp`."""
    local, at, host = folded.rpartition("@")
    base = local.partition("+")[0]
    return f"{base}{at}{host}" if at and base else folded


def domain(folded: str) -> str:
    """What stands after the last `@`; '' if there is none."""
    return folded.rpartition("@")[2] if "@" in folded else ""


def is_valid(address: str) -> bool:
    """Whether it is a mail address: one `@`, a host with a dot (or localhost), no white space, at most 320 characters.

    Wider than RFC 5322: `a..b.@docomo.ne.jp` exists in Japan.
    """
    found = _SHAPE.fullmatch(address)
    if not found or visible(address) != address:
        return False
    if not address.isascii() and len(fold(address)) > _LONGEST:
        return False
    labels = _ascii_host(found[1]).split(".")
    return all(_LABEL.fullmatch(x) for x in labels) and (len(labels) > 1 or labels == ["localhost"])


def is_sendable(address: str) -> bool:
    """Whether every mail server takes it: valid, and ASCII before the `@` (else SMTPUTF8 is needed, RFC 6531)."""
    return is_valid(address) and address.rpartition("@")[0].isascii()


def on_the_wire(address: str) -> str:
    """A sendable address as SMTP takes it: the host as IDNA (RFC 5890)."""
    local, _at, host = address.rpartition("@")
    return f"{local}@{_ascii_host(host)}"


def parse_list(text: str) -> list[Address]:
    """What an agent typed into To or Cc; commas, 、, semicolons and newlines separate.

    Raises ValueError whose only argument is the first entry that is no address.
    """
    return [_typed(entry) for entry in _entries(text) if entry.strip()]


def _entries(text: str) -> list[str]:
    entries, start, quoted = [], 0, False
    for i, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif char in "\r\n" or (char in _SEPARATORS and not quoted):
            entries.append(text[start:i])
            start, quoted = i + 1, False
    return [*entries, text[start:]]


def _typed(entry: str) -> Address:
    entry = visible(entry.strip())
    name, bracket, rest = entry.replace("＜", "<").replace("＞", ">").rpartition("<")
    if bracket and not rest.rstrip().endswith(">"):
        raise ValueError(entry)
    written = unicodedata.normalize("NFKC", rest).strip(" >").removeprefix("mailto:")
    if not is_valid(written):
        raise ValueError(entry)
    return Address(one_line(name).strip("\"' "), written)


def format(address: Address) -> str:
    """For people: `山田 太郎 <yamada@example.jp>`; the name is quoted where it holds special characters."""
    name = one_line(address.name)
    if not name:
        return address.address
    if not _PLAIN_NAME.fullmatch(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name} <{address.address}>"
