"""Mail decided side by side is threaded and counted as in single file."""

import threading
import time

import pytest

from madoguchi import tally
from madoguchi.doors.mailbox import intake, store
from madoguchi.doors.mailbox.lanes import Lanes
from madoguchi.jobs.reader import reader
from madoguchi.kit.letters import Address, Letter
from madoguchi.models import Contact, InboundMail, Ticket
from tests.cast import gather
from tests.mails import mail


@pytest.mark.django_db(transaction=True)
def test_four_lanes_give_what_one_gives():
    cast = gather()
    for n in range(12):
        who = f"客 {n % 4} <c{n % 4}@lanes.example>"
        store.store(cast.support_box, mail(f"件 {n}", sender=who, message_id=f"<m{n}@lanes.example>"))
        answer = mail(f"Re: 件 {n}", "追記です。", sender=who, answers=f"m{n}@lanes.example")
        store.store(cast.support_box, answer)
    assert intake.take_in_all(reader(), lanes=4) == 24
    assert set(InboundMail.objects.values_list("decision", flat=True)) == {"entry"}
    assert [t.entries.count() for t in Ticket.objects.all()] == [2] * 12
    assert Contact.objects.filter(addresses__folded__endswith="@lanes.example").count() == 4
    assert tally.figures() == tally.recount()


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_cannot_be_read_ends_in_quarantine_in_its_lane():
    cast = gather()
    store.store(cast.support_box, b"Subject: x\r\n\r\nno sender\r\n")
    store.store(cast.support_box, mail())
    assert intake.take_in_all(reader(), lanes=2) == 2
    assert sorted(InboundMail.objects.values_list("decision", flat=True)) == ["entry", "quarantine"]


def test_an_answer_and_the_same_sender_join_the_lane_strangers_take_turns():
    def letter(sender: str, message_id: str, *answers: str) -> Letter:
        return Letter(from_=Address("", sender), message_id=message_id, in_reply_to=answers)

    with Lanes(3) as lanes:
        chosen = [
            lanes.choose(letter("a@x.example", "1")),
            lanes.choose(letter("b@x.example", "2")),
            lanes.choose(letter("c@x.example", "3", "1")),
            lanes.choose(letter("a@x.example", "4")),
            lanes.choose(None),
        ]
    assert chosen == [0, 1, 0, 0, 2]


def test_no_more_is_read_ahead_than_the_lanes_have_room_for():
    go, put = threading.Event(), []
    with Lanes(1) as lanes:

        def hand_over() -> None:
            for n in range(4):
                lanes.put(None, lambda: go.wait(60))
                put.append(n)

        thread = threading.Thread(target=hand_over)
        thread.start()
        end = time.monotonic() + 30
        while len(put) < 2 and time.monotonic() < end:
            time.sleep(0.01)
        thread.join(0.3)
        assert put == [0, 1]
        go.set()
        thread.join()
        assert lanes.wait() == 4


@pytest.mark.django_db(transaction=True)
def test_a_mail_tried_often_is_tried_alone_and_given_up_in_the_end():
    cast = gather()
    stored = store.store(cast.support_box, mail())
    InboundMail.objects.update(attempts=intake.TRIES_TOGETHER)
    assert intake.take_in_all(reader()) == 1
    stored.refresh_from_db()
    assert (stored.decision, stored.attempts) == ("entry", intake.TRIES_TOGETHER + 1)
    killer = store.store(cast.support_box, mail("二通目"))
    InboundMail.objects.filter(pk=killer.pk).update(attempts=intake.TRIES_ALONE)
    assert intake.take_in_all(reader()) == 1
    killer.refresh_from_db()
    assert (killer.decision, killer.reason) == ("quarantine", "crash")
