"""How a page is answered: whole, or by sending the reader on. htmx takes the part it wants (`ui.in_place`)."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme

from madoguchi import access
from madoguchi.actor import Actor
from madoguchi.doors.agent import reader
from madoguchi.models import Agent, Department


class Desked(HttpRequest):
    """A request that came through `desk.Desk` with an agent signed in."""

    actor: Actor
    agent: Agent
    department: Department | None
    departments: list[Department]
    htmx: Any


def shell(request: HttpRequest) -> dict[str, Any]:
    """What every page shows around its content."""
    actor = getattr(request, "actor", None)
    return {
        "actor": actor,
        "agent": getattr(request, "agent", None),
        "department": getattr(request, "department", None),
        "departments": getattr(request, "departments", []),
        "can": partial(access.can, actor) if actor else (lambda verb, ticket=None: False),
        "toasts": [] if "Live" in request.headers else messages.get_messages(request),
        "q": request.GET.get("q", ""),
    }


def page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """The whole page in its frame."""
    with reader.settled():
        html = render_to_string(template, {**shell(request), **context}, request)
    response = HttpResponse(html, status=status)
    if status >= 400 and getattr(request, "htmx", False):
        response["HX-Push-Url"] = response["HX-Replace-Url"] = "false"
    return response


def go(request: HttpRequest, to: str, done: Any = "") -> HttpResponse:
    """303 to an address, so that the answer to a POST can be reloaded; `done` says what was done, as a toast."""
    if done:
        messages.success(request, str(done))
    return HttpResponse(status=303, headers={"Location": to})


def came_from(request: HttpRequest, otherwise: str) -> str:
    """The address in `next` if it is ours, else `otherwise`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if wanted and ours else otherwise
