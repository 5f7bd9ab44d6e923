"""Sockets towards a CRM: only to addresses of the public internet, looked at after resolution, and never for long.

The name is resolved here and the address that was looked at is the one connected to, so that a name cannot answer one
thing when asked and another when connected (DNS rebinding). TLS still verifies the name.
"""

import ipaddress
import socket
import threading
import time
from collections.abc import Collection, Iterable
from typing import Any

import httpcore2
import httpx2

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(text: str) -> bool:
    """Whether an address lies in the public internet, wherever an IPv4 address may hide in an IPv6 one."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(each.is_global and not each.is_multicast for each in _meant(address))


def _meant(address: IPAddress) -> list[IPAddress]:
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    hidden = [address.sixtofour, *(address.teredo or ())]
    if address in NAT64:
        hidden.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [address, *(each for each in hidden if each is not None)]


class Clock(threading.local):
    """How long the request of this thread may still take, whatever it reads and however slowly it comes."""

    ends: float = float("inf")

    def start(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds

    def left(self, most: float | None) -> float:
        """Seconds a step may take. Raises ReadTimeout where there is no time left."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("no time left")
        return left if most is None else min(most, left)


class Stream(httpcore2.NetworkStream):
    """A socket whose every step ends with the clock."""

    def __init__(self, inner: httpcore2.NetworkStream, clock: Clock) -> None:
        self._inner, self._clock = inner, clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._clock.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._clock.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None) -> "Stream":
        return Stream(self._inner.start_tls(ssl_context, server_hostname, self._clock.left(timeout)), self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class Backend(httpcore2.SyncBackend):
    """Connects to public addresses, and to the places of `exempt` ("host:port") wherever they are."""

    def __init__(self, exempt: Collection[str], clock: Clock) -> None:
        self._exempt, self._clock = frozenset(exempt), clock

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        failed: Exception = httpcore2.ConnectError("no public address")
        for address in _addresses(host, port):
            if f"{host}:{port}" not in self._exempt and not is_public(address):
                continue
            try:
                left = self._clock.left(timeout)
                inner = super().connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
            else:
                return Stream(inner, self._clock)
        raise failed


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise httpcore2.ConnectError("no such host") from None
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class Transport(httpx2.HTTPTransport):
    """httpx2's own, over these sockets; no proxy and no certificates of the environment."""

    def __init__(self, exempt: Collection[str], clock: Clock) -> None:
        context = httpx2.create_ssl_context(trust_env=False)
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=context,
            max_connections=8,
            max_keepalive_connections=4,
            keepalive_expiry=30,
            network_backend=Backend(exempt, clock),
        )
