"""How a page of the help center is answered: whole, or by sending the reader on."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from madoguchi import access
from madoguchi.actor import Actor
from madoguchi.models import Contact, HelpSession
from madoguchi.organisation.current import the_organisation

HOME = "/help/"
SAID_COOKIE, SAID_FOR_S = "madoguchi_help_said", 60
SAID = {
    "answered": _("Your message was sent."),
    "asked": _("We received your request."),
    "closed": _("Your request was closed. Write again at any time to reopen it."),
    "repeated": _("This was sent already."),
    "rated": _("Thank you for your rating."),
    "saved": _("Saved."),
    "password": _("Your password was saved. Other browsers were signed out."),
    "signed-out": _("You are signed out."),
}


class Helped(HttpRequest):
    """A request that came through `gate.HelpCenter`; `contact` and `help_session` are None for who is not signed in."""

    actor: Actor
    contact: Contact
    help_session: HelpSession


def page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """The whole page in its frame."""
    said = SAID.get(request.COOKIES.get(SAID_COOKIE, ""))
    actor = getattr(request, "actor", None)
    shell = {
        "contact": getattr(request, "contact", None),
        "organisation": the_organisation(),
        "can": partial(access.can, actor) if actor else (lambda verb, ticket=None: False),
        "said": said,
    }
    response = HttpResponse(render_to_string(template, {**shell, **context}, request), status=status)
    if said:
        response.delete_cookie(SAID_COOKIE, path=HOME)
    return response


def go(to: str, said: str = "") -> HttpResponse:
    """303 to an address of the help center; `said` names what the next page tells."""
    response = HttpResponse(status=303, headers={"Location": iri_to_uri(to)})
    if said:
        secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie(
            SAID_COOKIE, said, max_age=SAID_FOR_S, path=HOME, httponly=True, samesite="Lax", secure=secure
        )
    return response


def wanted(request: HttpRequest, otherwise: str = HOME) -> str:
    """The address in `next` if it is one of the help center, else `otherwise`."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    return asked if is_ours(asked) else otherwise


def is_ours(address: str) -> bool:
    """Whether it is a plain path of the help center: no other host, no way out by dots or backslashes, no line breaks."""
    return (
        address.startswith(HOME)
        and len(address) < 500
        and ".." not in address
        and "%" not in address
        and address.isprintable()
        and url_has_allowed_host_and_scheme(address, None)
    )
