"""Every address of the desk. The doors bring their own; `/health` answers load balancers."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

from madoguchi.doors.agent import errors


def health(request: HttpRequest) -> HttpResponse:
    """200 where the database answers, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # whatever is wrong, the answer is the same
        return HttpResponse("database unavailable", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")


urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health, name="health"),
    path("", include("madoguchi.doors.api.urls")),
    path("", include("madoguchi.doors.live.urls")),
    path("", include("madoguchi.doors.hooks.urls")),
    path("help/", include("madoguchi.doors.portal.urls")),
    path("", include("madoguchi.doors.agent.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
