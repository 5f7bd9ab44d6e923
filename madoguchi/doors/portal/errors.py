"""Pages for what went wrong in the help center. What one may not see does not exist."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from madoguchi.doors.portal.answer import page
from madoguchi.errors import Refused


def _error(request: HttpRequest, status: int, icon: str, title: str, text: Any) -> HttpResponse:
    return page(request, "portal/error.html", status=status, icon=icon, title=title, text=text)


def not_found(request: HttpRequest) -> HttpResponse:
    return _error(request, 404, "search", _("Not found"), _("This page does not exist, or it is not yours."))


def switched_off(request: HttpRequest) -> HttpResponse:
    return _error(request, 404, "info", _("Not found"), _("The help center is switched off at the moment."))


def denied(request: HttpRequest) -> HttpResponse:
    text = _("You can read this request, but not change it. Nothing was changed.")
    return _error(request, 403, "lock", _("Not allowed"), text)


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """A refusal no form caught."""
    status = 429 if refusal.code == "TOO_MANY" else 422
    return _error(request, status, "warning", _("This did not work"), refusal.text)


def overtaken(request: HttpRequest) -> HttpResponse:
    text = _("Something else was saved at this moment. Nothing was changed. Go back and try again.")
    return _error(request, 409, "warning", _("This did not work"), text)
