"""The built-in CRM as CSV, and an empty file with the columns an import knows."""

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from madoguchi.crm import exporting
from madoguchi.crm.file_columns import COLUMNS
from madoguchi.doors.agent.answer import Desked
from madoguchi.errors import Hidden
from madoguchi.kit import tables

CSV = "text/csv; charset=utf-8"


@require_safe
def show(request: Desked, module: str) -> HttpResponseBase:
    pieces = exporting.export(module, by=request.actor)
    return _named(StreamingHttpResponse(pieces, content_type=CSV), f"{module}-{timezone.localdate():%Y%m%d}.csv")


@require_safe
def template(request: Desked, module: str) -> HttpResponseBase:
    if module not in COLUMNS:
        raise Hidden
    empty = b"".join(tables.write([str(column.label) for column in COLUMNS[module]], []))
    return _named(HttpResponse(empty, content_type=CSV), f"{module}.csv")


def _named(response: HttpResponseBase, name: str) -> HttpResponseBase:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
