"""A CSV file into the built-in CRM: choose it, say which column is what, see what would happen, watch it happen."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi import crm
from madoguchi.access import require
from madoguchi.crm import importing
from madoguchi.crm.file_columns import COLUMNS, KINDS
from madoguchi.crm.import_plan import Plan, columns_of, plan
from madoguchi.doors.agent.answer import Desked, go, page
from madoguchi.errors import Hidden, Refused
from madoguchi.kit.tables import Table
from madoguchi.models import CrmImport

LATEST, SAMPLES, SHOWN_FAULTS = 10, 3, 100


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Desked) -> HttpResponse:
    require(request.actor, "edit_crm")
    if request.method != "POST":
        return _chooser(request, request.GET.get("what", ""))
    what, chosen = request.POST.get("what", ""), request.FILES.get("file")
    try:
        if chosen is None:
            raise Refused("EMPTY", _("Choose a file."), "file")
        if (chosen.size or 0) > importing.MOST_BYTES:
            importing.refuse_size()
        file = importing.upload_file(what, chosen.name or "", chosen.read(), by=request.actor)
    except Refused as refusal:
        return _chooser(request, what, refusal)
    return go(request, _address(file))


def _chooser(request: Desked, what: str, refusal: Refused | None = None) -> HttpResponse:
    latest = CrmImport.objects.defer("data", "errors").select_related("agent")
    return page(
        request,
        "agent/crm_files/new.html",
        status=422 if refusal else 200,
        what=what if what in KINDS else "leads",
        kinds=[(key, label) for key, label in KINDS.items()],
        errors={refusal.field: refusal.text} if refusal else {},
        is_on=crm.is_on(),
        latest=list(latest[:LATEST]),
        megabytes=importing.MOST_BYTES // 2**20,
        rows=importing.MOST_ROWS,
    )


@require_safe
def show(request: Desked, pk: int) -> HttpResponse:
    """What would happen, what is happening, or what happened."""
    require(request.actor, "edit_crm")
    return _shown(request, _find(pk))


def _shown(request: Desked, file: CrmImport, refusal: Refused | None = None) -> HttpResponse:
    found, table = Plan(), None
    if file.state == CrmImport.State.MAPPING and file.data:
        table, found = columns_of(file), plan(file)
    return page(
        request,
        "agent/crm_files/show.html",
        status=422 if refusal else 200,
        file=file,
        kind=KINDS[file.what],
        columns=_columns(file, table) if table else [],
        headings=list(enumerate(table.columns)) if table else [],
        plan=found,
        faults=_faults(file, found),
        faults_n=len(found.faults) or len(file.errors),
        refusal=refusal,
        labels={column.name: column.label for column in COLUMNS[file.what]},
    )


def _columns(file: CrmImport, table: Table) -> list[dict[str, Any]]:
    """Each field with the file's column it is taken from, and its first values."""
    rows = []
    for column in COLUMNS[file.what]:
        place = file.mapping.get(column.name)
        values = [] if place is None else [row[place] for row in table.rows if row[place]][:SAMPLES]
        rows.append({"column": column, "place": place, "samples": values})
    return rows


def _faults(file: CrmImport, found: Plan) -> list[dict[str, Any]]:
    now = [{"row": fault.row, "field": fault.column, "text": fault.text} for fault in found.faults[:SHOWN_FAULTS]]
    return now or file.errors[:SHOWN_FAULTS]


@require_POST
def set_columns(request: Desked, pk: int) -> HttpResponse:
    file = _find(pk)
    asked = {column.name: request.POST.get(column.name, "") for column in COLUMNS[file.what]}
    mapping = {name: int(v) if v.isdecimal() and len(v) < 4 else None for name, v in asked.items()}
    try:
        importing.set_columns(file, mapping, by=request.actor)
    except Refused as refusal:
        return _shown(request, file, refusal)
    return go(request, _address(file))


@require_POST
def start(request: Desked, pk: int) -> HttpResponse:
    file = _find(pk)
    try:
        importing.start_import(file, by=request.actor)
    except Refused as refusal:
        return _shown(request, file, refusal)
    return go(request, _address(file))


@require_POST
def give_up(request: Desked, pk: int) -> HttpResponse:
    file = _find(pk)
    try:
        importing.give_up(file, by=request.actor)
    except Refused as refusal:
        return _shown(request, file, refusal)
    return go(request, reverse("crm_import") + f"?what={file.what}", _("Given up. Nothing was imported."))


def _find(pk: int) -> CrmImport:
    file = CrmImport.objects.select_related("agent").filter(pk=pk).first()
    if file is None:
        raise Hidden
    return file


def _address(file: CrmImport) -> str:
    return reverse("crm_import_file", args=[file.pk])
