"""The API as a whole: its nouns, its document, its answers to addresses and methods that do not exist."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from madoguchi.doors.api.errors import error
from madoguchi.doors.api.login import Token
from madoguchi.doors.api.nouns import NOUNS
from madoguchi.doors.api.parsing import Lenient
from madoguchi.doors.api.shapes import SHAPES

DESCRIPTION = (
    "Wire-compatible with the public Zoho Desk API v1: existing clients change host and token. "
    "Ids are strings in answers; numbers are accepted too. An Idempotency-Key header on any POST or PATCH makes it safe to repeat."
)


class Desk(NinjaAPI):
    def get_openapi_schema(self, **where: Any) -> OpenAPISchema:
        document = super().get_openapi_schema(**where)
        document["components"]["schemas"].update(SHAPES)
        return document

    def get_root_path(self, path_params: dict[str, Any]) -> str:
        return "/api/v1/"

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        patterns = super()._get_urls()
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                pattern.callback = csrf_exempt(in_json(pattern.callback))
        return patterns


def in_json(view: Any) -> Any:
    """405 and 404 as the contract writes them."""

    def answered(request: HttpRequest, **path: Any) -> HttpResponse:
        try:
            response = view(request, **path)
        except Http404:
            return unknown(request)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        told = error(405, "METHOD_NOT_ALLOWED", _("This URL does not know the method."))
        told["Allow"] = response["Allow"]
        return told

    return answered


@csrf_exempt
def unknown(request: HttpRequest, rest: str | None = None) -> HttpResponse:
    """What is not built answers like what does not exist, never with an empty success."""
    return error(404, "URL_NOT_FOUND", _("The URL or the record does not exist."))


def built() -> Desk:
    api = Desk(
        title="Madoguchi API",
        version="1",
        description=DESCRIPTION,
        urls_namespace="api-v1",
        auth=Token(),
        parser=Lenient(),
    )
    for noun in NOUNS:
        api.add_router("", noun)
    return api
