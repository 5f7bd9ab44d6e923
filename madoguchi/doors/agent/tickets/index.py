"""The ticket list: views at the left, rows by keyset (SPEC D6)."""

import re
import unicodedata
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from madoguchi.access import scope
from madoguchi.doors.agent.answer import Desked, page
from madoguchi.lists import keyset, rows, views
from madoguchi.models import Ticket
from madoguchi.organisation.current import statuses


@require_safe
def show(request: Desked) -> HttpResponse:
    """A view of the current department; `?q=#123` goes straight to the ticket."""
    if request.department is None:
        return page(request, "agent/no_department.html")
    q = request.GET.get("q", "").strip()
    if number := asked_number(request, q):
        return redirect("ticket", number=number)
    view = views.VIEWS.get(request.GET.get("view", ""), views.VIEWS["open"])
    order, sort, turned = asked_order(request)
    found = rows.narrowed(views.of(view, request.department, request.agent), q)
    shown = keyset.page(rows.for_list(found), order, request.GET.get("after", ""))
    rows.with_names(shown.rows)
    counted = views.counts_of(request.department, request.agent, also=[view])
    return page(
        request,
        "agent/tickets/index.html",
        view=view,
        views=views.VIEWS.values(),
        counted=counted,
        shown=shown,
        sort=sort,
        turned=turned,
        order=order,
        statuses={s.pk: s for s in statuses()},
        link=lambda **more: address(**{"view": view.key, "q": q, "sort": sort, "turned": turned, **more}),
    )


def asked_number(request: Desked, q: str) -> int | None:
    """The number behind `#123`, if it leads to a ticket the agent may see."""
    found = re.fullmatch(r"#(\d{1,18})", unicodedata.normalize("NFKC", q))
    if not found:
        return None
    return (
        Ticket.objects.filter(scope(request.actor), numbers__number=int(found[1]))
        .values_list("number", flat=True)
        .first()
    )


def asked_order(request: Desked) -> tuple[keyset.Order, str, str]:
    sort = request.GET.get("sort", "")
    sort = sort if sort in rows.ORDERS else "updated"
    order = rows.ORDERS[sort]
    turned = "1" if request.GET.get("turned") == "1" else ""
    return (replace(order, descending=not order.descending) if turned else order), sort, turned


def address(**query: Any) -> str:
    """The list's address, without what is the default anyway."""
    usual = {"view": "open", "sort": "updated"}
    asked = {k: v for k, v in query.items() if v and usual.get(k) != v}
    return reverse("tickets") + (f"?{urlencode(asked)}" if asked else "")
