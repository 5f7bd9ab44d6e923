"""Merging tickets of one customer, trying it out, and what else may be the same matter (API B2, SPEC M)."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import BaseModel, Field

from madoguchi import access, tickets
from madoguchi.actor import Actor
from madoguchi.doors.api import answers, finders, rows
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import Unfit, invalid, kind_of, not_yet
from madoguchi.doors.api.present import history
from madoguchi.doors.api.present.entry import agent_author
from madoguchi.doors.api.present.words import ref, time
from madoguchi.doors.api.wire import Body, Ids, to_id
from madoguchi.errors import Hidden, Refused
from madoguchi.models import Merge, Ticket
from madoguchi.organisation.current import custom_fields
from madoguchi.tickets.likeness import similar
from madoguchi.tickets.mergeable import NotMergeable

door = Door("Tickets")
SOURCE = {
    "subject": "subject",
    "status": "status",
    "priority": "priority",
    "channel": "channel",
    "category": "category",
    "subCategory": "sub_category",
    "classification": "classification",
    "resolution": "resolution",
    "language": "language",
    "email": "email",
    "phone": "phone",
    "dueDate": "due_at",
    "productId": "product",
    "assigneeId": "assignee",
    "teamId": "team",
    "accountId": "account",
    "ticketNumber": "number",
}
TOGETHER = {"contactId", "secondaryContacts"}  # the same for all, or united
UNBUILT = {"description", "entitySkills"}
POINTERS = {key: f"/source/{name}" for name, key in SOURCE.items()}


class Merging(Body):
    ids: Ids = Field(description="The tickets that are merged into the one in the path: one to four")
    source: dict[str, Any] = Field(
        {},
        description="Field → id of the ticket whose value is kept; `cf` → {apiName: id}; else the main ticket's stays",
    )


class TryOut(BaseModel):
    dryRun: bool = Field(False, description="Only tell what would happen; nothing is changed")


@door.at("POST /tickets/{int:ticket_id}/merge", gives="TicketMerged")
def merge_tickets(request: Call, ticket_id: int, body: Merging, query: Query[TryOut]) -> HttpResponse:
    """Merge tickets of the same contact into this one. With `dryRun` tell what would happen, and change nothing."""
    by: Actor = request.actor
    main = finders.ticket(ticket_id, by)
    others = named(body.ids, by)
    try:
        keep = kept(body.source, {main.pk: main, ticket_id: main, **{t.pk: t for t in others}}, main)
        if query.dryRun:
            return answers.to_json(tried(request, main, others, keep, body.ids))
        tickets.merge(main, others, keep=keep, by=by)
    except Refused as refusal:
        return invalid(told(refusal, body.ids))
    return answers.to_json(rows.written(request, main))


def named(ids: list[int], by: Actor) -> list[Ticket]:
    """The tickets with these ids as far as one may see them, in this order; also those in the bin, for the rules to refuse."""
    found = Ticket.objects.with_people().filter(pk__in=ids, purged_at=None).in_bulk()
    if any(pk not in found or not access.can(by, "read", found[pk]) for pk in ids):
        raise Hidden
    return [found[pk] for pk in ids]


def kept(source: dict[str, Any], known: dict[int, Ticket], main: Ticket) -> dict[str, Ticket]:
    """`source` as the verb takes it."""
    keep: dict[str, Ticket] = {}

    def ticket(value: Any, pointer: str) -> Ticket:
        try:
            return known[to_id(value)]
        except (ValueError, KeyError):
            raise Unfit(pointer, text=_("This is the id of no ticket in this merge.")) from None

    for name, value in source.items():
        pointer = f"/source/{name}"[:100]
        if name == "cf":
            if not isinstance(value, dict):
                raise Unfit(pointer)
            keep |= {f"cf:{field}": ticket(each, f"{pointer}/{field}"[:200]) for field, each in value.items()}
        elif name == "customFields":
            chosen = ticket(value, pointer)
            fields = [field for field in custom_fields(main.department_id) if field.is_active]
            keep = {**{f"cf:{field.api_name}": chosen for field in fields}, **keep}
        elif name in TOGETHER:
            ticket(value, pointer)
        elif name in UNBUILT:
            if ticket(value, pointer).pk != main.pk:
                raise not_yet(pointer)
        elif name in SOURCE:
            keep[SOURCE[name]] = ticket(value, pointer)
        else:
            raise Unfit(pointer, text=_("This field always stays the main ticket's, or there is no such field."))
    return keep


def told(refusal: Refused, ids: list[int]) -> tuple[str, str, Any]:
    """A refusal as (JSON pointer, kind, text): which of the ids, or which field of the source."""
    if isinstance(refusal, NotMergeable):
        places = [n for n, pk in enumerate(ids) if refusal.ticket is not None and pk == refusal.ticket.pk]
        return (f"/ids/{places[-1]}" if places else "/ids"), kind_of(refusal), refusal.text
    name = f"/source/cf/{refusal.field[3:]}" if refusal.field.startswith("cf:") else POINTERS.get(refusal.field, "")
    return name or "/ids", kind_of(refusal), refusal.text


class _Tried(Exception):
    pass


def tried(request: Call, main: Ticket, others: list[Ticket], keep: dict[str, Ticket], ids: list[int]) -> dict[str, Any]:
    """Merge, look, and take it all back. Refusals of rules are told; what one may not do at all is refused as ever."""
    found: dict[str, Any] = {"isMergeable": True, "refusals": [], "ticket": None, "mergedTicketIds": []}
    try:
        with transaction.atomic():
            tickets.merge(main, others, keep=keep, by=request.actor)
            found["ticket"] = whole = rows.whole(request, Ticket.objects.all(), main.pk)
            assert whole is not None
            found["mergedTicketIds"] = [str(pk) for pk in ids]
            found["threadCount"], found["commentCount"] = whole["threadCount"], whole["commentCount"]
            found["attachmentCount"], found["followerCount"] = whole["attachmentCount"], whole["followerCount"]
            found["secondaryContactCount"] = str(len(whole["secondaryContacts"]))
            raise _Tried
    except _Tried:
        pass
    except Refused as refusal:
        pointer, kind, text = told(refusal, ids)
        row = {"fieldName": pointer, "errorType": kind, "errorMessage": str(text), "code": refusal.code}
        found |= {"isMergeable": False, "refusals": [row]}
    return found


@door.at("GET /tickets/{int:ticket_id}/mergedTickets", gives="MergedTicket[]")
def list_merged_tickets(request: Call, ticket_id: int) -> HttpResponse:
    """What was merged into a ticket, when and by whom, with the values given up; the newest last."""
    ticket = finders.ticket(ticket_id, request.actor)
    found = Merge.objects.filter(main=ticket).select_related("other", "by")
    return answers.rows([merged(row, by=request.actor) for row in found])


def merged(row: Merge, *, by: Actor) -> dict[str, Any]:
    """A ticket that was restored meanwhile goes its own ways: its subject is told to who sees it."""
    is_part = row.other.merged_into_id == row.main_id and row.other.purged_at is None
    return {
        "id": str(row.other_id),
        "ticketNumber": str(row.number),
        "subject": row.other.subject if is_part or access.can(by, "read", row.other) else None,
        "departmentId": str(row.other.department_id),
        "mergedTime": time(row.at),
        "mergedBy": agent_author(row.by) if row.by else None,
        "viaTicketId": ref(row.via_id),
        "keptFields": [wire(key) for key in row.kept],
        "givenUp": {wire(key): history.told(value) for key, value in row.given_up.items()},
        "isRestored": row.other.merged_into_id is None,
    }


def wire(key: str) -> str:
    """The name of a field on the wire: `dueDate`, `cf/cf_order`."""
    return f"cf/{key[3:]}" if key.startswith("cf:") else NAMES.get(key, key)


NAMES = {key: name for name, key in SOURCE.items()}


class Most(BaseModel):
    limit: int = Field(5, ge=1, le=10)


@door.at("GET /tickets/{int:ticket_id}/similarTickets", gives="SimilarTicket[]")
def list_similar_tickets(request: Call, ticket_id: int, query: Query[Most]) -> HttpResponse:
    """Other open tickets of the same contact that may be the same matter, the likeliest first; 204 where there are none."""
    ticket = finders.ticket(ticket_id, request.actor)
    found = similar(ticket, by=request.actor, limit=query.limit)
    return answers.rows(
        [
            {
                "id": str(like.ticket.pk),
                "ticketNumber": str(like.ticket.number),
                "subject": like.ticket.subject,
                "score": like.score,
                "shared": like.shared,
            }
            for like in found
        ]
    )
