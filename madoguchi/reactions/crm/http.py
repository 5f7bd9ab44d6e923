"""HTTP with a CRM: to named hosts only, verified, no redirects followed, with limits on time and size.

What comes back is an `Answer`, or one of the connector's three exceptions. Their texts name neither parameters nor
headers: they are shown on the set-up page.
"""

import json
import time
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import httpx2
from django.conf import settings
from django.utils.translation import gettext as _

from madoguchi.reactions.crm.connector import Down, Misunderstood
from madoguchi.reactions.crm.guarded import Clock, Transport

CONNECT_S, READ_S, WHOLE_S = 5.0, 10.0, 20.0
LIMIT = 5 * 2**20
LONGEST_WAIT_S = 24 * 3600
AGENT = "Madoguchi (help desk)"


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """`status` is 2xx or 4xx but not 429; the rest is raised. `data`: its JSON; None where the body is empty, or where
    an error comes without JSON."""

    status: int
    data: Any

    def members(self) -> dict[str, Any]:
        """The JSON object it is. Raises Misunderstood for anything else."""
        if not isinstance(self.data, dict):
            raise Misunderstood(_("The answer is not what was expected."), status=self.status)
        return self.data

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The list of objects under a name; [] for 204. Raises Misunderstood for anything else."""
        if self.status == 204:
            return []
        found = self.members().get(name)
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise Misunderstood(_("The answer has no list “%(name)s”.") % {"name": name}, status=self.status)
        return found


def origin(url: str) -> str:
    """Scheme, host and port of an address; '' where it is none, or carries a user name."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return ""
    return f"{parts.scheme}://{parts.hostname}{port}"


class Wire:
    """The way to the servers of one CRM, for several threads at once."""

    def __init__(self, origins: Collection[str]) -> None:
        own = set(settings.CRM_HOSTS.values())
        self._origins = {each for each in origins if each.startswith("https://") or each in own}
        exempt = {urlsplit(each).netloc for each in self._origins & own}
        self._clock = Clock()
        self._client = httpx2.Client(
            transport=Transport(exempt, self._clock),
            timeout=httpx2.Timeout(READ_S, connect=CONNECT_S),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"},
        )
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def get(self, url: str, *, params: Mapping[str, Any] | None = None, headers: Mapping[str, str]) -> Answer:
        return self._ask("GET", url, params=params, headers=headers)

    def post_form(self, url: str, form: Mapping[str, str]) -> Answer:
        return self._ask("POST", url, data=dict(form))

    def post(self, url: str, body: Any, *, headers: Mapping[str, str]) -> Answer:
        return self._ask("POST", url, json=body, headers=headers)

    def close(self) -> None:
        self._client.close()

    def _ask(self, method: str, url: str, **what: Any) -> Answer:
        if origin(url) not in self._origins:
            raise Misunderstood(_("This host is not one of the CRM's."))
        self._clock.start(WHOLE_S)
        try:
            with self._client.stream(method, url, **what) as response:
                self._refuse(response)
                return Answer(response.status_code, _read(response))
        except httpx2.TimeoutException:
            raise Down(_("%(host)s does not answer in time.") % {"host": _host(url)}) from None
        except httpx2.ConnectError:
            raise Down(_("No connection to %(host)s.") % {"host": _host(url)}) from None
        except httpx2.LocalProtocolError:
            raise Misunderstood(_("The request could not be sent.")) from None
        except httpx2.TransportError:
            raise Down(_("%(host)s hung up, or does not speak HTTP.") % {"host": _host(url)}) from None

    def _refuse(self, response: httpx2.Response) -> None:
        status = response.status_code
        if status == 429:
            wait = retry_after_s(response.headers.get("Retry-After", ""))
            raise Down(
                _("Too many requests: the CRM wants to be left alone for a while."), status=429, retry_after_s=wait
            )
        if status >= 500:
            wait = retry_after_s(response.headers.get("Retry-After", ""))
            raise Down(_("The CRM has a fault (%(status)s).") % {"status": status}, status=status, retry_after_s=wait)
        if 300 <= status < 400:
            raise Misunderstood(_("The CRM sends us on to another address; that is not followed."), status=status)
        if status < 200:
            raise Misunderstood(_("The answer is not what was expected."), status=status)


def retry_after_s(value: str) -> float | None:
    """Seconds of a Retry-After header, a number or a date (RFC 9110, 10.2.3); at most a day. None where it says nothing."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(min(int(value[:9]), LONGEST_WAIT_S))
    try:
        at = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    wait = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - time.time()
    return min(max(wait, 0.0), LONGEST_WAIT_S)


def _read(response: httpx2.Response) -> Any:
    body = b"".join(_within_limit(response))
    if not body.strip():
        return None
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError):
        if response.status_code >= 400:
            return None
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip()[:60]
        text = _("The answer is no JSON (%(kind)s).") % {"kind": kind} if kind else _("The answer is no JSON.")
        raise Misunderstood(text, status=response.status_code) from None


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _within_limit(response: httpx2.Response) -> Iterator[bytes]:
    """The body, unpacked piece by piece, so that neither a long one nor a small one that swells fills the memory."""
    packing = response.headers.get("Content-Encoding", "identity").strip().lower()
    if packing not in ("identity", "", "gzip"):
        raise Misunderstood(_("The answer is packed in an unknown way."), status=response.status_code)
    inflate = zlib.decompressobj(wbits=31) if packing == "gzip" else None
    length = 0
    for raw in response.iter_raw():
        try:
            piece = inflate.decompress(raw, LIMIT + 1) if inflate else raw
        except zlib.error:
            raise Misunderstood(_("The answer is damaged."), status=response.status_code) from None
        length += len(piece)
        if length > LIMIT:
            raise Misunderstood(_("The answer is too large."), status=response.status_code)
        yield piece


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
