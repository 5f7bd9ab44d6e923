"""Messages (threads), comments and files (API B4). Entries come with author, outbound mail and files prefetched."""

from typing import Any

from madoguchi.doors.api.present.words import THREAD_CHANNEL, api, clock, ref, source, time
from madoguchi.kit.addresses import Address
from madoguchi.kit.addresses import format as written
from madoguchi.models import Agent, Attachment, Entry, OutboundMail

State = OutboundMail.State
STATUS = {
    State.QUEUED: "PENDING",
    State.SENDING: "PENDING",
    State.SENT: "SUCCESS",
    State.FAILED: "FAILED",
    State.UNCERTAIN: "FAILED",
}
Values = dict[str, Any]
SUMMARY = 255


def people(rows: list[dict[str, str]]) -> str:
    return ",".join(written(Address(row["name"], row["address"])) for row in rows)


def status(entry: Entry) -> str:
    mail = getattr(entry, "outbound", None)
    return STATUS[mail.state] if mail is not None else "SUCCESS"


def agent_author(agent: Agent) -> Values:
    return {
        "id": str(agent.pk),
        "name": agent.name,
        "email": agent.email,
        "photoURL": None,
        "type": "AGENT",
        "firstName": agent.first_name,
        "lastName": agent.last_name,
    }


def author(entry: Entry) -> Values:
    if entry.agent is not None and (entry.contact is None or entry.is_outgoing):
        return agent_author(entry.agent)
    contact = entry.contact
    return {
        "id": ref(entry.contact_id),
        "name": contact.name if contact else entry.from_name,
        "email": entry.from_address or None,
        "photoURL": None,
        "type": "END_USER",
        "firstName": contact.first_name if contact else "",
        "lastName": contact.last_name if contact else entry.from_name,
    }


def actions(entry: Entry) -> list[Values]:
    if status(entry) != "FAILED":
        return []
    href = api(f"/tickets/{entry.ticket_id}/resendFailedThread?threadId={entry.pk}")
    return [{"method": "POST", "rel": "send", "href": href}]


def shown_files(entry: Entry) -> list[Attachment]:
    return [a for a in entry.attachments.all() if not a.is_inline]


def thread(entry: Entry) -> Values:
    """A row of the list of threads."""
    files = shown_files(entry)
    sender = written(Address(entry.from_name, entry.from_address)) if entry.from_address else None
    return {
        "id": str(entry.pk),
        "channel": THREAD_CHANNEL[entry.channel],
        "canReply": not entry.is_forward,
        "contentType": "text/html" if entry.html else "text/plain",
        "hasAttach": bool(files),
        "status": status(entry),
        "summary": " ".join(entry.text.split())[:SUMMARY],
        "author": author(entry),
        "attachmentCount": str(len(files)),
        "sentiment": None,
        "aspects": None,
        "channelRelatedInfo": None,
        "respondedIn": clock(entry.respond_s),
        "lastRatingIconURL": None,
        "readReceipts": None,
        "impersonatedUser": None,
        "source": source(),
        "isDescriptionThread": entry.is_description,
        "keyWords": None,
        "visibility": "public" if entry.is_public else "private",
        "createdTime": time(entry.created_at),
        "actions": actions(entry),
        "direction": entry.direction,
        "to": people(entry.to),
        "cc": people(entry.cc),
        "bcc": people(entry.bcc),
        "fromEmailAddress": sender,
        "replyTo": None,
        "isForward": entry.is_forward,
        "responderId": ref(entry.agent_id) if entry.is_outgoing else None,
        "isContentTruncated": False,
        "fullContentURL": None,
    }


def whole_thread(entry: Entry, *, plain_text: bool = False) -> Values:
    """A thread with its content and files."""
    found = {
        **thread(entry),
        "content": entry.html or entry.text,
        "attachments": [in_thread(a, entry) for a in shown_files(entry)],
    }
    return {**found, "plainText": entry.text} if plain_text else found


def comment(entry: Entry, *, plain_text: bool = False) -> Values:
    agent = entry.agent
    contact = entry.contact
    commenter = {
        "name": agent.name if agent else contact.name if contact else entry.from_name,
        "firstName": agent.first_name if agent else contact.first_name if contact else "",
        "lastName": agent.last_name if agent else contact.last_name if contact else "",
        "email": agent.email if agent else entry.from_address or None,
        "roleName": agent.role.name if agent else None,
        "photoURL": None,
        "type": "AGENT" if agent or contact is None else "END_USER",
    }
    found = {
        "id": str(entry.pk),
        "content": entry.html or entry.text,
        "contentType": "html" if entry.html else "plainText",
        "isPublic": entry.is_public,
        "commenterId": ref(entry.agent_id or entry.contact_id),
        "commenter": commenter,
        "commentedTime": time(entry.created_at),
        "modifiedTime": time(entry.edited_at),
        "attachments": [in_comment(a, entry) for a in entry.attachments.all()],
        "mention": [],
    }
    return {**found, "plainText": entry.text} if plain_text else found


def in_thread(file: Attachment, entry: Entry) -> Values:
    href = api(f"/tickets/{entry.ticket_id}/threads/{entry.pk}/attachments/{file.pk}/content")
    return {"id": str(file.pk), "name": file.name, "size": str(file.size), "href": href, "previewurl": href}


def in_comment(file: Attachment, entry: Entry) -> Values:
    href = api(f"/tickets/{entry.ticket_id}/comments/{entry.pk}/attachments/{file.pk}/content")
    return {"id": str(file.pk), "name": file.name, "size": str(file.size), "href": href}


def attachment(file: Attachment, *, with_creator: bool = False) -> Values:
    """A file of a ticket, or an upload that lies on nothing yet."""
    href = api(
        f"/tickets/{file.ticket_id}/attachments/{file.pk}/content" if file.ticket_id else f"/uploads/{file.pk}/content"
    )
    found: Values = {
        "id": str(file.pk),
        "name": file.name,
        "size": str(file.size),
        "href": href,
        "previewurl": href,
        "createdTime": time(file.created_at),
        "creatorId": ref(file.agent_id),
        "isPublic": file.is_public,
    }
    if with_creator:
        found["creator"] = agent_author(file.agent) if file.agent else None
    return found
