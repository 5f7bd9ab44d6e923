"""One decision for every stored mail: entry, quarantine, suppressed or duplicate, in one transaction (SPEC D14)."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from functools import partial
from typing import Protocol

from django.db import OperationalError, connection, transaction
from django.db.models import F, QuerySet

from madoguchi import people, prepared, record, tickets
from madoguchi.actor import Actor
from madoguchi.doors.mailbox import guards, message
from madoguchi.doors.mailbox.lanes import Lanes
from madoguchi.doors.mailbox.route import route
from madoguchi.errors import Refused
from madoguchi.kit import addresses
from madoguchi.kit.letters import Letter, Unreadable
from madoguchi.models import InboundMail, Ticket
from madoguchi.models.ticket import Channel
from madoguchi.organisation.current import mailboxes, organisation, the_organisation
from madoguchi.reactions import notices
from madoguchi.reactions.post import bounces
from madoguchi.sheet import Sheet
from madoguchi.transactions import all_or_nothing

log = logging.getLogger("madoguchi.mail")
Decision = InboundMail.Decision
BATCH = 50
WRITTEN = ["decision", "reason", "detail", "decided_at", "message_id", "sender", "subject", "ticket", "entry"]
TRIES_TOGETHER, TRIES_ALONE = 3, 6
ALONE = 7341003
RAW = "SELECT raw, size FROM madoguchi_inboundmail WHERE id = %s::bigint"
LOCKED = prepared.Prepared(
    lambda mark: (
        InboundMail.objects.filter(pk=mark.number("mail"), decision="")
        .select_for_update(skip_locked=True, of=("self",))
        .defer("raw")
        .order_by()
    )
)


class Reads(Protocol):
    def read(self, raw: bytes) -> Letter: ...


def take_in_all(reader: Reads, *, lanes: int = 1) -> int:
    """Decide everything that waits, oldest first, in so many lanes. Returns how many.

    Tries are counted before reading, so that a mail that kills the worker ends in quarantine, not in a loop: what was
    tried often is tried again alone, by one worker at a time.
    """
    done = 0
    with Lanes(lanes) if lanes > 1 else nullcontext() as side_by_side:
        while organisation() is not None and (batch := _next(InboundMail.objects.filter(attempts__lt=TRIES_TOGETHER))):
            if side_by_side is None:
                done += sum(take_in(pk, reader) for pk in batch)
                continue
            for pk in batch:
                ahead = Ahead(reader, pk)
                side_by_side.put(ahead.letter, partial(take_in, pk, reader, ahead=ahead))
            done += side_by_side.wait()
    with _alone() as nobody_else:
        while nobody_else and organisation() is not None and (batch := _next(InboundMail.objects.all(), 1)):
            done += take_in(batch[0], reader)
    return done


def _next(mails: QuerySet[InboundMail], most: int = BATCH) -> list[int]:
    """The ids of the oldest mails that wait, one more try counted for each."""
    batch = list(mails.filter(decision="").order_by("id").values_list("pk", flat=True)[:most])
    if batch:
        InboundMail.objects.filter(pk__in=batch).update(attempts=F("attempts") + 1)
    return batch


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other worker is in here; held until the end, or until this database session dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ALONE])
        got = bool(cursor.fetchone()[0])
    try:
        yield got
    finally:
        if got:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [ALONE])


class Ahead:
    """A mail read before its turn: the letter, or the error to be raised in its turn."""

    def __init__(self, reader: Reads, pk: int) -> None:
        self.letter: Letter | None = None
        self.error = Unreadable("too-large")
        ((raw, size),) = prepared.fetch(RAW, [pk])
        if size <= the_organisation().max_received_bytes:
            try:
                self.letter = reader.read(bytes(raw))
            except Unreadable as error:
                self.error = error

    def read(self) -> Letter:
        if self.letter is None:
            raise self.error
        return self.letter


def take_in(pk: int, reader: Reads, *, at: datetime | None = None, ahead: Ahead | None = None) -> bool:
    """Decide one mail; False if another worker has it or it is decided already.

    `at`: when it was written (imports). `ahead`: it was read already.
    """
    for attempt in range(3):
        try:
            with record.at(at) if at else nullcontext():
                return _take_in(pk, reader, ahead)
        except OperationalError:
            if attempt == 2:
                raise
    return False


def _take_in(pk: int, reader: Reads, ahead: Ahead | None) -> bool:
    try:
        with all_or_nothing():
            mail = _locked(pk)
            if mail is not None:
                _decide(mail, reader, ahead)
            return mail is not None
    except OperationalError:
        raise
    except Unreadable as error:
        reason, detail = f"unreadable-{error.reason}", ""
    except Refused as refusal:
        reason, detail = "refused", f"{refusal.code} {refusal.text}"
    except Exception:
        log.exception("mail %s could not be taken in", pk)
        reason, detail = "error", traceback.format_exc(limit=8)
    with transaction.atomic():
        mail = _locked(pk)
        if mail is not None:
            _end(mail, Decision.QUARANTINE, reason, detail)
        return mail is not None


def _locked(pk: int) -> InboundMail | None:
    found: list[InboundMail] = LOCKED(mail=pk)
    return found[0] if found else None


def _decide(mail: InboundMail, reader: Reads, ahead: Ahead | None) -> None:
    if mail.size > the_organisation().max_received_bytes:
        return _end(mail, Decision.QUARANTINE, "too-large")
    if mail.attempts > TRIES_ALONE:
        return _end(mail, Decision.QUARANTINE, "crash")
    letter = ahead.read() if ahead else reader.read(bytes(mail.raw))
    mail.message_id, mail.subject = letter.message_id[:500], letter.subject[:500]
    mail.sender = letter.from_.folded[:320] if letter.from_ else ""
    known = guards.known(mail, letter)
    if known.earlier is not None:
        mail.ticket_id = known.earlier.ticket_id
        return _end(mail, Decision.DUPLICATE, "same-bytes")
    if letter.bounce is not None and letter.bounce.kind != "delivered":
        mail.ticket = bounces.attach(letter.bounce)
        return _end(mail, Decision.SUPPRESSED, "bounce" if mail.ticket else "bounce-unknown")
    if known.is_own:
        return _end(mail, Decision.SUPPRESSED, "own-mail")
    if letter.from_ is None or not addresses.is_valid(letter.from_.address):
        return _end(mail, Decision.QUARANTINE, "no-sender")
    if mail.released_at is None and (machine := guards.answer_of_machine(letter)):
        return _end(mail, Decision.SUPPRESSED, machine)
    if mail.released_at is None and guards.answers_notification(letter):
        return _end(mail, Decision.QUARANTINE, "answers-notification")
    if known.is_storm:
        return _end(mail, Decision.QUARANTINE, "fuse")
    _write(mail, letter)


def _write(mail: InboundMail, letter: Letter) -> None:
    assert letter.from_ is not None
    contact = people.identify(letter.from_.address, letter.from_.name, by=Actor.desk(door="mail"))
    actor = Actor(contact=contact, door="mail")
    way = route(letter, contact)
    box, fields = mailboxes()[mail.mailbox_id], message.fields_of(letter)
    files = message.attachments_of(letter)
    ticket, entry = way.ticket, None
    if ticket is not None:
        fields["subject"] = letter.subject[:500]
        if contact.pk != ticket.contact_id and message.answers_forward(letter):
            fields["is_public"] = False
        entry = tickets.receive(
            ticket,
            fields,
            contact=contact,
            channel=Channel.EMAIL,
            attachments=files,
            reopens=not letter.automatic,
            by=actor,
        )
        ticket = entry.ticket  # where it arrived: someone may have merged them meanwhile
        tickets.copy_in(ticket, message.people_in_copy(letter, ticket.contact), by=actor)
    else:
        ticket = tickets.open_ticket(
            department=box.department,
            contact=contact,
            subject=message.subject_of(letter),
            channel=Channel.EMAIL,
            message=fields,
            attachments=files,
            mailbox=box,
            copies=message.people_in_copy(letter, contact),
            more={"email": letter.from_.address[:320]},
            by=actor,
        )
        entry = ticket.opened_with
        if way.suggests is not None:
            message.name_earlier(ticket, way.suggests)
        if not letter.automatic:
            notices.acknowledge(ticket, letter)
    mail.ticket, mail.entry = ticket, entry
    _end(mail, Decision.ENTRY, letter.automatic)


def _end(mail: InboundMail, decision: InboundMail.Decision, reason: str = "", detail: str = "") -> None:
    mail.decision, mail.reason, mail.detail = decision, reason[:100], detail.replace("\x00", "")[:20000]
    mail.decided_at = record.now()
    sheet = Sheet()
    sheet.update(mail, WRITTEN)
    sheet.send()


def number_of(mail: InboundMail) -> int:
    """What `receive` prints: the ticket's number, else the mail's own."""
    ticket: Ticket | None = mail.ticket
    return ticket.number if ticket is not None else mail.pk
