"""Readers who are not signed in: the language of their pages."""

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
