"""Images in sanitised mail: held back until asked for, or served from our own address.

All three work on what `sanitise_mail` writes, where every attribute is double quoted and holds no bare `<`, `>` or `"`.
"""

import re
from collections.abc import Mapping
from html import escape, unescape
from urllib.parse import unquote

_IMAGE = re.compile(r"<img(?: [a-z-]+=\"[^\"]*\")*>")
_LOCAL = re.compile(r' src="(?!(?:cid|data):)', re.IGNORECASE)
_CID = re.compile(r' src="cid:([^"]*)"', re.IGNORECASE)


def without_remote_images(html: str) -> str:
    """Every image address other than `cid:` and `data:` moved from `src` to `data-remote-src`."""
    return _IMAGE.sub(lambda image: _LOCAL.sub(' data-remote-src="', image[0]), html)


def with_remote_images(html: str) -> str:
    """The images held back by `sanitise_mail` load again: for when the agent has asked."""
    return _IMAGE.sub(lambda image: image[0].replace(' data-remote-src="', ' src="'), html)


def with_inline_images(html: str, addresses: Mapping[str, str]) -> str:
    """`cid:` images point to the address given for their Content-ID (no angle brackets); unknown ones stay."""

    def address(found: re.Match[str]) -> str:
        cid = unescape(found[1])
        known = addresses.get(cid) or addresses.get(unquote(cid))
        return f' src="{escape(known)}"' if known else found[0]

    return _IMAGE.sub(lambda image: _CID.sub(address, image[0]), html)
