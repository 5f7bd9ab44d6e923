"""The ticket list: views at the left, filters, rows by keyset (SPEC D6)."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from madoguchi.access import can, reach
from madoguchi.doors.agent.answer import Desked, came_from, go, page
from madoguchi.doors.agent.components import components
from madoguchi.doors.agent.jinja import url_if
from madoguchi.doors.agent.tickets import filters
from madoguchi.doors.agent.tickets.cells import Cells
from madoguchi.lists import beside, columns, counting, selecting, views
from madoguchi.lists.beside import Beside
from madoguchi.lists.keyset import PAGE, Order
from madoguchi.lists.meanings import Reader
from madoguchi.lists.rows import with_names
from madoguchi.lists.views import View
from madoguchi.models import Ticket
from madoguchi.organisation.current import statuses

OF_SHARED = ("edit", "tag")  # the most a share allows of them
BULK = ("merge", "assign", "set_status", "edit", "tag", "move", "mark_spam", "trash")


@require_safe
def show(request: Desked) -> HttpResponse:
    """A view of the current department; `?q=#123` goes straight to the ticket, other words to the search."""
    if request.department is None:
        return page(request, "agent/no_department.html")
    q = request.GET.get("q", "").strip()
    if number := asked_number(request, q):
        return redirect("ticket", number=number)
    if q and (search := url_if("search")):
        return redirect(f"{search}?{urlencode({'q': q})}")
    return listing(request, request.GET)


def listing(request: Desked, asked: QueryDict, *, status: int = 200, **more: Any) -> HttpResponse:
    """The list that the parameters `asked` name. `more`: `ticked` ids, what `outcomes` a bulk action had, what it `asks`."""
    assert request.department is not None
    department_id = request.department.pk
    around = beside.read(department_id, request.agent.pk)
    view, reader = around.view(asked.get("view", "")), Reader.of(request.agent)
    narrowed = filters.read(asked, is_shared=view.is_shared)
    order, sort, turned = asked_order(asked, view)
    shown_columns = columns_of(request, view, around)
    chosen = views.chosen(view, department_id, reader, narrowed.tree if narrowed else None, around.fields)
    is_usual = view.pk is None and not narrowed
    also = [*columns.read_for(shown_columns), *(selecting.SHARE if view.is_shared else ())]
    shown = selecting.rows(chosen, order, asked.get("after", ""), size=PAGE, also=also, is_usual=is_usual)
    with_names(shown.rows)
    counted = views.counts_of(request.department, request.agent, also=[view] if is_usual else [])
    known = {s.pk: s for s in statuses()}
    offered = filters.choices(around, known, request.agent.pk, department_id if view.is_shared else None)

    def link(**change: Any) -> str:
        return address(view, **{"sort": sort, "turned": turned, **narrowed.values, **change})

    here = link(after=asked.get("after", ""))
    context: dict[str, Any] = {"ticked": (), "outcomes": None, "asks": "", "refusal": None, **more}
    return page(
        request,
        "agent/tickets/index.html",
        status=status,
        view=view,
        views=views.STANDARD,
        custom_views=list(around.views.values()),
        counted=counted,
        custom_counted={},
        count=counted.get(view.key) if is_usual else exact_count(shown),
        shown=shown,
        columns=shown_columns,
        labels=columns.OF_SHARED if view.is_shared else columns.known(around.customs),
        shared_view=views.SHARED,
        cells=Cells(
            components(), shown_columns, known, around.customs, f"?view={view.key}" if view.key != "open" else ""
        ),
        orders=[name for name in columns.ORDERS if name != "due" or not view.has_closed or view.pk],
        sort=sort,
        turned=turned,
        order=order,
        statuses=known,
        filters=narrowed,
        offered=offered,
        chips=filters.chips(narrowed, offered),
        link=link,
        list_address=here,
        counts_at=counts_address(view, narrowed, around),
        is_bulk=any(can(request.actor, verb) for verb in (OF_SHARED if view.is_shared else BULK)),
        may_edit_view=view.pk is not None and can(request.actor, view_verb(view)),
        agents=around.agents,
        departments_to=[(pk, name) for pk, name in around.departments if pk != department_id],
        **context,
    )


@require_safe
def counts(request: Desked) -> HttpResponse:
    """The custom views with their counts, and the count of what is shown: fetched after the page, so that none waits."""
    if request.department is None:
        return page(request, "agent/no_department.html")
    around = beside.read(request.department.pk, request.agent.pk)
    view, reader = around.view(request.GET.get("view", "")), Reader.of(request.agent)
    narrowed = filters.read(request.GET, is_shared=view.is_shared)
    counted = counting.of_views(around.views.values(), request.department.pk, reader, around.fields)
    count = counted.get(view.key)
    if narrowed:
        chosen = views.chosen(view, request.department.pk, reader, narrowed.tree, around.fields)
        count = counting.patiently(chosen)
    return page(
        request,
        "agent/tickets/_counts.html",
        view=view,
        custom_views=list(around.views.values()),
        custom_counted=counted,
        count=count,
        counts_at="",
    )


# is it the shared view: where the session keeps its columns, and what they can be
CHOSEN = {False: ("columns", columns.COLUMNS), True: ("shared_columns", columns.OF_SHARED)}


@require_POST
def choose_columns(request: Desked) -> HttpResponse:
    """The columns of the standard views, or of the shared one, for as long as one is signed in."""
    key, known = CHOSEN[request.POST.get("of") == "shared"]
    wanted = [name for name in request.POST.getlist("columns") if name in known][: columns.MOST]
    request.session[key] = wanted if request.POST.get("do") != "usual" else None
    return go(request, came_from(request, reverse("tickets")))


def columns_of(request: Desked, view: View, around: Beside) -> list[str]:
    wanted: Collection[str] = view.columns
    key, known = CHOSEN[view.is_shared]
    if view.pk is None:
        wanted = request.session.get(key) or view.columns
    if not view.is_shared:
        known = columns.known(around.customs)
    return [name for name in wanted if name in known]


def exact_count(shown: Any) -> int | None:
    """Where everything stands on this page it is counted already."""
    return None if shown.newer or shown.older else len(shown.rows)


def view_verb(view: View) -> str:
    return "save_views" if view.audience == "private" else "share_views"


def counts_address(view: View, narrowed: filters.Filters, around: Beside) -> str:
    """Where the counts that the page does not know are fetched from; '' where it knows all."""
    if not around.views and not narrowed:
        return ""
    return f"{reverse('view_counts')}?{urlencode({'view': view.key, **narrowed.values})}"


def asked_number(request: Desked, q: str) -> int | None:
    """The number behind `#123`, if it leads to a ticket the agent may see."""
    found = re.fullmatch(r"#(\d{1,18})", unicodedata.normalize("NFKC", q))
    if not found:
        return None
    return (
        Ticket.objects.filter(reach(request.actor), numbers__number=int(found[1]))
        .values_list("number", flat=True)
        .first()
    )


def asked_order(asked: QueryDict, view: View) -> tuple[Order, str, str]:
    """The order asked for, its name where it is not the view's own, and '1' where it is turned round."""
    own = columns.BY_COLUMN[view.sort.removeprefix("-")]
    sort = asked.get("sort", "")
    sort = sort if sort in columns.ORDERS else own
    order = columns.ORDERS[sort]
    if sort == own:
        order = replace(order, descending=view.sort.startswith("-"))
    turned = "1" if asked.get("turned") == "1" else ""
    return (replace(order, descending=not order.descending) if turned else order), sort, turned


def address(view: View, **query: Any) -> str:
    """The list's address, without what is the default anyway."""
    usual = {"view": "open", "sort": columns.BY_COLUMN[view.sort.removeprefix("-")]}
    asked = {k: v for k, v in {"view": view.key, **query}.items() if v and usual.get(k) != v}
    return reverse("tickets") + (f"?{urlencode(asked)}" if asked else "")
