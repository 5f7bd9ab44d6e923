"""Send a mail once more that failed or whose fate is uncertain (MAIL.md, outgoing)."""

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import Entry, OutboundMail
from madoguchi.record import change, now
from madoguchi.tickets.requester import refuse_requester
from madoguchi.tickets.standing import here


@transaction.atomic
def retry(entry: Entry, *, by: Actor) -> OutboundMail:
    """Queue the entry's mail again under the same Message-ID. Refused: NOT_FAILED; FORWARD_TO_REQUESTER (`requester`)."""
    ticket = here(entry)
    require(by, "forward" if entry.is_forward else "reply", ticket)
    mail = OutboundMail.objects.select_for_update().filter(entry=entry).first()
    if mail is None or mail.state not in (OutboundMail.State.FAILED, OutboundMail.State.UNCERTAIN):
        raise Refused("NOT_FAILED", _("Only a mail that was not sent can be sent again."), "threadId")
    with change(ticket, "mail.retried", by=by) as event:
        refuse_requester(ticket, to=entry.to, cc=entry.cc, bcc=entry.bcc, by=by)
        event.entry = entry
        event.before["state"] = mail.state
        mail.state, mail.attempts, mail.error = OutboundMail.State.QUEUED, 0, ""
        mail.next_attempt_at, mail.sending_at, mail.bounce = now(), None, ""
        mail.save()
    return mail
