"""The language switch of the pages before signing in."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from madoguchi.doors.agent.answer import came_from
from madoguchi.doors.agent.desk import open_to_all
from madoguchi.errors import Hidden


@open_to_all
@require_POST
def change_language(request: HttpRequest) -> HttpResponse:
    """Remember the language in a cookie of this browser."""
    wanted = request.POST.get("language", "")
    if wanted not in dict(settings.LANGUAGES):
        raise Hidden
    response = HttpResponse(status=303, headers={"Location": came_from(request, reverse("account_login"))})
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        wanted,
        max_age=365 * 86400,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response
