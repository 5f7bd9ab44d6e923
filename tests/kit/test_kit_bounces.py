import pytest

from madoguchi.kit.letters import Bounce, parse

REPORT = """\
From: MAILER-DAEMON@mx.example.jp
Return-Path: <>
Subject: Undelivered Mail Returned to Sender
In-Reply-To: <other@desk.example>
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B

It did not work.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.jp

Final-Recipient: rfc822; good@example.jp
Action: delivered
Status: 2.0.0

Final-Recipient: rfc822; yamada@example.jp
Original-Recipient: rfc822;yamada+x@example.jp
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 no such
 user
--B
Content-Type: {kind}

Received: from x
Message-ID: <ours@desk.example>
Subject: x
--B--
"""


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_a_report_names_recipient_reason_and_our_mail(kind):
    letter = parse(REPORT.format(action="failed", status="5.1.1", kind=kind).encode())
    assert letter.bounce == Bounce(
        "failed", "yamada+x@example.jp", "5.1.1", "550 5.1.1 no such user", ("ours@desk.example",)
    )
    assert letter.automatic == "bounce"


def test_a_delay_is_no_failure():
    raw = REPORT.format(action="delayed", status="4.4.1", kind="message/rfc822").replace(
        "Action: delivered", "Action: delayed"
    )
    assert parse(raw.encode()).bounce.kind == "delayed"


def test_a_bounce_in_plain_words_is_understood():
    raw = """\
From: Mail Delivery Subsystem <mailer-daemon@example.jp>
Subject: failure notice

Hi. This is the qmail-send program.

<yamada@example.jp>:
192.0.2.1 failed after I sent the message.
Remote host said: 550 5.1.1 unknown user

--- Below this line is a copy of the message.

Message-ID: <ours@desk.example>
Subject: x
"""
    assert parse(raw.encode()).bounce == Bounce(
        "failed", "yamada@example.jp", "5.1.1", "550 5.1.1 unknown user", ("ours@desk.example",)
    )


def test_a_japanese_bounce_is_recognised_by_subject_and_empty_return_path():
    raw = "From: postmaster@example.jp\nReturn-Path: <>\nSubject: メールの配信ができません (配信エラー)\n\n宛先不明です。\n"
    assert parse(raw.encode()).bounce.kind == "failed"


def test_a_person_writing_about_bounces_is_no_bounce():
    raw = "From: yamada@example.jp\nReturn-Path: <yamada@example.jp>\nSubject: Fwd: Undelivered Mail\n\nMessage-ID: <a@x>\n"
    letter = parse(raw.encode())
    assert letter.bounce is None and letter.automatic == ""
