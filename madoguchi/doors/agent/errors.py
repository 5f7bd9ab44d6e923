"""Pages for what went wrong: not there, not allowed, refused, expired, broken."""

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from madoguchi.doors.agent import answer
from madoguchi.errors import Denied, Hidden, Refused

log = logging.getLogger("madoguchi.pages")


def _page(request: HttpRequest, status: int, icon: str, title: str, text: str) -> HttpResponse:
    return answer.page(request, "errors/page.html", status=status, icon=icon, title=title, text=text)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """404, also for what someone may not see: nothing tells the difference."""
    return _page(request, 404, "search", _("Not found"), _("This page does not exist, or you may not see it."))


def denied(request: HttpRequest, exception: Denied) -> HttpResponse:
    return _page(request, 403, "lock", _("Not allowed"), _("Your role does not allow this. Nothing was changed."))


def lost(request: HttpRequest, problem: Hidden | Denied, text: str) -> HttpResponse:
    """The same answers to something written: the ticket, or the right to write so, went while it was. The text is given back."""
    if isinstance(problem, Hidden):
        title, said = _("Not found"), _("This page does not exist, or you may not see it.")
        return answer.page(request, "errors/page.html", status=404, icon="search", title=title, text=said, kept=text)
    said = _("You may not write this here (any more). Nothing was sent.")
    return answer.page(
        request, "errors/page.html", status=403, icon="lock", title=_("Not allowed"), text=said, kept=text
    )


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _page(request, 403, "lock", _("Not allowed"), _("You may not do this."))


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _page(request, 400, "warning", _("This did not work"), _("The request could not be understood."))


def refused(request: HttpRequest, exception: Refused) -> HttpResponse:
    """A refusal no form caught: said in full, with the way back."""
    return _page(request, 422, "warning", _("This did not work"), str(exception.text))


def overtaken(request: HttpRequest) -> HttpResponse:
    """Two did the same at the same moment (a name taken twice, a row just deleted): the second one reads this."""
    log.warning("overtaken: %s %s", request.method, request.path)
    text = _("Someone else changed the same thing at this moment. Nothing was saved. Go back and try again.")
    return _page(request, 409, "warning", _("This did not work"), text)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form is too old, or comes from another site."""
    title = _("This form has expired")
    text = _("Go back, reload the page and send it again. What you wrote is still there. Nothing was changed.")
    return _page(request, 403, "clock", title, text)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, without the database: it may be what broke."""
    html = render_to_string("errors/broken.html", {})
    return HttpResponse(html, status=500)
