"""Signatures, signed reply addresses and random secrets."""

import base64
import hashlib
import hmac
import re
import secrets

from madoguchi.kit.addresses import fold

_RATING = re.compile(r"([0-9]{1,18})-([A-Za-z2-7]{16})")
_REPLY = re.compile(r"\+t([0-9]{1,18})-([a-z2-7]{10})@")


def sign(key: bytes, purpose: str, value: str, *, length: int = 10) -> str:
    """`length` lower-case base32 characters (five bits each) of HMAC-SHA256; fit for a mail local part."""
    mac = hmac.digest(key, f"{purpose}\0{value}".encode(), "sha256")
    return base64.b32encode(mac).decode("ascii").lower()[:length]


def check(key: bytes, purpose: str, value: str, signature: str, *, length: int = 10) -> bool:
    """Whether `signature` is what `sign` gives, in constant time; upper case is accepted."""
    expected = sign(key, purpose, value, length=length)
    return hmac.compare_digest(expected.encode(), signature.lower().encode("utf-8", "replace"))


def reply_address(key: bytes, mailbox_address: str, ticket_id: int) -> str:
    """`support@example.jp` as `support+t123-abcdefghij@example.jp`: who holds it may write into the ticket."""
    local, _, host = mailbox_address.rpartition("@")
    return f"{local}+t{ticket_id}-{sign(key, 'reply', str(ticket_id))}@{host}"


def ticket_in(key: bytes, address: str) -> int | None:
    """The ticket a reply address belongs to; None if it is no reply address or its signature is wrong."""
    found = _REPLY.search(fold(address))
    if not found or not check(key, "reply", found[1], found[2]):
        return None
    return int(found[1])


def rating_token(key: bytes, entry_id: int) -> str:
    """What stands in the links under an answer: who holds it may say how the answer was, nothing else."""
    return f"{entry_id}-{sign(key, 'rating', str(entry_id), length=16)}"


def entry_in(key: bytes, token: str) -> int | None:
    """The entry a rating token belongs to; None if it is none or its signature is wrong."""
    found = _RATING.fullmatch(token)
    if not found or not check(key, "rating", found[1], found[2], length=16):
        return None
    return int(found[1])


def new_secret() -> str:
    """32 random bytes, 43 URL-safe characters."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """SHA-256 in hex: what is stored in place of a secret of `new_secret`."""
    return hashlib.sha256(secret.encode()).hexdigest()
