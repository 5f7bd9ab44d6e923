"""A mail came back: say so where it was sent from (RFC 3464)."""

from django.db import transaction

from madoguchi.actor import Actor
from madoguchi.kit.letters import Bounce
from madoguchi.models import Notification, OutboundMail, Ticket
from madoguchi.record import change
from madoguchi.tickets.numbers import final


@transaction.atomic
def attach(bounce: Bounce) -> Ticket | None:
    """Mark the mail the report is about; the ticket it belongs to, or None if we sent no such mail."""
    ids = list(bounce.original_message_ids)
    mail = OutboundMail.objects.filter(message_id__in=ids).select_related("ticket", "entry").first() if ids else None
    if mail is None or mail.ticket is None:
        return None
    said = " ".join(part for part in (bounce.kind, bounce.status, bounce.recipient, bounce.diagnostic) if part)
    mail.bounce = said[:300]
    mail.save(update_fields=["bounce"])
    if Notification.objects.filter(mail=mail).exists():  # an agent's own address is no matter of the ticket's
        return mail.ticket
    ticket = final(mail.ticket)
    with change(ticket, "mail.bounced", by=Actor.desk(door="mail")) as event:
        event.entry = mail.entry
        event.after["error"] = said[:500]
    return ticket
