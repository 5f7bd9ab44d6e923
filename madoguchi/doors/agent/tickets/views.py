"""Make, change and delete a custom view (SPEC D6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madoguchi.access import can, require
from madoguchi.doors.agent.answer import Desked, go, page
from madoguchi.doors.agent.tickets import criteria_form, filters
from madoguchi.doors.agent.tickets.criteria_form import Row
from madoguchi.errors import Hidden, Refused
from madoguchi.kit import criteria as grammar
from madoguchi.kit.criteria import MOST_CONDITIONS
from madoguchi.lists import beside, columns, counting, criteria, saving, selecting
from madoguchi.lists import views as lists
from madoguchi.lists.beside import Beside
from madoguchi.lists.keyset import Order
from madoguchi.lists.meanings import Reader
from madoguchi.lists.rows import with_names
from madoguchi.models import CustomView, Department
from madoguchi.organisation.current import statuses

SAMPLE = 5


@dataclass
class Draft:
    """The form as it is filled in."""

    name: str
    audience: str
    rows: list[Row]
    columns: list[str]
    sort: str
    view: CustomView | None = None


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Desked) -> HttpResponse:
    """A new view; of the list one comes from, where its address is given: `?view=open&status=3`."""
    require(request.actor, "save_views")
    department, around = found(request)
    if request.method != "POST":
        return form(request, started(request.GET, around), department, around)
    return sent(request, None, department, around)


@require_http_methods(["GET", "HEAD", "POST", "DELETE"])
def edit(request: Desked, pk: int) -> HttpResponse:
    """Change it (POST), or delete it (DELETE)."""
    view = CustomView.objects.select_related("department").filter(pk=pk).first()
    if view is None:
        raise Hidden
    saving.require_may_change(view, request.actor)
    department, around = found(request, view.department)
    if "DELETE" in (request.method, request.POST.get("_method")):
        saving.delete_view(view, by=request.actor)
        return go(request, reverse("tickets"), _("View “%(name)s” deleted.") % {"name": view.name})
    if request.method == "POST":
        return sent(request, view, department, around)
    tree = beside.custom(vars(view) | {"owner": view.owner_id}, around.fields, request.agent.pk).tree
    draft = Draft(view.name, view.audience, criteria_form.rows_of(tree), list(view.columns), view.sort, view)
    return form(request, draft, department, around, asks="delete" if request.GET.get("edit") == "delete" else "")


def found(request: Desked, department: Department | None = None) -> tuple[Department, Beside]:
    department = department or request.department
    if department is None:
        raise Hidden
    return department, beside.read(department.pk, request.agent.pk)


def started(asked: QueryDict, around: Beside) -> Draft:
    view, narrowed = around.view(asked.get("view", "open")), filters.read(asked)
    tree = grammar.both(as_one(view.tree), narrowed.tree) or view.tree
    shown = list(view.columns)
    if any(condition.field == "shared" for condition in tree.conditions):
        shown.append("shared_to")
    return Draft("", "private", criteria_form.rows_of(tree), shown, view.sort)


def as_one(tree: grammar.Tree) -> grammar.Tree:
    """One group is all of its group."""
    return grammar.Tree("all", tree.groups) if len(tree.groups) == 1 else tree


def posted(request: Desked, view: CustomView | None, around: Beside) -> Draft:
    data = request.POST
    sort = data.get("sort", "")
    return Draft(
        data.get("name", ""),
        data.get("audience", "private"),
        criteria_form.tidied(criteria_form.read(data), around.fields),
        data.getlist("columns"),
        ("-" if data.get("turn") == "down" else "") + sort,
        view,
    )


def sent(request: Desked, view: CustomView | None, department: Department, around: Beside) -> HttpResponse:
    """Save; or only show the form again with a row more or less."""
    draft, do = posted(request, view, around), request.POST.get("do", "save")
    if do != "save":
        rework(draft, do)
        return form(request, draft, department, around)
    try:
        values = changes(draft, around)
        if view is None:
            view = saving.create_view(department, values, by=request.actor)
        else:
            saving.edit_view(view, department, values, by=request.actor)
    except Refused as refusal:
        return form(request, draft, department, around, refusal=refusal)
    return go(request, f"{reverse('tickets')}?view=c{view.pk}", _("View saved."))


def rework(draft: Draft, do: str) -> None:
    """`add`, `remove-2`, `column-due` or `drop-due`; `refresh` shows what was chosen."""
    what, _dash, which = do.partition("-")
    if what == "add" and len(draft.rows) < MOST_CONDITIONS:
        draft.rows.append(criteria_form.new_row())
    elif what == "remove" and which.isdecimal() and int(which) < len(draft.rows):
        draft.rows.pop(int(which))


def changes(draft: Draft, around: Beside) -> dict[str, Any]:
    if draft.audience not in CustomView.Audience.values:
        raise Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."), "audience")
    return {
        "name": draft.name,
        "audience": draft.audience,
        "criteria": criteria_form.as_json(draft.rows, around.fields),
        "columns": draft.columns,
        "sort": draft.sort,
    }


def form(
    request: Desked,
    draft: Draft,
    department: Department,
    around: Beside,
    *,
    refusal: Refused | None = None,
    asks: str = "",
) -> HttpResponse:
    errors: dict[str, str] = {}
    if refusal is not None:
        at = criteria_form.row_at(refusal.field, draft.rows)
        if at is None:
            errors[refusal.field.split("/")[0]] = str(refusal.text)
        else:
            draft.rows[at].error = str(refusal.text)
    fields = {name: field for name, field in around.fields.items() if field.is_for_people}
    if draft.audience == "all":
        fields = {name: field for name, field in fields.items() if not name.startswith(criteria.CUSTOM)}
    return page(
        request,
        "agent/tickets/view.html",
        status=200 if refusal is None else 422,
        draft=draft,
        department_of=department,
        errors=errors,
        asks=asks,
        fields=fields,
        operators_of=criteria_form.operators_of,
        control=criteria_form.control,
        choices=criteria_form.Choices(department, around, request.agent.pk),
        column_labels=columns.known(around.customs if draft.audience != "all" else []),
        orders=ORDER_WORDS,
        audiences=audiences(request, draft, department),
        action=request.path,
        views=lists.STANDARD,
        shared_view=lists.SHARED,
        custom_views=list(around.views.values()),
        counted=lists.counts_of(department, request.agent),
        custom_counted={},
        counts_at="",
        view=next((v for v in around.views.values() if draft.view and v.pk == draft.view.pk), None),
        **sample(request, draft, department, around),
    )


ORDER_WORDS = ("modified_at", "created_at", "due_at", "number")


def audiences(request: Desked, draft: Draft, department: Department) -> list[tuple[str, str]]:
    """Whom the agent may make a view for."""
    found = [("private", _("Only me"))]
    if can(request.actor, "share_views"):
        found += [
            ("department", _("Agents of %(department)s") % {"department": department.name}),
            ("all", _("Everyone")),
        ]
    return found


def sample(request: Desked, draft: Draft, department: Department, around: Beside) -> Mapping[str, Any]:
    """The first tickets that match what is filled in, and how many there are. Nothing while it makes no sense yet."""
    empty: dict[str, Any] = {"sample": None, "count": None, "statuses": {s.pk: s for s in statuses()}}
    try:
        tree = criteria.parse(criteria_form.as_json(draft.rows, around.fields), around.fields)
    except Refused:
        return empty
    tried = lists.View("tried", "", "filter", tree, "", columns=tuple(draft.columns))
    chosen = lists.chosen(tried, department.pk, Reader.of(request.agent), fields=around.fields)
    count = counting.patiently(chosen)
    if count is None:
        return empty
    rows = selecting.rows(chosen, Order("modified_at"), size=SAMPLE, also=columns.read_for(known(draft, around)))
    return empty | {"sample": with_names(rows.rows), "count": count}


def known(draft: Draft, around: Beside) -> list[str]:
    offered = columns.known(around.customs)
    return [name for name in draft.columns if name in offered]
