"""Take a CSV file into the built-in CRM: upload, say which column is what, look at what would happen, then all or nothing.

Who is there already, by address, else by number, is brought up to date; empty cells change nothing. A deal is the same where
name and contact are.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, NoReturn

from django.db import OperationalError, connections, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override
from procrastinate.contrib.django import app as jobs

from madoguchi import record
from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.crm import keys
from madoguchi.crm.file_columns import COLUMNS, KINDS, guessed
from madoguchi.crm.import_plan import MOST_ROWS, Fault, Plan, columns_of, plan
from madoguchi.crm.use import is_on, require_on
from madoguchi.errors import Refused
from madoguchi.kit import tables
from madoguchi.kit.characters import one_line
from madoguchi.models import CrmDeal, CrmImport, CrmPerson
from madoguchi.organisation.current import the_organisation
from madoguchi.prepared import fetch

MOST_BYTES, MOST_FAULTS = 10 * 2**20, 1_000
TOGETHER = 500
State = CrmImport.State
IN_TURN = "SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtext('madoguchi crm import'))) locked"
PROGRESS = (
    "UPDATE madoguchi_crmimport SET done = %s, state = 'running' WHERE id = %s AND state IN ('waiting', 'running')"
)


@transaction.atomic
def upload_file(what: str, name: str, data: bytes, *, by: Actor) -> CrmImport:
    """Keep the file and guess which column is what. Refused, by `file`: EMPTY, TOO_LARGE, ENCODING, BROKEN, TOO_MANY."""
    require(by, "edit_crm")
    require_on()
    if what not in KINDS:
        raise Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."), "what")
    if len(data) > MOST_BYTES:
        refuse_size()
    try:
        table = tables.read(data, most_rows=MOST_ROWS)
    except tables.NotATable as fault:
        raise Refused(*_said(fault.reason), "file") from None
    if not table.rows:
        raise Refused(*_said("EMPTY"), "file")
    file = CrmImport(what=what, file_name=one_line(name)[:255] or "import.csv", data=data, encoding=table.encoding)
    file.rows, file.mapping, file.agent = len(table.rows), guessed(what, table.columns), by.agent
    file.created_at = record.now()
    file.save()
    return file


def refuse_size() -> NoReturn:
    raise Refused("TOO_LARGE", _("The file is larger than %(n)s MB.") % {"n": MOST_BYTES // 2**20}, "file")


def _said(reason: str) -> tuple[str, str]:
    said = {
        "EMPTY": _("There are no rows in this file."),
        "ENCODING": _("This is no text file in UTF-8 or Shift_JIS. Save it as CSV first."),
        "BROKEN": _("This file breaks the rules of CSV: a quotation mark is not closed."),
        "COLUMNS": _("A file has at most %(n)s columns.") % {"n": tables.MOST_COLUMNS},
        "ROWS": _("A file has at most %(n)s rows. Divide it.") % {"n": f"{MOST_ROWS:,}"},
    }
    return ("TOO_MANY" if reason in ("COLUMNS", "ROWS") else reason), said[reason]


@transaction.atomic
def set_columns(file: CrmImport, mapping: Mapping[str, int | None], *, by: Actor) -> CrmImport:
    """Say which of the file's columns holds which field; None: none. Refused, by field: NOT_A_CHOICE, TWICE, STARTED."""
    file = _locked(file, by)
    width, known = len(columns_of(file).columns), {column.name for column in COLUMNS[file.what]}
    places: dict[str, int] = {}
    for name, place in mapping.items():
        if place is None:
            continue
        if name not in known or not 0 <= place < width:
            raise Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."), name)
        if place in places.values():
            raise Refused("TWICE", _("This column is used for another field already."), name)
        places[name] = place
    file.mapping = places
    file.save(update_fields=["mapping"])
    return file


@transaction.atomic
def start_import(file: CrmImport, *, by: Actor) -> CrmImport:
    """Have the worker import it. Refused: STARTED, FAULTY (nothing is imported as long as one row is wrong)."""
    file = _locked(file, by)
    with _asked_by(file):
        if plan(file).faults:
            raise Refused("FAULTY", _("Some rows are wrong. Nothing is imported until all of them are right."), "file")
    file.state = State.WAITING
    file.save(update_fields=["state"])
    jobs.configure_task("import_crm", queue="reactions").defer(import_id=file.pk)
    return file


@transaction.atomic
def give_up(file: CrmImport, *, by: Actor) -> None:
    """Forget a file that was not started. Refused: STARTED."""
    _locked(file, by).delete()


def _locked(file: CrmImport, by: Actor) -> CrmImport:
    require(by, "edit_crm")
    require_on()
    row = CrmImport.objects.select_for_update().filter(pk=file.pk).first()
    if row is None or row.state != State.MAPPING:
        raise Refused("STARTED", _("This import has been started or given up already."))
    if not row.data:
        raise Refused("GONE", _("Files that were not imported are kept for a day. Choose it again."))
    return row


def forget_old() -> None:
    """The files themselves are kept for a day."""
    fetch(
        "WITH gone AS (UPDATE madoguchi_crmimport SET data = ''::bytea WHERE created_at < now() - interval '1 day'"
        " AND state NOT IN ('waiting', 'running') AND length(data) > 0 RETURNING id) SELECT count(*) FROM gone"
    )


def run(import_id: int) -> None:
    """All of it in one transaction, one import after the other; a worker that dies leaves nothing of it, and it runs again."""
    try:
        with transaction.atomic():
            fetch(IN_TURN)
            file = CrmImport.objects.select_related("agent__role").filter(pk=import_id).first()
            if file is not None and file.state in (State.WAITING, State.RUNNING):
                with _asked_by(file):
                    _run(file)
    except OperationalError:  # the database went away, or someone was in the way: again
        raise
    except Exception:
        failed = CrmImport.objects.filter(pk=import_id, state__in=(State.WAITING, State.RUNNING))
        with override(the_organisation().language):
            fault = {
                "row": 0,
                "field": "",
                "text": _("Something went wrong that nobody thought of. Nothing was imported."),
            }
        failed.update(state=State.FAILED, ended_at=record.now(), done=0, errors=[fault])
        raise


def _run(file: CrmImport) -> None:
    off = Plan(faults=[Fault(0, "", _("The built-in CRM was switched off meanwhile."))])
    found = plan(file, locks=True) if is_on() else off
    if found.faults:
        _end(file, State.FAILED, found)
        return
    _write(file, found)
    _end(file, State.DONE, found)
    after = {"what": file.what, "file": file.file_name, "added": file.added, "changed": file.changed}
    by = Actor(agent=file.agent, door="page") if file.agent is not None else Actor.desk()
    record.note("crm.imported", by=by, after=after)


def _write(file: CrmImport, found: Plan) -> None:
    names = [c.name for c in COLUMNS[file.what] if c.name in file.mapping]
    model: Any = CrmDeal if file.what == "deals" else CrmPerson
    if model is CrmDeal:
        names = [n for n in names if n not in ("email", "phone")]
    done = 0
    with closing(connections["default"].copy()) as other:  # what is not committed nobody sees: progress is said apart
        for rows, is_new in [*_slices(found.added, True), *_slices(found.changed, False)]:
            if is_new:
                model.objects.bulk_create(rows)
            else:
                model.objects.bulk_update(rows, [*names, "modified_at", *(keys.COLUMNS if model is CrmPerson else ())])
            done += len(rows)
            with other.cursor() as cursor:
                cursor.execute(PROGRESS, [done, file.pk])
    keys.wish(found.emails, found.numbers)


def _slices(rows: Sequence[Any], is_new: bool) -> Iterator[tuple[Sequence[Any], bool]]:
    for start in range(0, len(rows), TOGETHER):
        yield rows[start : start + TOGETHER], is_new


def _end(file: CrmImport, state: CrmImport.State, found: Plan) -> None:
    file.state, file.ended_at, file.data = state, record.now(), b""
    file.added, file.changed = (len(found.added), len(found.changed)) if state == State.DONE else (0, 0)
    file.done = file.rows if state == State.DONE else 0
    file.errors = [{"row": f.row, "field": f.column, "text": f.text} for f in found.faults[:MOST_FAULTS]]
    file.save()


def _asked_by(file: CrmImport) -> Any:
    """In the language of who uploaded it."""
    return override(file.agent.language if file.agent is not None else the_organisation().language)
