from base64 import b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.kit.letters import Address, Letter, parse, subjects
from madoguchi.kit.letters.fields import ids
from madoguchi.kit.letters.mailboxes import mailboxes

SIMPLE = """\
Return-Path: <yamada@example.jp>
Delivered-To: support@example.jp
X-Original-To: help@example.jp
Authentication-Results: mx.example.jp; spf=pass
From: =?utf-8?B?5bGx55Sw?= <Yamada@example.jp>
To: "Support, Desk" <support@example.jp>, b@example.jp
Cc: c@example.jp
Subject: =?utf-8?B?6L+U6YeR?= [#12]
Date: Fri, 20 Nov 2026 10:15:00 +0900
Message-ID: <1@example.jp>
In-Reply-To: <0@example.jp>
References: <a@example.jp>
 <0@example.jp>

返金をお願いします。
"""


def test_a_plain_mail_is_read_whole():
    letter = parse(SIMPLE.encode())
    assert letter == Letter(
        message_id="1@example.jp",
        in_reply_to=("0@example.jp",),
        references=("a@example.jp", "0@example.jp"),
        date=datetime(2026, 11, 20, 1, 15, tzinfo=UTC),
        from_=Address("山田", "Yamada@example.jp"),
        to=(Address("Support, Desk", "support@example.jp"), Address("", "b@example.jp")),
        cc=(Address("", "c@example.jp"),),
        delivered_to=("support@example.jp", "help@example.jp"),
        return_path="yamada@example.jp",
        subject="返金 [#12]",
        text="返金をお願いします。\n",
        visible="返金をお願いします。",
        authentication_results=("mx.example.jp; spf=pass",),
        headers=letter.headers,
    )
    assert letter.headers["From"] == "山田 <Yamada@example.jp>" and "Received" not in letter.headers


@pytest.mark.parametrize(
    "raw", [b"", b"\0", b"\r\n\r\n", b"x", b"From", b":", b"Content-Type: multipart/mixed\n\n", b"\xff" * 100]
)
def test_what_is_no_mail_is_an_empty_letter(raw):
    letter = parse(raw)
    assert letter.from_ is None and letter.message_id == "" and "\0" not in letter.text


@settings(max_examples=150)
@given(
    st.lists(st.binary(max_size=30) | st.sampled_from([x.encode() + b"\n" for x in SIMPLE.split("\n")]), max_size=12)
)
def test_no_bytes_break_the_reading(pieces):
    letter = parse(b"".join(pieces))
    for text in (letter.subject, letter.text, letter.visible, letter.message_id, *letter.headers.values()):
        assert "\0" not in text
        text.encode()


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"a@example.jp", [("", "a@example.jp")]),
        (b'"Sato, Ken" <a@example.jp>, b@example.jp', [("Sato, Ken", "a@example.jp"), ("", "b@example.jp")]),
        (
            b"friends: a@example.jp, B <b@example.jp>;, c@example.jp",
            [("", "a@example.jp"), ("B", "b@example.jp"), ("", "c@example.jp")],
        ),
        (b"undisclosed-recipients:;", []),
        (b"a@example.jp (Yamada (Taro))", [("Yamada (Taro)", "a@example.jp")]),
        (b"<a@exam\r\nple.jp>", [("", "a@example.jp")]),
        (b"A <a\x00@example.jp>", [("A", "a@example.jp")]),
        (b"=?utf-8?B?5bGx55SwLCDlpKrpg44=?= <a@example.jp>", [("山田, 太郎", "a@example.jp")]),
        (b"=?utf-8?B?5bGx55SwIDxhQGV4YW1wbGUuanA+?=", [("山田", "a@example.jp")]),
        ("ソ表 <a@example.jp>".encode("cp932"), [("ソ表", "a@example.jp")]),
        ("ソ表 <a@example.jp>".encode("iso2022_jp"), [("ソ表", "a@example.jp")]),
        (b'"a..b"@docomo.ne.jp', [("", "a..b@docomo.ne.jp")]),
        (b"a..b.@docomo.ne.jp", [("", "a..b.@docomo.ne.jp")]),
        (b"A <a@example.jp; B <b@example.jp>", [("A", "a@example.jp"), ("B", "b@example.jp")]),
        (b"'A' <'a@example.jp'>", [("A", "a@example.jp")]),
        (b"@route,@other:a@example.jp", [("", "@route"), ("", "@other:a@example.jp")]),
        (b"MAILER-DAEMON (Mail Delivery System)", [("Mail Delivery System", "MAILER-DAEMON")]),
        (b"", []),
    ],
)
def test_address_fields_are_read(raw, found):
    assert mailboxes(raw) == tuple(Address(*x) for x in found)


def test_a_thousand_hostile_addresses_take_no_time():
    assert len(mailboxes(b'"\\' * 30_000)) <= 1
    assert len(mailboxes(b"a@b.jp," * 9_000)) == 1_000


def test_ids_lose_brackets_folds_and_repeats():
    assert ids(b"<a@x>\r\n <b\r\n @x> <a@x> (c)") == ("a@x", "b@x")
    assert ids(b"a@x") == ("a@x",)
    assert ids(b"Your message of today") == ()
    assert len(ids(b" ".join(b"<%d@x>" % i for i in range(900)))) == 200


def multipart(kind, *parts, close=True):
    body = "".join(f"--B\r\n{p}\r\n" for p in parts) + ("--B--\r\n" if close else "")
    return f'From: a@example.jp\r\nContent-Type: multipart/{kind}; boundary="B"\r\n\r\npreamble\r\n{body}'.encode()


PLAIN = "Content-Type: text/plain; charset=utf-8\r\n\r\nこんにちは"
RICH = 'Content-Type: text/html; charset=utf-8\r\n\r\n<p>こん<b>にちは</b><img src="cid:i@x"></p>'
IMAGE = "Content-Type: image/png\r\nContent-ID: <i@x>\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC"


def test_plain_and_html_are_alternatives_and_images_are_parts():
    letter = parse(multipart("alternative", PLAIN, RICH))
    assert (letter.text, letter.html) == ("こんにちは", '<p>こん<b>にちは</b><img src="cid:i@x"></p>')
    assert letter.safe_html == letter.html
    related = parse(multipart("related", RICH, IMAGE))
    assert related.text == "こんにちは"
    assert [(p.name, p.content_type, p.content_id, p.is_inline, p.payload) for p in related.parts] == [
        ("", "image/png", "i@x", True, b"\0\1\2")
    ]


def test_a_missing_end_loses_nothing():
    letter = parse(multipart("mixed", PLAIN, IMAGE, close=False))
    assert letter.text == "こんにちは" and letter.parts[0].payload == b"\0\1\2"


def test_calendars_winmail_and_mails_are_parts():
    letter = parse(
        multipart(
            "mixed",
            PLAIN,
            "Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR",
            "Content-Type: application/ms-tnef\r\n\r\nx",
            "Content-Type: message/rfc822\r\n\r\nSubject: =?utf-8?B?6L+U6YeR?=\r\nMessage-ID: <in@x>\r\n\r\nbody",
            "Content-Type: text/plain; name=log.txt\r\n\r\nlog",
        )
    )
    assert letter.text == "こんにちは"
    assert [p.name for p in letter.parts] == ["invite.ics", "winmail.dat", "返金.eml", "log.txt"]
    assert letter.parts[2].payload.startswith(b"Subject:") and letter.bounce is None


def test_flowed_text_is_put_together():
    raw = b"Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\none \r\ntwo\r\n>quoted \r\n>text\r\n  stuffed\r\n-- \r\nme"
    assert parse(raw).text == "onetwo\n> quotedtext\n stuffed\n-- \nme"


def test_uuencoded_files_leave_the_text():
    raw = b"From: a@example.jp\r\n\r\nbefore\r\nbegin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\nafter\r\n"
    letter = parse(raw)
    assert letter.text == "before\nafter\n"
    assert [(p.name, p.payload) for p in letter.parts] == [("a.txt", b"Cat")]


def test_a_word_about_beginning_is_no_file():
    assert parse(b"From: a@x.jp\r\n\r\nbegin 644 a.txt\r\nbut no e n d").parts == ()


def test_limits_hold_and_nothing_is_quadratic():
    nested = (
        b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (i, i) for i in range(3_000)) + b"\n\nx"
    )
    assert len(parse(nested).parts) <= 1
    assert len(parse(multipart("mixed", *[IMAGE] * 3_000)).parts) < 500
    assert len(parse(b"From: a@x.jp\n\n" + b"a\n" * 3_000_000).text) == 2_000_000
    assert parse(b"X: " + b"y" * 3_000_000 + b"\n\nbody").from_ is None
    assert parse(b"Subject: " + b"=?a?b?" * 10_000 + b"\n\n").subject != ""
    assert parse(b"Content-Type: text/plain" + b';a="\\' * 4_000 + b"\n\nx").text == "x"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("X-Nothing: x", ""),
        ("Auto-Submitted: no", ""),
        ("Auto-Submitted: auto-replied (vacation)", "auto-submitted"),
        ("auto-submitted: Auto-Generated; x=y", "auto-submitted"),
        ("Precedence: bulk", "precedence"),
        ("Precedence: first-class", ""),
        ("List-Id: <x.example.jp>", "list"),
        ("List-Unsubscribe: <mailto:x@example.jp>", "list"),
        ("X-ML-Name: neko", "list"),
        ("X-Auto-Response-Suppress: DR, OOF, AutoReply", "suppressed"),
        ("X-Auto-Response-Suppress: None", ""),
        ("X-Autoreply: yes", "vacation"),
        ("Subject: 自動応答: 不在です", "vacation"),
        ("Subject: Automatic reply: x", "vacation"),
        ("Subject: 自動販売機の故障", ""),
        ("Return-Path: <>", "empty-return-path"),
        ("From: MAILER-DAEMON@example.jp", "bounce"),
        ("Content-Type: multipart/report; report-type=disposition-notification; boundary=x", "report"),
    ],
)
def test_mail_no_machine_may_answer_says_why(header, reason):
    assert parse(f"{header}\r\n\r\nx".encode()).automatic == reason


@pytest.mark.parametrize(
    ("subject", "number", "plain"),
    [
        ("Re: [#123] 返金について", 123, "返金について"),
        ("ＲＥ：［＃１２３］返金", 123, "返金"),
        ("返信: 転送: Re[2]: Fwd: Aw: 回复：返金", None, "返金"),
        ("Re^2: RE: [#1] Re: [#2] x", 1, "x"),
        ("Regarding: prices", None, "Regarding: prices"),
        ("[#] x #12", None, "[#] x #12"),
        ("Re:", None, ""),
        ("", None, ""),
        ("転送先の変更", None, "転送先の変更"),
    ],
)
def test_subjects_lose_what_mailers_pile_up(subject, number, plain):
    assert subjects.number_in(subject) == number
    assert subjects.stripped(subject) == plain
    assert subjects.tagged(subjects.tagged(subject, 5), 7) == f"Re: [#7] {plain}".rstrip()


def test_an_empty_plain_part_gives_way_to_html():
    letter = parse(multipart("alternative", "Content-Type: text/plain\r\n\r\n\r\n", RICH))
    assert letter.text == "こんにちは"


def test_base64_with_missing_padding_and_rubbish_is_read():
    body = b64encode("返金です".encode()).rstrip(b"=")[:-1] + b"\r\n!"
    raw = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + body
    assert parse(raw).text.startswith("返金で")
