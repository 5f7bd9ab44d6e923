"""Access kept after revocation: a ticket that was moved away takes everything about it along, wherever it is listed."""

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi import tickets
from madoguchi.errors import Hidden
from madoguchi.models import OutboundMail
from madoguchi.organisation import outbox, quarantine
from madoguchi.reactions.post import send
from tests.mails import mail, take_in

SECRET = "極秘の人事案件"


@pytest.fixture
def moved(cast):
    """A mail to support, answered from there, then handed to billing."""
    got = take_in(mail(SECRET, SECRET))
    entry = tickets.reply(got.ticket, SECRET, by=cast.sato)
    send.send(entry.outbound.pk)
    tickets.move(got.ticket, cast.billing, by=cast.sato)
    return got


def test_the_raw_mail_is_out_of_reach(cast, moved):
    assert list(quarantine.received(cast.sato)) == []
    with pytest.raises(Hidden):
        quarantine.release(moved, by=cast.sato)
    assert list(quarantine.received(cast.admin)) == [moved]


def test_what_was_sent_is_out_of_reach(cast, moved):
    sent = OutboundMail.objects.get()
    assert list(outbox.outgoing(cast.sato)) == []
    with pytest.raises(Hidden):
        outbox.answer_as_customer(sent, "顧客のふり", by=cast.sato)
    assert list(outbox.outgoing(cast.admin)) == [sent]


@pytest.mark.parametrize("page", ["home", "tickets", "quarantine", "outbox", "contacts"])
def test_no_page_of_the_old_department_names_it(cast, moved, page):
    client = Client()
    client.force_login(cast.sato.agent)
    for query in ("", "?show=entry", "?show=all", f"?open={moved.ticket.contact_id}"):
        assert SECRET not in client.get(reverse(page) + query).content.decode()
    for name, pk in (
        ("received_mail", moved.pk),
        ("received_raw", moved.pk),
        ("sent_html", OutboundMail.objects.get().pk),
    ):
        assert client.get(reverse(name, args=[pk])).status_code == 404
