"""Fetching from a real Dovecot: by cursor, whatever the flags say (MAIL.md, lost and doubled)."""

import time
from itertools import repeat

import pytest

from madoguchi.doors.mailbox import fetch, intake, watch
from madoguchi.jobs.reader import reader
from madoguchi.kit import crypt
from madoguchi.models import InboundMail, Mailbox, Organisation
from madoguchi.models.mail import Security
from madoguchi.organisation import current
from tests.mails import mail

pytestmark = pytest.mark.dovecot


@pytest.fixture
def box(cast, dovecot, settings) -> Mailbox:
    box = cast.support_box
    box.imap_host, box.imap_port, box.imap_security = dovecot.host, dovecot.port, Security.NONE
    box.imap_user, box.imap_password = dovecot.user, crypt.seal(settings.SECRET_KEY.encode(), dovecot.password)
    box.save()
    return box


def fetched(box: Mailbox) -> int:
    server = fetch.connect(box)
    try:
        return fetch.fetch_new(server, box)
    finally:
        server.logout()


def test_new_mail_is_stored_once_and_the_server_keeps_its_copy_unread(box, dovecot):
    for n in range(25):
        dovecot.deliver(mail(f"{n} 通目"))
    assert fetched(box) == 25
    assert fetched(box) == 0
    box.refresh_from_db()
    assert (box.server_n, InboundMail.objects.count(), len(dovecot.messages())) == (25, 25, 25)
    with dovecot.connect() as connection:
        connection.select("INBOX")
        assert connection.search(None, "UNSEEN")[1][0].split() == [str(n + 1).encode() for n in range(25)]


def test_a_mail_someone_has_read_already_is_fetched_too(box, dovecot):
    dovecot.deliver(mail())
    with dovecot.connect() as connection:
        connection.select("INBOX")
        connection.store("1", "+FLAGS", "\\Seen")
    assert fetched(box) == 1


def test_a_server_that_counts_anew_gives_duplicates_not_tickets(box, dovecot):
    dovecot.deliver(mail())
    fetched(box)
    intake.take_in_all(reader())
    Mailbox.objects.update(uid_validity=1)
    InboundMail.objects.update(uid_validity=1)
    assert fetched(box) == 1
    intake.take_in_all(reader())
    assert sorted(InboundMail.objects.values_list("decision", flat=True)) == ["duplicate", "entry"]


def test_of_a_mail_over_the_limit_only_the_head_is_fetched_and_it_waits_in_quarantine(box, dovecot):
    Organisation.objects.update(max_received_bytes=10_000)
    current.forget()
    dovecot.deliver(mail("大きなメール", files=[("big.bin", "application/octet-stream", b"x" * 50_000)]))
    dovecot.deliver(mail("次のメール"))
    assert fetched(box) == 2
    intake.take_in_all(reader())
    big, small = InboundMail.objects.order_by("uid")
    assert (big.decision, big.reason, big.size > 50_000, len(big.raw) < 2000) == ("quarantine", "too-large", True, True)
    assert small.decision == "entry"


def test_a_certificate_that_nobody_signed_is_refused(box, dovecot):
    box.imap_port, box.imap_security = dovecot.tls_port, Security.TLS
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        fetch.connect(box)


def over_tls(box, dovecot, monkeypatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
    box.imap_host, box.imap_port, box.imap_security = "localhost", dovecot.tls_port, Security.TLS
    box.save()


def test_tls_with_a_known_certificate_works(box, dovecot, monkeypatch):
    over_tls(box, dovecot, monkeypatch)
    dovecot.deliver(mail())
    assert fetched(box) == 1


class Lying:
    """The server's client, answering NO where told to."""

    def __init__(self, client, word: str) -> None:
        self.client, self.word, self.told = client, word, 0

    def __getattr__(self, name: str):
        return getattr(self.client, name)

    def uid(self, *words: str):
        if words[0] == self.word or self.word in words[-1]:
            self.told += 1
            return "NO", [b"[SERVERBUG] try later"]
        return self.client.uid(*words)


@pytest.mark.parametrize("word", ["SEARCH", "RFC822.SIZE", "BODY.PEEK"])
def test_what_the_server_keeps_back_is_asked_for_again_not_passed_over(box, dovecot, word):
    dovecot.deliver(mail("取りこぼし禁止"))
    server = fetch.connect(box)
    honest, server.client = server.client, Lying(server.client, word)
    with pytest.raises(fetch.Unusual, match="SERVERBUG"):
        fetch.fetch_new(server, box)
    server.client = honest
    server.logout()
    box.refresh_from_db()
    assert (box.last_uid, InboundMail.objects.count()) == (0, 0)
    assert fetched(box) == 1


def test_a_mailbox_set_up_anew_while_it_is_fetched_begins_at_its_own_first_mail(box, dovecot, monkeypatch):
    dovecot.deliver(mail())
    server = fetch.connect(box)
    whole = fetch._one

    def changed_meanwhile(*args):
        Mailbox.objects.filter(pk=box.pk).update(imap_folder="Other", last_uid=0, uid_validity=None)
        return whole(*args)

    monkeypatch.setattr(fetch, "_one", changed_meanwhile)
    with pytest.raises(fetch.Unusual):
        fetch.fetch_new(server, box)
    server.logout()
    box.refresh_from_db()
    assert (box.last_uid, box.uid_validity, InboundMail.objects.count()) == (0, None, 0)


def test_large_mails_are_not_all_held_in_memory_at_once(box, dovecot, monkeypatch):
    monkeypatch.setattr(fetch, "TOGETHER_BYTES", 3000)
    for n in range(5):
        dovecot.deliver(mail(f"{n}", "大" * 1000))
    portions = []
    server = fetch.connect(box)
    for portion in fetch._portions(server, 0):
        portions.append(len(portion))
    server.logout()
    assert portions == [1, 1, 1, 1, 1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("security", ["none", "tls"])
@pytest.mark.parametrize("is_told", [True, False], ids=["told before it waits", "told as it begins to wait"])
def test_a_mail_that_comes_between_looking_and_waiting_is_fetched_at_once(
    box, dovecot, monkeypatch, caplog, is_told, security
):
    """A server tells of a mail once only; told at the wrong moment, it would lie there until the next poll."""
    if security == "tls":
        over_tls(box, dovecot, monkeypatch)

    def looked(server, box):
        found = fetch.fetch_new(server, box)
        if not InboundMail.objects.exists():
            dovecot.deliver(mail())
            while is_told and "EXISTS" not in server.client.untagged_responses:
                server.client.noop()
        return found

    monkeypatch.setattr(watch, "fetch_new", looked)
    thread = watch.Watch(box.pk)
    thread.start()
    try:
        end = time.monotonic() + watch.POLL_S / 3
        while not InboundMail.objects.exists():
            assert time.monotonic() < end, "not fetched before the next poll"
            time.sleep(0.05)
    finally:
        thread.stopping.set()
        thread.join(10)
    assert not caplog.messages, "fetched, but by a second connection"


def pauses_of(box, monkeypatch, looks, waits, most):
    """How long the watch pauses after each error, where it looks and waits with these outcomes."""
    thread, pauses = watch.Watch(box.pk), []

    def outcome(works):
        if not works:
            raise OSError("connection reset")

    def paused(seconds):
        pauses.append(seconds)
        if len(pauses) == most:
            thread.stopping.set()

    monkeypatch.setattr(watch, "fetch_new", lambda server, box: outcome(next(looks)))
    monkeypatch.setattr(thread, "_wait", lambda server: outcome(next(waits)))
    monkeypatch.setattr(thread.stopping, "wait", paused)
    thread.run()
    return pauses


@pytest.mark.django_db(transaction=True)
def test_pauses_grow_while_nothing_works_and_are_short_again_as_soon_as_it_does(box, dovecot, monkeypatch):
    """A connection that breaks now and then is no server that is down."""
    looks = iter([False, False, False, True, False, False, True, True, False])
    assert pauses_of(box, monkeypatch, looks, repeat(True), 6) == [2, 4, 8, 2, 4, 2]


@pytest.mark.django_db(transaction=True)
def test_a_server_that_breaks_off_each_wait_is_not_signed_in_to_every_two_seconds(box, dovecot, monkeypatch):
    assert pauses_of(box, monkeypatch, repeat(True), repeat(False), 9) == [2, 4, 8, 16, 32, 64, 128, 256, 300]
