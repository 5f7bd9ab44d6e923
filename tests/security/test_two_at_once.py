"""Two at the same moment: both succeed, or one is told; never a 500, never half of it (real threads, real commits)."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from madoguchi import people, tally, tickets
from madoguchi.actor import Actor
from madoguchi.doors.mailbox import intake, store
from madoguchi.jobs.reader import reader
from madoguchi.models import Attachment, Contact, ContactAddress, Draft, Entry, InboundMail, Tag, Ticket
from madoguchi.people.tokens import make_token
from tests.cast import gather, open_one
from tests.mails import mail

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """What each gave, or the exception it raised."""
    start, found = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(n: int) -> None:
        start.wait()
        try:
            found[n] = deeds[n]()
        except Exception as error:
            found[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def test_the_same_new_tags_in_opposite_order():
    cast = gather()
    pair = [open_one(cast), open_one(cast)]
    for n in range(10):
        names = [f"札{n}-{i}" for i in range(15)]
        found = at_once(
            lambda names=names: tickets.tag(Ticket.objects.get(pk=pair[0].pk), names, by=cast.sato),
            lambda names=names: tickets.tag(Ticket.objects.get(pk=pair[1].pk), names[::-1], by=cast.tanaka),
        )
        assert [len(tags) for tags in found] == [15, 15]
    assert Tag.objects.count() == 150


def test_the_same_new_sender_writes_to_two_departments():
    cast = gather()
    for n in range(5):
        one = store.store(cast.support_box, mail(f"{n}", sender=f"new{n}@b.example", Cc=f"cc{n}@b.example"))
        two = store.store(cast.billing.mailboxes.get(), mail(f"{n}", sender=f"cc{n}@b.example", Cc=f"new{n}@b.example"))
        at_once(lambda one=one: intake.take_in(one.pk, reader()), lambda two=two: intake.take_in(two.pk, reader()))
    assert list(InboundMail.objects.values_list("decision", flat=True)) == ["entry"] * 10
    assert ContactAddress.objects.filter(folded__endswith="b.example").count() == 10
    assert Contact.objects.filter(addresses=None).count() == 0
    assert tally.figures() == tally.recount()


def test_the_same_key_at_once_writes_once():
    cast = gather()
    ticket = open_one(cast)
    headers = {"Authorization": f"Bearer {make_token(cast.sato.agent, 't', by=cast.sato)[1]}", "Idempotency-Key": "k"}

    def comment() -> int:
        path = f"/api/v1/tickets/{ticket.pk}/comments"
        client = Client(headers=headers, raise_request_exception=False)
        return client.post(path, json.dumps({"content": "一度"}), "application/json").status_code

    assert set(at_once(*[comment] * 6)) <= {200, 409}
    assert Entry.objects.filter(kind="comment").count() == 1


def test_the_same_upload_in_two_comments():
    cast = gather()
    ticket = open_one(cast)
    file = tickets.upload("a.txt", "text/plain", b"x", by=cast.sato)

    def comment() -> Any:
        files = tickets.take_up([file.key], by=cast.sato)
        return tickets.comment(Ticket.objects.get(pk=ticket.pk), "添付", attachments=files, by=cast.sato)

    found = at_once(comment, comment, comment)
    assert sorted(type(one).__name__ for one in found) == ["Entry", "Refused", "Refused"]
    ticket.refresh_from_db()
    assert (ticket.attachment_n, ticket.comment_n, Attachment.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("path", ["/settings/departments/new", "/settings/statuses/new", "/settings/roles/new"])
def test_a_form_sent_twice_at_once_makes_one_thing(path):
    cast = gather()
    client = Client(raise_request_exception=False)
    client.force_login(cast.admin.agent)
    typed = {"name": "新", "name_ja": "新", "language": "ja", "state": "Open", "base": "agent", "signature": ""}
    cookies = client.cookies

    def send() -> int:
        each = Client(raise_request_exception=False)
        each.cookies = cookies
        return each.post(path, typed).status_code

    assert sorted(at_once(send, send, send)) == [303, 422, 422]


def test_two_agents_add_the_same_contact():
    cast = gather()

    def add() -> Any:
        return people.create_contact({"last_name": "同"}, emails=["same@b.example"], by=cast.sato)

    found = at_once(add, add, add)
    assert sorted(type(one).__name__ for one in found) == ["Contact", "Refused", "Refused"]
    assert Contact.objects.filter(last_name="同").count() == 1


def test_a_mail_comes_while_agents_reply_move_and_close():
    cast = gather()
    ticket = open_one(cast)
    customer = Actor(contact=cast.yamada, door="mail")

    def fresh() -> Ticket:
        return Ticket.objects.get(pk=ticket.pk)

    for _round in range(5):
        found = at_once(
            lambda: tickets.reply(fresh(), "はい", by=cast.admin),
            lambda: tickets.receive(fresh(), {"text": "?"}, contact=cast.yamada, channel="Email", by=customer),
            lambda: tickets.move(fresh(), cast.billing, by=cast.admin),
            lambda: tickets.close(fresh(), by=cast.admin),
            lambda: tickets.comment(fresh(), "注", by=cast.admin),
        )
        assert [error for error in found if isinstance(error, Exception)] == []
    ticket.refresh_from_db()
    entries = Entry.objects.filter(ticket=ticket)
    assert ticket.thread_n == entries.filter(kind="thread").count() == 11
    assert ticket.comment_n == entries.filter(kind="comment").count() == 5
    assert tally.figures() == tally.recount()


def test_of_two_agents_who_reply_at_once_exactly_one_is_warned():
    cast = gather()
    for _round in range(4):
        ticket = open_one(cast)
        seen = ticket.entries.get().pk

        def reply(by: Actor, ticket: Ticket = ticket, seen: int = seen) -> Any:
            return tickets.reply(Ticket.objects.get(pk=ticket.pk), "はい", seen=seen, by=by)

        found = at_once(lambda reply=reply: reply(cast.sato), lambda reply=reply: reply(cast.tanaka))
        assert sorted(type(one).__name__ for one in found) == ["Entry", "Newer"]
        assert Entry.objects.filter(ticket=ticket, direction="out").count() == 1


def test_a_draft_saved_while_it_is_sent_is_gone_afterwards():
    cast = gather()
    for n in range(12):
        ticket = open_one(cast)
        seen = ticket.entries.get().pk
        version = tickets.save_draft(ticket, "reply", {"body": "途中"}, seen=seen, by=cast.sato).version if n % 2 else 0

        def send(ticket: Ticket = ticket) -> Any:
            with transaction.atomic():
                row = Ticket.objects.get(pk=ticket.pk)
                tickets.reply(row, "途中まで", by=cast.sato)
                tickets.discard_draft(row, "reply", by=cast.sato)

        def save(ticket: Ticket = ticket, seen: int = seen, version: int = version) -> Any:
            row = Ticket.objects.get(pk=ticket.pk)
            return tickets.save_draft(row, "reply", {"body": "途中まで"}, version=version, seen=seen, by=cast.sato)

        found = at_once(send, save)
        assert not isinstance(found[0], Exception), found[0]
        assert type(found[1]).__name__ in ("Saved", "Overtaken"), found[1]
        assert not Draft.objects.exists()
