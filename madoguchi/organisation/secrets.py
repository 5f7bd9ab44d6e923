"""Passwords at rest: sealed with the desk's own key, which lies outside the database."""

from django.conf import settings

from madoguchi.kit import crypt


def seal(text: str) -> str:
    """The text as it may be stored; '' stays ''."""
    return crypt.seal(settings.SECRET_KEY.encode(), text) if text else ""


def unseal(sealed: str) -> str:
    """The text once given to `seal`. Raises ValueError where the desk's key is another one."""
    return crypt.unseal(settings.SECRET_KEY.encode(), sealed) if sealed else ""
