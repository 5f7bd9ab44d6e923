"""Ratings as the wire tells them (API A5). They come with ticket, status, contact and agent."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from madoguchi.doors.api.present.words import page, ref, time
from madoguchi.models import Department, Rating, Satisfaction
from madoguchi.tickets.rating import CHANGED_WITHIN, RATED_WITHIN

Values = dict[str, Any]
SOURCES = {Rating.Via.MAIL: "EMAIL", Rating.Via.PORTAL: "HELPCENTER"}


def row(rating: Rating, nested: set[str], emails: dict[int, Values]) -> Values:
    """`ticketId` is the ticket it counts with, the main one after a merge; `threadId` the answer that was rated."""
    found: Values = {
        "id": str(rating.pk),
        "rating": rating.value,
        "feedback": rating.comment,
        "ratedTime": time(rating.rated_at),
        "modifiedTime": time(rating.changed_at),
        "source": SOURCES[Rating.Via(rating.via)],
        "ticketId": str(rating.counts_for_id),
        "threadId": str(rating.entry_id),
        "contactId": str(rating.contact_id),
        "accountId": ref(rating.account_id),
        "agentId": ref(rating.agent_id),
        "departmentId": str(rating.department_id),
    }
    if "contacts" in nested:
        contact = rating.contact
        found["contact"] = {
            "id": str(contact.pk),
            "firstName": contact.first_name or None,
            "lastName": contact.last_name,
            "email": emails.get(contact.pk, {}).get("email"),
        }
    if "tickets" in nested:
        ticket = rating.counts_for
        found["ticket"] = {
            "id": str(ticket.pk),
            "ticketNumber": str(ticket.number),
            "subject": ticket.subject,
            "status": ticket.status.name,
            "statusType": ticket.state,
            "webUrl": page(f"/tickets/{ticket.number}/"),
        }
    return found


def setup(department: Department, language: str) -> Values:
    with override(language):
        ratings = [{"rating": value, "label": str(label)} for value, label in Satisfaction.choices]
        question = _("How was our support?")
    return {
        "departmentId": str(department.pk),
        "isEnabled": department.asks_for_ratings,
        "question": question,
        "ratings": ratings,
        "ratableForDays": str(RATED_WITHIN.days),
        "changeableForDays": str(CHANGED_WITHIN.days),
    }
