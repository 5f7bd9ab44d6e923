"""Look contacts up in the CRM (SPEC C2, C7): takes up the wishes of `madoguchi.lookups`, several workers side by side.

The built-in CRM is asked in the transaction that writes the answer, many contacts in one statement. One over the network
is asked outside any transaction, a few contacts at a time; each answer is written in a short one. Wishes go with the
commit of their answer: a worker killed before it leaves them to the next, after it nothing is to be done.
"""

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _

from madoguchi import record
from madoguchi.models import ContactAddress, ContactPhone, CrmConnection
from madoguchi.organisation import crm
from madoguchi.prepared import fetch
from madoguchi.reactions.crm import builtin, health, kinds, wishes, writing
from madoguchi.reactions.crm.connector import Connector, Down, Misunderstood, Record, Unauthorised
from madoguchi.reactions.crm.lanes import Lanes
from madoguchi.reactions.crm.matching import keys
from madoguchi.reactions.crm.pace import Pace
from madoguchi.reactions.crm.wishes import Wish

log = logging.getLogger("madoguchi.crm")
BATCH, LANES, ROUND = 500, 4, 20
ASKED_LATELY = timedelta(minutes=10)
# How long after an answer that could not be read a contact is asked again, by how often in a row.
AGAIN = [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(days=1)]
WORKERS = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '30 s'"
LOOK_S = 15.0
PATIENCE_S, REQUESTS = 90.0, 60  # a round takes a few seconds, and asks sixty things or so

Answer = Record | None
Asked = tuple[Wish, list[str], list[str]]  # with addresses and numbers as written


class LookingUp:
    """One in each worker. Keeps the connector as long as the connection stays as it is."""

    def __init__(self) -> None:
        self._connector: Connector | None = None
        self._of: tuple[object, ...] = ()
        self._pace: Pace | None = None
        self._looked_at = 0.0

    def run(self) -> bool:
        """Take up what waits. Whether there may be more to do at once."""
        now = record.now()
        connection = crm.connection()
        if not connection.kind:
            return False
        is_fresh, is_due = wishes.state(now)
        if connection.kind == CrmConnection.Kind.BUILT_IN:
            return (is_fresh or is_due) and look_in(connection, now)
        if is_fresh and settle(connection, now):
            return True
        if not is_due or connection.needs_consent or crm.is_paused(connection, now):
            return False
        return self._ask_round(connection, now)

    def run_all(self, most: int = 1000) -> None:
        """Until nothing is left that could be done now: for tests, the demo desk and imports."""
        while self.run() and most:
            most -= 1

    def close(self) -> None:
        close = getattr(self._connector, "close", None)
        self._connector, self._of = None, ()
        if close is not None:
            close()

    def _ask_round(self, connection: CrmConnection, now: datetime) -> bool:
        """A few contacts, four at a time. Who was down is tried with one."""
        try:
            pace = self._prepared(connection)
        except Unauthorised as why:
            health.is_refused(connection, why, str(connection.get_kind_display()))
            return False
        most = 1 if connection.failures else max(1, min(ROUND, int(pace.per_minute * pace.share) // 15))
        with transaction.atomic():
            taken = wishes.borrow(now, most)
            asked, settled = _divided(taken, connection, now)
            wishes.granted(settled)
        is_well = self._hear(connection, asked, now)
        if is_well and asked:
            health.is_well(connection, now=now)
        return is_well and bool(taken)

    def _hear(self, connection: CrmConnection, asked: Sequence[Asked], now: datetime) -> bool:
        """Ask, and write each answer as it comes. False where the CRM had better be left alone."""
        connector = self._connector
        assert connector is not None
        ask = lambda each: (record.now(), find(connector, each[1], each[2]))
        lanes = Lanes(asked, ask, most=LANES, within_s=self._patience_s(), ending=(Down, Unauthorised))
        is_well = True
        try:
            for (wish, _emails, _numbers), answer in lanes.answers():
                if isinstance(answer, TimeoutError):
                    self._connector = None  # who hangs in it keeps it
                    answer = Down(_("The CRM does not answer in time."))
                if isinstance(answer, Down | Unauthorised):
                    is_well = False
                    wishes.give_back([wish])
                    _unwell(connection, answer, wish, now)
                elif isinstance(answer, Exception):
                    _not_understood(connection, answer, wish, now)
                else:
                    is_well = _written(wish, answer[1], connection, asked_at=answer[0]) and is_well
                if not is_well:
                    lanes.stop()
        finally:
            lanes.stop()
        wishes.give_back([wish for wish, _emails, _numbers in lanes.left])
        return is_well

    def _patience_s(self) -> float:
        """How long a round may take: what it has to stand in line for its turns comes on top of what the CRM may take."""
        assert self._pace is not None
        return PATIENCE_S + REQUESTS * 60 / (self._pace.per_minute * self._pace.share)

    def _prepared(self, connection: CrmConnection) -> Pace:
        """The connector, made anew where the connection was."""
        of = (connection.kind, connection.connected_at, connection.settings)
        if self._connector is None or self._pace is None or of != self._of:
            self.close()
            self._pace = Pace(kinds.per_minute(connection))
            self._connector = kinds.connector(connection, self._pace)
            self._of = of
        if time.monotonic() - self._looked_at > LOOK_S:
            self._looked_at = time.monotonic()
            self._pace.share = 1 / max(1, fetch(WORKERS)[0][0])
        return self._pace


def look_in(connection: CrmConnection, now: datetime) -> bool:
    """Ask the built-in CRM of all that wait. Those somebody is changing right now are looked at in a moment."""
    with transaction.atomic():
        taken = wishes.take_due(now, BATCH) if writing.is_same(connection) else []
        if not taken:
            return False
        known = writing.lock([wish.contact for wish in taken], waiting=False)
        held = {each.contact for each in known}
        writing.write(known, builtin.find_all(held), connection, asked_at=record.now(), is_newest=True)
        wishes.granted([wish for wish in taken if wish.contact in held])
    health.is_well(connection, now=now)
    return len(held) == len(taken)


def settle(connection: CrmConnection, now: datetime) -> bool:
    """Fresh wishes: the copies on the tickets are made right without asking anybody, whether the CRM answers or not.

    Who was asked for a moment ago, and nothing was said to have changed since, is not asked for again.
    """
    with transaction.atomic():
        taken = wishes.take_fresh(BATCH) if writing.is_same(connection) else []
        if not taken:
            return False
        known = {each.contact: each for each in writing.lock([wish.contact for wish in taken], waiting=False)}
        writing.turn_round(list(known.values()), connection, now=now)
        held = [wish for wish in taken if wish.contact in known]
        done = [w for w in held if not w.is_forced and known[w.contact].was_asked_within(ASKED_LATELY, connection, now)]
        wishes.granted(done)
        wishes.settled([wish for wish in held if wish not in done], now)
    return len(held) == len(taken)


def _divided(taken: Sequence[Wish], connection: CrmConnection, now: datetime) -> tuple[list[Asked], list[Wish]]:
    """(whom to ask for; whom the CRM was asked for meanwhile)."""
    if not taken:
        return [], []
    ids = [wish.contact for wish in taken]
    known = {each.contact: each for each in writing.lock(ids, waiting=False)}
    done = [
        w for w in taken
        if not w.is_forced and w.contact in known and known[w.contact].was_asked_within(ASKED_LATELY, connection, now)
    ]  # fmt: skip
    emails: dict[int, list[str]] = {pk: [] for pk in ids}
    numbers: dict[int, list[str]] = {pk: [] for pk in ids}
    for contact, address in ContactAddress.objects.filter(contact__in=ids).values_list("contact_id", "address"):
        emails[contact].append(address)
    for contact, number in ContactPhone.objects.filter(contact__in=ids).values_list("contact_id", "number"):
        numbers[contact].append(number)
    return [(wish, emails[wish.contact], numbers[wish.contact]) for wish in taken if wish not in done], done


def find(connector: Connector, emails: Sequence[str], numbers: Sequence[str]) -> Answer:
    """Who has neither an address nor a number, nobody can know."""
    return connector.find(emails, numbers) if keys(emails, numbers) else None


def _written(wish: Wish, found: Answer, connection: CrmConnection, *, asked_at: datetime) -> bool:
    """An answer that cannot be written down is one that was not understood."""
    try:
        return _write(wish, found, connection, asked_at=asked_at)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        _not_understood(connection, error, wish, asked_at)
        return True


def _write(wish: Wish, found: Answer, connection: CrmConnection, *, asked_at: datetime) -> bool:
    """False, and nothing written, where another CRM was connected meanwhile."""
    with transaction.atomic():
        if not writing.is_same(connection):
            return False
        known = writing.lock([wish.contact], waiting=True)
        is_written = writing.write(known, {wish.contact: found} if found else {}, connection, asked_at=asked_at)
        if is_written:
            wishes.granted([wish])
        else:
            wishes.postpone([wish], asked_at + timedelta(seconds=5))
    return True


def _unwell(connection: CrmConnection, why: Down | Unauthorised, wish: Wish, now: datetime) -> None:
    asked = f"{connection.get_kind_display()}: contact {wish.contact}"
    if isinstance(why, Down):
        health.is_down(connection, why, asked, now=now)
    else:
        health.is_refused(connection, why, asked)


def _not_understood(connection: CrmConnection, why: Exception, wish: Wish, now: datetime) -> None:
    """It concerns this contact alone: it is asked again later, the others go on."""
    if isinstance(why, Misunderstood):
        text, status = why.text, why.status
    else:
        log.error("the CRM could not be asked about contact %s", wish.contact, exc_info=why)
        text, status = f"{type(why).__name__}: {why}", None
    with transaction.atomic():
        if not writing.is_same(connection):
            return
        tries = writing.fail(wish.contact, connection, text)
        crm.note_trouble(f"{connection.get_kind_display()}: contact {wish.contact}", text, status=status)
        wishes.granted([Wish(wish.contact, ids=wish.ids[1:])])
        wishes.postpone([Wish(wish.contact, ids=wish.ids[:1])], now + AGAIN[min(tries, len(AGAIN)) - 1])
