"""Every page of the help center passes here: which contact, in which language, and how refusals look.

Contacts have a session of their own, which knows nothing of the agents': both can be signed in in one browser.
"""

import zoneinfo
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import quote

from django.conf import settings
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from psycopg.errors import DeadlockDetected

from madoguchi.actor import Actor
from madoguchi.doors.portal import errors
from madoguchi.doors.portal.answer import HOME
from madoguchi.doors.shared.visitors import drop_nul, language_of_visitor
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.models import Contact, Organisation
from madoguchi.organisation.current import organisation
from madoguchi.people import help_sessions

COOKIE = "madoguchi_help"
RATING = HOME + "rate/"  # answers are rated also where there is no help center
LONGEST_SECRET = 100

View = TypeVar("View", bound=Callable[..., HttpResponse])


def open_to_all(view: View) -> View:
    """Mark a view that needs nobody signed in."""
    view.open_to_all = True  # type: ignore[attr-defined]
    return view


class HelpCenter:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(HOME):
            return self.get_response(request)
        founded = organisation()
        if founded is None:
            return redirect("first_run")
        contact = signed_in(request)
        with reading(request, contact, founded):
            is_open = founded.has_help_center or request.path.startswith(RATING)
            response = self.get_response(request) if is_open else errors.switched_off(request)
            if response.status_code == 404 and request.resolver_match is None and founded.has_help_center:
                response = errors.not_found(request)
        if "Cache-Control" not in response:
            response["Cache-Control"] = "private, no-store"
        response["X-Robots-Tag"] = "noindex"
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Send whoever is not signed in to do so."""
        if not hasattr(request, "contact"):
            return None
        if any("\x00" in str(part) for part in kwargs.values()):
            return errors.not_found(request)
        drop_nul(request)
        if getattr(view, "open_to_all", False) or request.contact is not None:
            return None
        return redirect(f"{reverse('help_sign_in')}?next={quote(request.path)}")

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The three answers that are not the thing asked for."""
        if not hasattr(request, "contact"):
            return None
        if isinstance(exception, Hidden):
            return errors.not_found(request)
        if isinstance(exception, Denied):
            return errors.denied(request)
        if isinstance(exception, Refused):
            return errors.refused(request, exception)
        if isinstance(exception, IntegrityError) or isinstance(exception.__cause__, DeadlockDetected):
            return errors.overtaken(request)
        return None


def signed_in(request: HttpRequest) -> Contact | None:
    """Put the contact, if any, on the request."""
    secret = request.COOKIES.get(COOKIE, "")
    session = help_sessions.session_of(secret) if len(secret) < LONGEST_SECRET else None
    request.help_session = session  # type: ignore[attr-defined]
    request.contact = session.contact if session else None  # type: ignore[attr-defined]
    if session is not None:
        request.actor = Actor(contact=session.contact, door="help")  # type: ignore[attr-defined]
    return session.contact if session else None


@contextmanager
def reading(request: HttpRequest, contact: Contact | None, founded: Organisation) -> Iterator[None]:
    """Language and time zone of the reader, for as long as the page is made."""
    language = (contact.language if contact else "") or language_of_visitor(request)
    with translation.override(language), timezone.override(zone_of(contact, founded)):
        yield


def zone_of(contact: Contact | None, founded: Organisation) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo((contact.time_zone if contact else "") or founded.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("Asia/Tokyo")


def let_in(response: HttpResponse, secret: str) -> HttpResponse:
    """The answer that signs a browser in."""
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(help_sessions.LASTS.total_seconds()),
        path=HOME,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def let_out(response: HttpResponse) -> HttpResponse:
    response.delete_cookie(COOKIE, path=HOME, samesite="Lax")
    return response
