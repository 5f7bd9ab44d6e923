"""Text sealed with a key that lives outside the database."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def seal(key: bytes, text: str) -> str:
    """`text` encrypted and authenticated (Fernet, key by HKDF-SHA256, RFC 5869); ASCII, differs each time."""
    return _fernet(key).encrypt(text.encode()).decode("ascii")


def unseal(key: bytes, sealed: str) -> str:
    """The text once given to `seal`. Raises ValueError for another key or a changed value."""
    try:
        return _fernet(key).decrypt(sealed.encode("utf-8", "replace")).decode()
    except InvalidToken:
        raise ValueError("sealed with another key, or changed") from None


@lru_cache(maxsize=8)
def _fernet(key: bytes) -> Fernet:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"madoguchi seal").derive(key)
    return Fernet(base64.urlsafe_b64encode(derived))
