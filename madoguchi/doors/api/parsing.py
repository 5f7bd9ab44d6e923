"""Reading bodies and query strings as clients send them."""

from typing import Any

import orjson
from django.http import HttpRequest
from ninja.parser import Parser


class Lenient(Parser):
    """JSON whatever its Content-Type; repeated query parameters are one comma list; NUL, which no text may hold, is dropped."""

    def parse_body(self, request: HttpRequest) -> Any:
        data = orjson.loads(request.body)
        return without_nul(data) if b"\\u0000" in request.body else data

    def parse_querydict(self, data: Any, list_fields: list[str], request: HttpRequest) -> dict[str, Any]:
        if data is request.FILES:
            return {key: data[key] for key in data}
        return {key: ",".join(data.getlist(key)).replace("\x00", "") for key in data}


def without_nul(data: Any) -> Any:
    if isinstance(data, str):
        return data.replace("\x00", "")
    if isinstance(data, list):
        return [without_nul(value) for value in data]
    if isinstance(data, dict):
        return {without_nul(key): without_nul(value) for key, value in data.items()}
    return data
