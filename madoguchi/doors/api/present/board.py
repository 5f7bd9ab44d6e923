"""Boards: columns and cards. Statuses by their stable name, as everywhere on the wire."""

from collections.abc import Mapping
from typing import Any

from madoguchi.board.modes import NONE, Column, Mode
from madoguchi.board.reading import Card, Filled
from madoguchi.doors.api.present.words import page, ref, time
from madoguchi.organisation.crm import wire_type
from madoguchi.organisation.current import statuses

Values = dict[str, Any]
UNASSIGNED = "unassigned"


def names() -> dict[int, str]:
    """What statuses are called on the wire, by id."""
    return {status.pk: status.name for status in statuses()}


def column(mode: Mode, filled: Filled, reach: Mapping[int, Values], named: Mapping[int, str]) -> Values:
    """`reach`: addresses and phones by contact; `named`: see `names`."""
    return {
        "key": key_of(mode, filled.column, named),
        "label": str(filled.column.label),
        "count": filled.count,
        "after": filled.after or None,
        "cards": [card(each, reach.get(each.contact_id, {}), named) for each in filled.cards],
    }


def key_of(mode: Mode, shown: Column, named: Mapping[int, str]) -> str:
    if mode.key == "status":
        return named[int(shown.key)]
    return UNASSIGNED if mode.key == "assignee" and shown.key == NONE else shown.key


def key_within(mode: Mode, word: str) -> str:
    """From the wire to the desk's own key."""
    if mode.key == "status":
        return next((str(pk) for pk, name in names().items() if name.casefold() == word.casefold()), "")
    return NONE if mode.key == "assignee" and word == UNASSIGNED else word


def card(found: Card, reach: Values, named: Mapping[int, str]) -> Values:
    return {
        "id": str(found.id),
        "ticketNumber": str(found.number),
        "subject": found.subject,
        "status": named[found.status_id],
        "statusType": found.state,
        "channel": found.channel,
        "priority": found.priority or None,
        "createdTime": time(found.created_at),
        "dueDate": time(found.due_at),
        "isOverDue": found.is_overdue,
        "waitingSince": time(found.waiting_since),
        "contactId": str(found.contact_id),
        "contact": {
            "id": str(found.contact_id),
            "firstName": found.contact_first_name or None,
            "lastName": found.contact_last_name,
            "email": reach.get("email"),
            "phone": reach.get("phone"),
            "mobile": reach.get("mobile"),
            "zohoCRMContact": crm_contact(found.crm_class, found.module, found.record),
        },
        "accountId": ref(found.account_id),
        "accountName": found.account or None,
        "assigneeId": ref(found.assignee_id),
        "assigneeName": found.assignee or None,
        "webUrl": page(f"/tickets/{found.number}/"),
    }


def crm_contact(crm_class: int, module: str, record: str) -> Values | None:
    """`zohoCRMContact`: the record in the CRM, null where it knows nobody."""
    kind = wire_type(crm_class, module)
    return {"id": record, "type": kind} if kind and record else None
