"""Received mail that became no entry: who may see it, and how it gets a second chance (MAIL.md)."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from madoguchi import record
from madoguchi.access import require, require_department
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import InboundMail
from madoguchi.organisation.waking import wake

RELEASABLE = (InboundMail.Decision.QUARANTINE, InboundMail.Decision.SUPPRESSED)


def received(by: Actor) -> QuerySet[InboundMail]:
    """Mail to the addresses of the departments the actor works in; what became a ticket, of tickets the actor sees."""
    require(by, "see_quarantine")
    mails = InboundMail.objects.select_related("mailbox__department")
    if by.is_desk or by.is_administrator:
        return mails
    assert by.agent is not None
    own = by.agent.own_department_ids
    seen = Q(ticket=None) | Q(ticket__department_id__in=own)
    return mails.filter(seen, mailbox__department_id__in=own)


@transaction.atomic
def release(mail: InboundMail, *, by: Actor) -> InboundMail:
    """Have the mail taken in after all: the next reading of it is lenient. Refused: NOT_QUARANTINED, MAIL_GONE."""
    require(by, "see_quarantine")
    mail = (
        InboundMail.objects.select_for_update(of=("self",))
        .select_related("mailbox__department", "ticket")
        .get(pk=mail.pk)
    )
    require_department(by, mail.mailbox.department_id)
    if mail.ticket is not None:
        require(by, "read", mail.ticket)
    if mail.decision not in RELEASABLE:
        raise Refused("NOT_QUARANTINED", _("Only quarantined or suppressed mail can be released."))
    if not mail.raw:
        raise Refused("MAIL_GONE", _("The text of this mail is not kept any more."))
    before = {"decision": mail.decision, "reason": mail.reason}
    mail.decision, mail.attempts = InboundMail.Decision.WAITING, 0
    mail.released_at, mail.released_by, mail.decided_at = record.now(), by.agent, None
    mail.save(update_fields=["decision", "attempts", "released_at", "released_by", "decided_at"])
    after = {"mail": mail.pk, "subject": mail.subject, "sender": mail.sender}
    record.note("mail.replayed", by=by, department=mail.mailbox.department, before=before, after=after)
    wake()
    return mail
