"""Mail as nobody should write it: one decision each, no loop, no error (DoS, loops)."""

import pytest

from madoguchi.models import InboundMail, Organisation, OutboundMail, Ticket
from tests.mails import mail, take_in

HEAD = b"To: support@demo.example\r\nMessage-ID: <%d@x.example>\r\n"


def raw(*lines: bytes, body: bytes = b"text") -> bytes:
    return HEAD % abs(hash(lines)) + b"\r\n".join(lines) + b"\r\n\r\n" + body


STRANGE = {
    "no sender": (raw(b"Subject: x"), "quarantine"),
    "a group": (raw(b"From: friends: a@x.example, b@x.example;", b"Subject: x"), None),
    "an empty group": (raw(b"From: undisclosed-recipients:;", b"Subject: x"), "quarantine"),
    "a long name": (raw(b'From: "' + b"n" * 4000 + b'" <long@x.example>', b"Subject: x"), "entry"),
    "a long address": (raw(b"From: " + b"a" * 400 + b"@x.example", b"Subject: x"), "quarantine"),
    "an address that grows": (raw("From: {}@x.example".format("ﷺ" * 60).encode(), b"Subject: x"), "quarantine"),
    "a foreign local part": (raw("From: 用户@x.example".encode(), b"Subject: x"), "entry"),
    "a blank subject": (raw(b"From: a@x.example", b"Subject:  \t "), "entry"),
    "no subject, no text": (raw(b"From: a@x.example", body=b""), "entry"),
    "a date long ago": (raw(b"From: a@x.example", b"Subject: x", b"Date: Mon, 01 Jan 0001 00:00:00 +0000"), "entry"),
    "a date far away": (raw(b"From: a@x.example", b"Subject: x", b"Date: Fri, 31 Dec 9999 23:59:59 -2359"), "entry"),
    "ten thousand in copy": (
        raw(b"From: a@x.example", b"Subject: x", b"Cc: " + b",\r\n ".join(b"c%d@y.example" % n for n in range(10_000))),
        "entry",
    ),
    "NUL everywhere": (raw(b"From: a\x00 <a@x.example>", b"Subject: x\x00y", body=b"a\x00b"), "entry"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_every_strange_mail_gets_a_decision_that_is_no_error(cast, name):
    Organisation.objects.update(acknowledges=True)
    content, expected = STRANGE[name]
    got = take_in(content)
    assert got.decision in ({expected} if expected else {"entry", "quarantine"}), (got.reason, got.detail)
    assert got.reason not in ("error", "crash")


def test_hundreds_of_files_are_all_kept(cast):
    got = take_in(mail(files=[(f"{n}.txt", "text/plain", b"%d" % n) for n in range(300)]))
    assert (got.decision, got.ticket.attachments.count()) == ("entry", 300)


def test_two_desks_that_acknowledge_each_other_stop(cast):
    Organisation.objects.update(acknowledges=True)
    for n in range(100):
        take_in(mail(f"受け付けました {n}", sender="help@other.example"))
    assert OutboundMail.objects.count() == 5


@pytest.mark.parametrize(
    "marks",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated"},
        {"Precedence": "bulk"},
        {"List_Id": "<l.x>"},
    ],
)
def test_what_a_machine_wrote_is_never_acknowledged(cast, marks):
    Organisation.objects.update(acknowledges=True)
    take_in(mail(**marks))
    assert not OutboundMail.objects.exists()


def test_our_own_acknowledgement_that_comes_back_ends_here(cast):
    Organisation.objects.update(acknowledges=True)
    take_in(mail(sender="support+x@demo.example"))
    for sent in OutboundMail.objects.all():
        take_in(bytes(sent.raw))
    assert Ticket.objects.count() <= 1
    assert InboundMail.objects.exclude(decision__in=("entry", "suppressed")).count() == 0
