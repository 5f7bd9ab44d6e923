"""What an endpoint gives back: JSON as the contract writes it, or nothing."""

from typing import Any

import orjson
from django.http import HttpResponse

JSON = "application/json;charset=UTF-8"


def to_json(data: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(data), status=status, content_type=JSON)


def rows(data: list[Any], **more: Any) -> HttpResponse:
    """`{"data": […]}`; an empty list is 204 without a body."""
    return to_json({"data": data, **more}) if data else nothing()


def nothing() -> HttpResponse:
    """204."""
    return HttpResponse(status=204)


def done() -> HttpResponse:
    """200 without a body."""
    return HttpResponse(status=200, content_type=JSON)
