"""Readers of any door: the language of those who are not signed in, what they sent, and where they come from."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

from madoguchi.organisation.current import organisation


def language_of_visitor(request: HttpRequest) -> str:
    """What they chose on the page, else what the browser asks for, else the organisation's."""
    wanted = [request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")]
    wanted += [tag for tag, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", ""))]
    for tag in wanted:
        try:
            return get_supported_language_variant(tag)
        except LookupError:
            continue
    founded = organisation()
    return founded.language if founded else settings.LANGUAGE_CODE


def drop_nul(request: HttpRequest) -> None:
    """Take NUL, which PostgreSQL keeps in no text and nobody types, out of what was asked and sent."""
    for name in ("GET", "POST"):
        sent = getattr(request, name)
        if any("\x00" in str(value) for _key, values in sent.lists() for value in values):
            clean = sent.copy()
            for key, values in sent.lists():
                clean.setlist(key, [str(value).replace("\x00", "") for value in values])
            setattr(request, name, clean)


def place_of(request: HttpRequest) -> str:
    """Where in the network a request comes from, for counting tries: the address, of IPv6 the first 64 bits.

    Behind proxies (MADOGUCHI_PROXIES, how many) it is what the outermost of them wrote into X-Forwarded-For.
    """
    told = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    place = told[-settings.PROXIES] if 0 < settings.PROXIES <= len(told) else request.META.get("REMOTE_ADDR", "")
    try:
        address = ipaddress.ip_address(place)
    except ValueError:
        return "unknown"
    if address.version == 6:
        if address.ipv4_mapped is not None:  # what a server that listens to both calls IPv4
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), 64), strict=False).network_address)
    return str(address)
