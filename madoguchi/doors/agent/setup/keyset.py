"""Pages of fifty, the latest first, by keyset (kit.paging): as fast on the last page as on the first."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from madoguchi.doors.agent.answer import Desked
from madoguchi.kit import paging

SIZE = 50


def latest_first(request: Desked, rows: QuerySet[Any], by: str = "pk") -> tuple[list[Any], str, str]:
    """(rows, address of the newer page, address of the older one); '' where there is none."""
    kind = int if by == "pk" else datetime
    older_than, newer_than = cursor(request, "older", kind), cursor(request, "newer", kind)
    if newer_than:
        found = list(rows.filter(beyond(by, newer_than, "gte", "lte")).order_by(by, "pk")[: SIZE + 1])
        has_newer, has_older = len(found) > SIZE, True
        found = found[:SIZE][::-1]
    else:
        rows = rows.filter(beyond(by, older_than, "lte", "gte")) if older_than else rows
        found = list(rows.order_by(f"-{by}", "-pk")[: SIZE + 1])
        has_newer, has_older = bool(older_than), len(found) > SIZE
        found = found[:SIZE]
    newer = address(request, "newer", found[0], by) if found and has_newer else ""
    older = address(request, "older", found[-1], by) if found and has_older else ""
    return found, newer, older


def beyond(by: str, place: tuple[Any, Any], side: str, other: str) -> Q:
    value, pk = place
    return Q(**{f"{by}__{side}": value}) & ~Q(**{by: value, f"pk__{other}": pk})


def cursor(request: Desked, name: str, kind: type) -> tuple[Any, Any] | None:
    """The place in the address, None where there is none or it is not ours."""
    try:
        value, pk = paging.decode(request.GET.get(name, ""))
    except ValueError:
        return None
    return (value, pk) if type(pk) is int and isinstance(value, kind) else None


def address(request: Desked, name: str, row: Any, by: str) -> str:
    query = request.GET.copy()
    query.pop("newer", None)
    query.pop("older", None)
    query[name] = paging.encode(getattr(row, by), row.pk)
    return f"{request.path}?{query.urlencode()}"
