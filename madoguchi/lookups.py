"""Which contacts are to be looked up in the CRM: wished here, in the transaction that gives the reason; no CRM, no wish.

Who takes them up is `reactions.crm.looking_up`, in the worker. Nothing here waits for the CRM.
"""

import time
from collections.abc import Iterable

from django.conf import settings

from madoguchi.kit import addresses, phones
from madoguchi.kit.characters import storable
from madoguchi.prepared import fetch
from madoguchi.sheet import Sheet

KEPT_S = float("inf") if settings.TESTING else 1.0  # tests forget at their start, and whenever it is connected
KIND = "SELECT kind FROM madoguchi_crmconnection WHERE id = 1"
WISH = "INSERT INTO madoguchi_lookup (contact_id) VALUES (%s::bigint)"
WISH_ALL = """
INSERT INTO madoguchi_lookup (contact_id, is_forced) SELECT id, %s::bool FROM madoguchi_contact WHERE id = ANY(%s::bigint[])
RETURNING id
"""
BY_KEYS = """
INSERT INTO madoguchi_lookup (contact_id, is_forced)
SELECT contact_id, true FROM madoguchi_contactaddress WHERE folded = ANY(%s::text[])
UNION SELECT contact_id, true FROM madoguchi_contactphone WHERE folded = ANY(%s::text[]) RETURNING contact_id
"""
OF_RECORDS = """
INSERT INTO madoguchi_lookup (contact_id, is_forced)
SELECT contact_id, true FROM madoguchi_classification WHERE source = %s AND record = ANY(%s::text[]) AND record <> ''
RETURNING contact_id
"""
OF_STAGE = """
INSERT INTO madoguchi_lookup (contact_id, is_forced)
SELECT DISTINCT c.contact_id, true FROM madoguchi_crmdeal d JOIN madoguchi_classification c ON c.record = d.person_id::text
WHERE d.stage_id = %s::bigint AND c.source = 'builtin' AND c.record <> '' RETURNING contact_id
"""
_kept: tuple[float, str] | None = None


def kind() -> str:
    """Which CRM is asked, as `CrmConnection.Kind`; '' where there is none."""
    global _kept
    if _kept is None or time.monotonic() - _kept[0] > KEPT_S:
        found = fetch(KIND)
        _kept = (time.monotonic(), found[0][0] if found else "")
    return _kept[1]


def is_on() -> bool:
    """Whether there is a CRM to ask."""
    return bool(kind())


def wish(contact_id: int, sheet: Sheet) -> None:
    """With the rest of a sheet: the contact got an open ticket."""
    if is_on():
        sheet.add(WISH, [str(contact_id)])


def wish_all(contact_ids: Iterable[int], *, is_forced: bool = True) -> None:
    """`is_forced`: something changed, so the CRM is asked even if it was a moment ago."""
    ids = sorted(set(contact_ids))
    if ids and is_on():
        fetch(WISH_ALL, [is_forced, ids])


def wish_by_keys(emails: Iterable[str], numbers: Iterable[str], *, of: str = "builtin") -> int:
    """The CRM `of` knows something else of people with these addresses and numbers, old or new, as written or folded.

    Returns how many of our contacts have one of them; 0 where another CRM is asked.
    """
    if kind() != of:
        return 0
    folded = sorted({addresses.fold(storable(email)) for email in emails} - {""})
    digits = sorted({phones.fold(storable(number)) for number in numbers} - {""})
    return len(fetch(BY_KEYS, [folded, digits])) if folded or digits else 0


def wish_of_records(records: Iterable[object], *, of: str = "builtin") -> int:
    """The CRM `of` knows something else of these records: those we had found there are looked up again."""
    ids = sorted({storable(str(record)) for record in records})
    return len(fetch(OF_RECORDS, [of, ids])) if ids and kind() == of else 0


def wish_of_stage(stage_id: int) -> int:
    """A stage of the built-in CRM means something else: all who have a deal in it are looked up again."""
    return len(fetch(OF_STAGE, [stage_id])) if kind() == "builtin" else 0


def forget() -> None:
    """After the connection was changed in this process."""
    global _kept
    _kept = None
