"""Tickets: list rows, search rows and the full ticket, from `values()` rows (API B2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from madoguchi.doors.api.present.words import LAYOUT, THREAD_CHANNEL, TYPES, layout_details, page, ref, source, time
from madoguchi.models import Permission, Share
from madoguchi.models.organisation import State
from madoguchi.models.people import full_name

ROW = """id number email phone subject status__name state created_at category language sub_category priority channel
    due_at response_due_at comment_n thread_n closed_at hold_since account_id department_id contact_id product_id
    assignee_id team_id last_thread last_customer_message_at is_spam""".split()
FULL = [
    *ROW,
    *"""modified_at resolution is_overdue trashed_at classification first_response_s attachment_n created_by_id
    modified_by_id custom shared""".split(),
]
INCLUDE = {
    "contacts": """contact__last_name contact__first_name contact__kind contact__account_id contact__account__name
        contact__account__website""".split(),
    "products": ["product__name"],
    "departments": ["department__name"],
    "team": ["team__name"],
    "assignee": ["assignee__last_name", "assignee__first_name", "assignee__email"],
    "isRead": [],
}
SYNONYMS = {"contact": "contacts", "product": "products", "department": "departments"}
Values = dict[str, Any]


def _scalars(v: Values) -> Values:
    return {
        "id": str(v["id"]),
        "ticketNumber": str(v["number"]),
        "layoutId": LAYOUT,
        "email": v["email"] or None,
        "phone": v["phone"] or None,
        "subject": v["subject"],
        "status": v["status__name"],
        "statusType": v["state"],
        "createdTime": time(v["created_at"]),
        "category": v["category"] or None,
        "language": v["language"] or None,
        "subCategory": v["sub_category"] or None,
        "priority": v["priority"] or None,
        "channel": v["channel"],
        "dueDate": time(v["due_at"]),
        "responseDueDate": time(v["response_due_at"]),
        "commentCount": str(v["comment_n"]),
        "sentiment": None,
        "threadCount": str(v["thread_n"]),
        "closedTime": time(v["closed_at"]),
        "onholdTime": time(v["hold_since"]),
        "accountId": ref(v["account_id"]),
        "departmentId": str(v["department_id"]),
        "contactId": str(v["contact_id"]),
        "productId": ref(v["product_id"]),
        "assigneeId": ref(v["assignee_id"]),
        "teamId": ref(v["team_id"]),
        "customerResponseTime": time(v["last_customer_message_at"] or v["created_at"]),
        "isArchived": False,
        "channelCode": None,
        "isSpam": v["is_spam"],
        "webUrl": page(f"/tickets/{v['number']}/"),
    }


def row(v: Values, relations: Mapping[int, int]) -> Values:
    """A row of a list. `relations`: child → parent of the tickets shown."""
    return {
        **_scalars(v),
        "relationshipType": relation(v["id"], relations),
        "lastThread": last_thread(v["last_thread"]),
        "source": source(),
    }


def relation(ticket_id: int, relations: Mapping[int, int]) -> str:
    if ticket_id in relations:
        return "Child"
    return "Parent" if ticket_id in relations.values() else "None"


def last_thread(last: Values | None) -> Values | None:
    if not last:
        return None
    return {
        "channel": THREAD_CHANNEL[last["channel"]],
        "isDraft": False,
        "isForward": last["isForward"],
        "direction": last["direction"],
    }


def custom(v: Values, fields: list[Any]) -> tuple[Values, Values]:
    """(cf by api name, customFields by label) of all fields of the department."""
    cf = {field.api_name: v["custom"].get(field.api_name) for field in fields}
    return cf, {field.label: cf[field.api_name] for field in fields}


def details(v: Values, fields: list[Any], now: datetime) -> Values:
    """What a full ticket has beside the scalars of a row, from the ticket's own table and `shares`."""
    cf, labelled = custom(v, fields)
    late = v["response_due_at"] is not None and v["first_response_s"] is None and v["response_due_at"] < now
    return {
        "modifiedTime": time(v["modified_at"]),
        "resolution": v["resolution"] or None,
        "isOverDue": v["is_overdue"],
        "isTrashed": v["trashed_at"] is not None,
        "isResponseOverdue": late and v["state"] != State.CLOSED,
        "classification": v["classification"] or None,
        "customFields": labelled,
        "cf": cf,
        "layoutDetails": layout_details(),
        "attachmentCount": str(v["attachment_n"]),
        "isEscalated": v["status__name"] == "Escalated",
        "createdBy": ref(v["created_by_id"]),
        "modifiedBy": ref(v["modified_by_id"]),
        "sharedDepartments": [shared(share) for share in v["shares"]],
        "approvalCount": "0",
        "taskCount": "0",
        "timeEntryCount": "0",
        "entitySkills": [],
        "channelRelatedInfo": None,
        "isDeleted": False,
        "slaId": None,
    }


def shared(share: Share) -> Values:
    found: Values = {
        "id": str(share.department_id),
        "name": share.department.name,
        "type": TYPES[Permission(share.level)],
    }
    if share.expires_at is not None:
        found["expiresAt"] = time(share.expires_at)
    return {**found, "reason": share.reason} if share.reason else found


OF_READING = ["sentiment", "followerCount", "isFollowing", "createdBy", "tagCount"]


def full(v: Values, more: Values, fields: list[Any], now: datetime, *, after_writing: bool = False) -> Values:
    """A whole ticket. `more`: description, secondaryContacts, followerCount, isFollowing, tagCount.

    After POST and PATCH some keys are absent (LIVE).
    """
    found = {**_scalars(v), **details(v, fields, now), **more, "source": source(uuid=None)}
    return {k: x for k, x in found.items() if k not in OF_READING} if after_writing else found


def included(v: Values, include: set[str], emails: dict[int, Values]) -> Values:
    """The nested objects asked for; null where the ticket has none."""
    found: Values = {}
    if "contacts" in include:
        found["contact"] = contact(v, emails.get(v["contact_id"], {}))
    if "products" in include:
        found["product"] = {"id": ref(v["product_id"]), "productName": v["product__name"]} if v["product_id"] else None
    if "departments" in include:
        found["department"] = {"id": str(v["department_id"]), "name": v["department__name"]}
    if "team" in include:
        found["team"] = {"id": ref(v["team_id"]), "name": v["team__name"], "logoUrl": None} if v["team_id"] else None
    if "assignee" in include:
        found["assignee"] = assignee(v)
    if "isRead" in include:
        found["isRead"] = None
    return found


def contact(v: Values, reach: Values) -> Values:
    account = {
        "id": ref(v["contact__account_id"]),
        "accountName": v["contact__account__name"],
        "website": v["contact__account__website"] or None,
    }
    return {
        "id": str(v["contact_id"]),
        "firstName": v["contact__first_name"] or None,
        "lastName": v["contact__last_name"],
        "email": reach.get("email"),
        "phone": reach.get("phone"),
        "mobile": reach.get("mobile"),
        "type": v["contact__kind"] or None,
        "account": account if v["contact__account_id"] else None,
    }


def assignee(v: Values) -> Values | None:
    if not v["assignee_id"]:
        return None
    return {
        "id": str(v["assignee_id"]),
        "name": full_name(v["assignee__last_name"], v["assignee__first_name"]),
        "firstName": v["assignee__first_name"],
        "lastName": v["assignee__last_name"],
        "email": v["assignee__email"],
        "photoURL": None,
    }


def search_row(
    v: Values, fields: list[Any], now: datetime, emails: dict[int, Values], relations: Mapping[int, int]
) -> Values:
    """A row of /tickets/search: much of the full ticket, everything nested (LIVE)."""
    all_of_it = {"contacts", "assignee", "departments", "products", "team", "isRead"}
    return {
        **row(v, relations),
        **{k: x for k, x in details(v, fields, now).items() if k not in OF_READING},
        **included(v, all_of_it, emails),
        "childTicketCount": str(sum(parent == v["id"] for parent in relations.values())),
    }
