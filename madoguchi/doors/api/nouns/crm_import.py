"""CSV files into the built-in CRM (ours)."""

from typing import Literal

from ninja import File, Query, UploadedFile
from pydantic import BaseModel

from madoguchi.access import require
from madoguchi.crm import importing
from madoguchi.crm.fields import Unfit
from madoguchi.crm.import_plan import Fault, plan
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import pointer
from madoguchi.doors.api.nouns.attachments import bytes_of
from madoguchi.doors.api.present.words import time
from madoguchi.errors import Hidden, Refused
from madoguchi.models import CrmImport

NAMES = {"name": "dealName", "account_name": "accountName", "closing_date": "closingDate"}
door = Door("CRM")
MOST_TOLD = 100


class Asked(BaseModel):
    module: Literal["leads", "contacts", "deals"]
    dryRun: bool = False


@door.at("POST /crm/import", gives="CrmImport")
def import_crm_file(request: Call, query: Query[Asked], file: UploadedFile = File(...)) -> object:
    """Take in a CSV file, all of it or nothing: multipart/form-data, part `file`, UTF-8 or Shift_JIS, first row the names of
    the columns. Rows that are wrong: 422, each with its row and field. It goes on after the answer; ask for it by id."""
    if (file.size or 0) > importing.MOST_BYTES:
        importing.refuse_size()
    kept = importing.upload_file(query.module, file.name or "", bytes_of(file).read(), by=request.actor)
    found = plan(kept)
    if found.faults:
        raise Unfit([_told(fault) for fault in found.faults[:MOST_TOLD]])
    answer = _present(kept) | {"added": len(found.added), "changed": len(found.changed)}
    if query.dryRun:
        importing.give_up(kept, by=request.actor)
        return answer | {"id": None, "state": "checked"}
    return _present(importing.start_import(kept, by=request.actor))


def _told(fault: Fault) -> Refused:
    return Refused("FAULTY", fault.text, f"rows/{fault.row}" + (pointer(fault.column, NAMES) if fault.column else ""))


@door.at("GET /crm/import/{int:import_id}", gives="CrmImport")
def get_crm_import(request: Call, import_id: int) -> object:
    """How far an import is, and what came of it."""
    require(request.actor, "edit_crm")
    kept = CrmImport.objects.defer("data").filter(pk=import_id).first()
    if kept is None:
        raise Hidden
    return _present(kept)


def _present(kept: CrmImport) -> dict[str, object]:
    return {
        "id": str(kept.pk),
        "module": kept.what,
        "fileName": kept.file_name,
        "state": kept.state,
        "rows": kept.rows,
        "done": kept.done,
        "added": kept.added,
        "changed": kept.changed,
        "errors": kept.errors,
        "createdTime": time(kept.created_at),
        "endedTime": time(kept.ended_at) if kept.ended_at else None,
    }
