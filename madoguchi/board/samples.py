"""Sample cards of the customer classification mode (SPEC C9): no tickets, so nothing mails, counts or finds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from madoguchi import bell, lookups
from madoguchi.access import require, require_department
from madoguchi.actor import Actor
from madoguchi.board import modes
from madoguchi.board.reading import Board, Filled
from madoguchi.errors import Hidden, Refused
from madoguchi.models import BoardSample, CrmClass, Department
from madoguchi.organisation.crm import KEYS
from madoguchi.prepared import fetch
from madoguchi.record import now

LONGEST = 10_000
READ = """
SELECT id, crm_class, reply, replied_at, closed_at FROM madoguchi_boardsample WHERE department_id = %s::bigint
ORDER BY crm_class
"""
# Both of two who open a board for the first time at once find four, not eight.
MAKE = """
INSERT INTO madoguchi_boardsample (department_id, crm_class, reply, created_at, closed_at)
SELECT d.id, k.crm_class, '', statement_timestamp(), CASE WHEN %(is_closed)s::bool THEN statement_timestamp() END
FROM madoguchi_department d CROSS JOIN unnest(%(classes)s::smallint[]) AS k(crm_class)
WHERE (%(department)s::bigint = 0 OR d.id = %(department)s::bigint)
ON CONFLICT (department_id, crm_class) DO NOTHING
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """What its card and its message say, in the language of the department. `column` is the key of its column."""

    id: int
    column: str
    subject: str
    sender: str
    text: str
    reply: str
    replied_at: datetime | None


def of(department: Department, *, by: Actor) -> list[Sample]:
    """Those not closed, in the order of the columns; made when a department's board is used for the first time.

    None where no CRM is connected.
    """
    require_department(by, department.pk)
    if not lookups.is_on():
        return []
    found = fetch(READ, [department.pk])
    if not found:
        _make(department.pk, is_closed=False)
        found = fetch(READ, [department.pk])
    with translation.override(department.language):
        return [_shown(*row[:4]) for row in found if row[4] is None]


def with_samples(board: Board, samples: Sequence[Sample], department: Department, *, by: Actor) -> list[tuple[Filled, Sample | None]]:  # fmt: skip
    """The columns to show, those with nothing but a sample too."""
    of_column = {sample.column: sample for sample in samples}
    there = {filled.column.key: filled for filled in board.columns}
    return [
        (there.get(column.key) or Filled(column, 0, []), of_column.get(column.key))
        for column in modes.columns(board.mode, department, by=by)
        if column.key in there or column.key in of_column
    ]


def find(sample_id: int, *, by: Actor) -> BoardSample:
    """A sample that is not closed, of a department the actor works in; Hidden otherwise."""
    found = BoardSample.objects.select_related("department").filter(pk=min(sample_id, 2**63 - 1), closed_at=None)
    sample = found.first()
    if sample is None:
        raise Hidden
    require_department(by, sample.department_id)
    return sample


@transaction.atomic
def reply(sample: BoardSample, text: str, *, by: Actor) -> BoardSample:
    """Keep what was answered, to try it out; nothing is mailed. Refused: EMPTY, TOO_LONG."""
    require_department(by, sample.department_id)
    require(by, "reply")
    text = text.replace("\x00", "").strip()
    if not text:
        raise Refused("EMPTY", _("Write something first."), "text")
    if len(text) > LONGEST:
        raise Refused("TOO_LONG", _("At most %(n)s characters.") % {"n": LONGEST}, "text")
    sample.reply, sample.replied_at = text, now()
    sample.save(update_fields=["reply", "replied_at"])
    _ring(sample.department_id, by)
    return sample


@transaction.atomic
def close(sample: BoardSample, *, by: Actor) -> BoardSample:
    """It is gone from the board, for everybody and for good."""
    require_department(by, sample.department_id)
    require(by, "set_status")
    if sample.closed_at is None:
        sample.closed_at = now()
        sample.save(update_fields=["closed_at"])
        _ring(sample.department_id, by)
    return sample


@transaction.atomic
def remove_all(*, by: Actor) -> int:
    """Close the samples of all departments, and make none in those that have not used the mode yet. Returns how many."""
    require(by, "administer")
    departments = set(BoardSample.objects.filter(closed_at=None).values_list("department_id", flat=True))
    n = BoardSample.objects.filter(closed_at=None).update(closed_at=now())
    _make(0, is_closed=True)
    for pk in departments:
        _ring(pk, by)
    return n


def _make(department_id: int, *, is_closed: bool) -> None:
    fetch(MAKE, {"department": department_id, "classes": [each.value for each in CrmClass], "is_closed": is_closed})


def _ring(department_id: int, by: Actor) -> None:
    bell.ring(department=department_id, verb="board.sample", agent=by.agent.pk if by.agent else None)


def _shown(pk: int, crm_class: int, reply: str, replied_at: datetime | None) -> Sample:
    subject, text = _wording(CrmClass(crm_class))
    return Sample(pk, KEYS[CrmClass(crm_class)], _("Sample ticket: %(what)s") % {"what": subject}, _("Sample Sender"), text, reply, replied_at)  # fmt: skip


def _wording(crm_class: CrmClass) -> tuple[str, str]:
    match crm_class:
        case CrmClass.CUSTOMER:
            return _("a question about an order"), _(
                "This sample stands where tickets of customers stand who have bought already. Answer it or close it to try out the board."
            )
        case CrmClass.DEAL:
            return _("about your quote"), _(
                "This sample stands where tickets of customers stand with whom a deal is open. Answer it or close it to try out the board."
            )
        case CrmClass.CONTACT:
            return _("a question about your brochure"), _(
                "This sample stands where tickets of people stand whom the CRM knows, but who have no deal open or won. Answer it or close it to try out the board."
            )
    return _("a first inquiry"), _(
        "This sample stands where tickets of people stand who are not in the CRM. Answer it or close it to try out the board."
    )
