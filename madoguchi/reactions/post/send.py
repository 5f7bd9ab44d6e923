"""Send what is queued, once. The state is written before and after every step a crash could fall between."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import DatabaseError, transaction
from django.db.models import Q

from madoguchi.access import can
from madoguchi.actor import Actor
from madoguchi.models import Agent, Notification, OutboundMail
from madoguchi.prepared import Prepared, fetch
from madoguchi.reactions.post import outbox
from madoguchi.reactions.post.build import build
from madoguchi.reactions.post.smtp import Outcome, hand_over
from madoguchi.record import change, now
from madoguchi.tickets.numbers import final

log = logging.getLogger("madoguchi.mail")
State = OutboundMail.State
WAITS_S = [30, 120, 300, 900, 1800, 3600, 7200, 14400, 28800]
LOCK_SPACE = 7341002
LOCK = "SELECT pg_try_advisory_lock(%s::int, %s::int)"
UNLOCK = "SELECT pg_advisory_unlock(%s::int, %s::int)"
UNSENT = Prepared(
    lambda mark: (
        OutboundMail.objects.filter(pk=mark.number("mail"), state__in=[State.QUEUED, State.SENDING])
        .select_related("mailbox__department", "entry__ticket__contact", "ticket")
        .order_by()
    )
)
TAKE = """
UPDATE madoguchi_outboundmail SET state = 'SENDING', sending_at = NULL, attempts = attempts + 1
WHERE id = %s::bigint AND state = 'QUEUED' RETURNING attempts"""
FINISH = """
UPDATE madoguchi_outboundmail SET state = %s, error = %s, attempts = %s::int, sent_at = %s::timestamptz,
  sending_at = %s::timestamptz, next_attempt_at = %s::timestamptz, to_outbox = %s::bool, raw = %s::bytea,
  bounce = coalesce(nullif(%s::text, ''), bounce)
WHERE id = %s::bigint RETURNING id"""


@contextmanager
def mine(pk: int) -> Iterator[bool]:
    """Hold this mail in this database session: a worker that dies lets go of it, and nobody else has it till then."""
    ((got,),) = fetch(LOCK, [LOCK_SPACE, pk % 2**31])
    try:
        yield got
    finally:
        if got:
            fetch(UNLOCK, [LOCK_SPACE, pk % 2**31])


def send(pk: int) -> None:
    """Send one queued mail; does nothing if it is not due, already sent, or in another worker's hands."""
    with mine(pk) as got:
        if not got:
            return
        mail = _due(pk)
        if mail is None or not _take(mail):
            return
        if _is_withdrawn(mail):
            return _finish(mail, Outcome(error="withdrawn: its reader may not see the ticket any more"))
        try:
            raw = bytes(mail.raw) if mail.raw else build(mail)
        except Exception as error:
            log.exception("mail %s could not be built", pk)
            return _finish(mail, Outcome(error=f"{type(error).__name__}: {error}"))
        if not mail.mailbox.smtp_host:
            outbox.put(mail, raw)
            mail.to_outbox, mail.raw = True, raw
            return _finish(mail, Outcome(sent=True))
        _finish(mail, _handed_over(mail, raw))


def _handed_over(mail: OutboundMail, raw: bytes) -> Outcome:
    """What the server made of it. What nobody thought of must not come round every five seconds: it ends here, too."""
    try:
        return hand_over(mail.mailbox, mail.recipients, raw, before_data=lambda: _about_to_hand_over(mail))
    except DatabaseError:
        raise
    except Exception as error:
        log.exception("mail %s could not be handed over", mail.pk)
        return Outcome(uncertain=mail.sending_at is not None, error=f"{type(error).__name__}: {error}")


def settle_after_crash(pk: int) -> None:
    """A mail found SENDING while nobody holds it: its worker died. Before the server could have taken it: again.
    After: UNCERTAIN, an agent decides."""
    dead = OutboundMail.objects.filter(pk=pk, state=State.SENDING)
    dead.filter(sending_at=None).update(state=State.QUEUED)
    with transaction.atomic():
        lost = dead.select_for_update(of=("self",)).select_related("entry__ticket", "ticket").first()
        if lost is not None:
            lost.state, lost.error = State.UNCERTAIN, "worker stopped while handing the mail over"
            lost.save(update_fields=["state", "error"])
            _tell(lost)


def _due(pk: int) -> OutboundMail | None:
    """The mail, if it is to be sent now."""
    found: list[OutboundMail] = UNSENT(mail=pk)
    if found and found[0].state == State.SENDING:
        settle_after_crash(pk)
        found = UNSENT(mail=pk)
    return found[0] if found and found[0].next_attempt_at <= now() else None


def _take(mail: OutboundMail) -> bool:
    """Say that it is being sent, before SMTP is spoken. Into the outbox it may as well be written twice."""
    if not mail.mailbox.smtp_host:
        mail.attempts += 1
        return True
    taken = fetch(TAKE, [mail.pk])
    if taken:
        mail.state, mail.sending_at, mail.attempts = State.SENDING, None, taken[0][0]
    return bool(taken)


def _is_withdrawn(mail: OutboundMail) -> bool:
    """Whether it tells an agent of a ticket that was taken out of their sight since it was written (SPEC S6)."""
    if mail.entry_id is not None or mail.ticket is None:
        return False
    told = Notification.objects.filter(mail=mail).select_related("ticket").first()
    if told is None:
        return False
    agent = Agent.objects.for_request().get(pk=told.agent_id)
    return not can(Actor(agent=agent), "read", told.ticket)


def _about_to_hand_over(mail: OutboundMail) -> None:
    mail.sending_at = now()
    mail.save(update_fields=["sending_at"])


@transaction.atomic
def _finish(mail: OutboundMail, outcome: Outcome) -> None:
    """Write down what became of it; nothing where its ticket was deleted for good meanwhile."""
    mail.error = outcome.error[:2000]
    if outcome.sent:
        mail.state, mail.sent_at = State.SENT, now()
    elif outcome.uncertain:
        mail.state = State.UNCERTAIN
    elif outcome.again and mail.attempts <= len(WAITS_S):
        mail.state, mail.sending_at = State.QUEUED, None
        mail.next_attempt_at = now() + timedelta(seconds=WAITS_S[mail.attempts - 1])
    else:
        mail.state = State.FAILED
    bounce = outcome.error[:300] if outcome.sent else ""
    ends = [mail.state, mail.error, mail.attempts, mail.sent_at, mail.sending_at, mail.next_attempt_at, mail.to_outbox]
    if not fetch(FINISH, [*ends, mail.raw, bounce, mail.pk]):
        return
    if mail.error and mail.state != State.QUEUED:
        _tell(mail)


def _tell(mail: OutboundMail) -> None:
    """Write into the ticket's history that a mail did not leave, perhaps did not, or not to everyone; of mails to agents
    the outbox alone says so."""
    if mail.ticket is not None and not Notification.objects.filter(mail=mail).exists():
        with change(final(mail.ticket), "mail.failed", by=Actor.desk()) as event:
            event.entry = mail.entry
            event.after["error"], event.after["state"] = mail.error[:500], mail.state


def send_due(limit: int = 200) -> int:
    """Send all that is due and settle what dead workers left: the sweep behind every single job."""
    due = Q(state=State.QUEUED, next_attempt_at__lte=now()) | Q(state=State.SENDING)
    waiting = list(OutboundMail.objects.filter(due).order_by("next_attempt_at").values_list("pk", flat=True)[:limit])
    for pk in waiting:
        try:
            send(pk)
        except Exception:
            log.exception("mail %s could not be sent", pk)
    return len(waiting)
