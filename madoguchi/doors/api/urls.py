"""Where the API lies: /api/v1/…, and /v1/… for clients whose base address ends before it."""

from django.urls import path, re_path

from madoguchi.doors.api.api import built, unknown

api = built()
_mounted = api.urls

urlpatterns = [
    path("api/v1/", _mounted),
    path("v1/", (_mounted[0], _mounted[1], "api-v1-short")),
    re_path(r"^(?:api/)?v1(?:/(?P<rest>[\s\S]*))?$", unknown),
]
