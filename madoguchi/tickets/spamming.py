"""Spam: out of every list and figure, but not gone."""

from django.db import transaction

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.models import Ticket
from madoguchi.record import change


@transaction.atomic
def mark_spam(ticket: Ticket, *, by: Actor) -> Ticket:
    require(by, "mark_spam", ticket)
    with change(ticket, "ticket.spam", by=by):
        ticket.is_spam = True
    return ticket


@transaction.atomic
def unmark_spam(ticket: Ticket, *, by: Actor) -> Ticket:
    require(by, "mark_spam", ticket)
    with change(ticket, "ticket.not_spam", by=by):
        ticket.is_spam = False
    return ticket
