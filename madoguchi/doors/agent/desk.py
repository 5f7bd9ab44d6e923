"""Every page passes here: who reads, in which language and department, and how refusals look."""

import zoneinfo
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from django.conf import settings
from django.contrib import auth
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from django.utils.http import urlencode
from psycopg.errors import DeadlockDetected

from madoguchi import access
from madoguchi.actor import Actor
from madoguchi.doors.agent import backend, errors
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.tickets.leading import Led, lead
from madoguchi.doors.shared.visitors import drop_nul, language_of_visitor
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.models import Agent, Department
from madoguchi.organisation.current import organisation

View = TypeVar("View", bound=Callable[..., HttpResponse])
PASSED_BY = ("/api", "/v1", "/health", "/help", "/hooks", settings.STATIC_URL.rstrip("/"))


def open_to_all(view: View) -> View:
    """Mark a view that needs nobody signed in."""
    view.open_to_all = True  # type: ignore[attr-defined]
    return view


class Desk:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if any(request.path == path or request.path.startswith(path + "/") for path in PASSED_BY):
            return self.get_response(request)
        agent = signed_in(request)
        with reading(request, agent):
            if agent is None and (away := before_founding(request)):
                return away
            response = self.get_response(request)
        if "Cache-Control" not in response:
            response["Cache-Control"] = "private, no-cache"
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Send whoever is not signed in to the login page, and who came with a one-time password to choose another."""
        if not hasattr(request, "at_desk"):
            return None
        if any("\x00" in str(part) for part in kwargs.values()):
            return errors.not_found(request)
        drop_nul(request)
        if getattr(view, "open_to_all", False) or view.__module__.startswith("allauth."):
            return None
        if hasattr(request, "agent"):
            one_time = not request.agent.is_confirmed
            return redirect("account_change_password") if one_time else None
        return redirect(f"{settings.LOGIN_URL}?{urlencode({'next': request.get_full_path()})}")

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The three answers that are not the thing asked for."""
        if not hasattr(request, "at_desk"):
            return None
        if isinstance(exception, Led):
            return lead(cast(Desked, request), exception)
        if isinstance(exception, Hidden):
            return errors.not_found(request)
        if isinstance(exception, Denied):
            return errors.denied(request, exception)
        if isinstance(exception, Refused):
            return errors.refused(request, exception)
        if isinstance(exception, IntegrityError) or isinstance(exception.__cause__, DeadlockDetected):
            return errors.overtaken(request)
        return None


def signed_in(request: HttpRequest) -> Agent | None:
    """Put the agent and what goes with them on the request; someone no longer active is signed out."""
    request.at_desk = True  # type: ignore[attr-defined]
    if auth.SESSION_KEY not in request.session:
        return None
    with backend.read_already(getattr(request.session, "agent_row", None)):
        agent = auth.get_user(request)
    if not isinstance(agent, Agent):
        auth.logout(request)
        return None
    actor = Actor(agent=agent, door="page")
    departments = access.departments(actor)
    agent.__dict__["own_department_ids"] = tuple(d.pk for d in departments)
    request.user = request.agent = agent  # type: ignore[attr-defined]
    request.actor = actor  # type: ignore[attr-defined]
    request.departments = departments  # type: ignore[attr-defined]
    request.department = current_department(request, departments)  # type: ignore[attr-defined]
    return agent


def current_department(request: HttpRequest, departments: list[Department]) -> Department | None:
    """The department chosen in the bar, else the first own one."""
    chosen = request.session.get("department")
    return next((d for d in departments if d.pk == chosen), departments[0] if departments else None)


@contextmanager
def reading(request: HttpRequest, agent: Agent | None) -> Iterator[None]:
    """Language and time zone of the reader, for as long as the page is made."""
    language = agent.language if agent else language_of_visitor(request)
    try:
        zone = zoneinfo.ZoneInfo(agent.time_zone if agent else "Asia/Tokyo")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        zone = zoneinfo.ZoneInfo("Asia/Tokyo")
    with translation.override(language), timezone.override(zone):
        yield


def before_founding(request: HttpRequest) -> HttpResponse | None:
    """To the first-run page while there is no organisation."""
    if organisation() is not None:
        return None
    try:
        first_run = reverse("first_run")
    except NoReverseMatch:
        return None
    return None if request.path == first_run else redirect(first_run)
