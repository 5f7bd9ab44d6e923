import re
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.kit.letters import Address, Part, parse
from madoguchi.kit.letters.compose import compose

DESK = Address("まどぐち サポート", "support@example.jp")
YAMADA = Address("山田, 太郎", "yamada@example.jp")
AT = datetime(2026, 11, 20, 1, 15, tzinfo=UTC)


def composed(**more):
    given = {
        "from_": DESK,
        "to": [YAMADA],
        "subject": "返金",
        "text": "はい。\n",
        "message_id": "1@desk.example",
        "date": AT,
    }
    return compose(**(given | more))


def assert_fit_for_smtp(raw):
    raw.decode("ascii")
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", raw)


def test_a_mail_reads_back_as_it_was_meant():
    raw = composed(
        cc=[Address("", "c@example.jp")],
        bcc=[Address("", "secret@example.jp")],
        html='<p>はい。<img src="cid:logo@desk"></p>',
        in_reply_to="0@example.jp",
        references=["a@example.jp", "0@example.jp"],
        reply_to=Address("", "support+t1-aaaaaaaaaa@example.jp"),
        parts=[
            Part("logo.png", "image/png", "logo@desk", True, b"\0\1"),
            Part("見積書.pdf", "application/pdf", "", False, b"%PDF"),
        ],
        extra_headers={"Auto-Submitted": "auto-replied", "X-Madoguchi-Ticket": "返金 1"},
    )
    assert_fit_for_smtp(raw)
    letter = parse(raw)
    assert (letter.from_, letter.to, letter.cc) == (DESK, (YAMADA,), (Address("", "c@example.jp"),))
    assert (letter.subject, letter.text, letter.date) == ("返金", "はい。\n", AT)
    assert (letter.message_id, letter.in_reply_to) == ("1@desk.example", ("0@example.jp",))
    assert letter.references == ("a@example.jp", "0@example.jp")
    assert letter.reply_to[0].address == "support+t1-aaaaaaaaaa@example.jp"
    assert [(p.name, p.is_inline, p.payload) for p in letter.parts] == [
        ("logo.png", True, b"\0\1"),
        ("見積書.pdf", False, b"%PDF"),
    ]
    assert letter.automatic == "auto-submitted"
    assert b"secret" not in raw and b"Bcc" not in raw


def test_the_standard_library_reads_the_same():
    raw = composed(
        html="<p>はい。</p>", parts=[Part("見積書 " + "長い名前" * 30 + ".pdf", "application/pdf", "", False, b"x")]
    )
    message = message_from_bytes(raw, policy=policy.default)
    assert message["from"].addresses[0].display_name == "まどぐち サポート"
    assert message["to"].addresses[0].display_name == "山田, 太郎"
    assert message["subject"] == "返金"
    assert message.get_body(("plain",)).get_content() == "はい。\r\n"
    attached = next(message.iter_attachments())
    assert attached.get_filename() == "見積書 " + "長い名前" * 30 + ".pdf"
    assert not [d for part in message.walk() for d in part.defects]


def test_the_same_words_give_the_same_bytes():
    assert composed(html="<p>x</p>") == composed(html="<p>x</p>")


@pytest.mark.parametrize(
    "more",
    [
        {"to": [Address("x", "a@example.jp\r\nBcc: b@example.jp")]},
        {"to": [Address("x", "a@example.jp, b@example.jp")]},
        {"from_": Address("x", "a@b@example.jp")},
        {"message_id": "a\r\nBcc: x@x"},
        {"message_id": ""},
        {"extra_headers": {"Bcc": "x@example.jp"}},
        {"extra_headers": {"X-A\r\nBcc": "x"}},
        {"extra_headers": {"Content-Type": "text/html"}},
        {"date": datetime(2026, 11, 20)},
    ],
)
def test_what_could_break_out_is_refused(more):
    with pytest.raises(ValueError):
        composed(**more)


def test_foreign_ids_that_cannot_be_written_are_left_out():
    letter = parse(composed(in_reply_to="a b", references=["a\r\nBcc: x", "あ@x", "", "good@x", "y" * 999]))
    assert (letter.in_reply_to, letter.references) == ((), ("good@x",))


def test_line_ends_in_values_become_spaces():
    evil = "a\r\nBcc: secret@example.jp\r\n\r\n<script>"
    raw = composed(
        subject=evil,
        from_=Address(evil, "support@example.jp"),
        extra_headers={"X-A": evil},
        parts=[Part(evil, "text/html\r\nX: y", "", False, b"x")],
    )
    assert_fit_for_smtp(raw)
    assert not re.search(rb"(?im)^bcc:", raw)
    assert parse(raw).subject == "a Bcc: secret@example.jp <script>"
    assert parse(raw).parts[0].content_type == "application/octet-stream"


def test_addresses_of_japanese_phones_are_quoted():
    raw = composed(to=[Address("", "a..b.@docomo.ne.jp"), Address("", "x@日本語.jp")])
    assert b'To: "a..b."@docomo.ne.jp, x@xn--wgv71a119e.jp' in raw
    assert parse(raw).to[0].address == "a..b.@docomo.ne.jp"


def test_long_threads_keep_their_first_and_newest_ids():
    letter = parse(composed(references=[f"{i}@example.jp" for i in range(100)]))
    assert letter.references == ("0@example.jp", *(f"{i}@example.jp" for i in range(71, 100)))


words = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zl", "Zp", "Zs"]), min_size=1, max_size=120
)


@settings(max_examples=60)
@given(
    subject=words,
    name=words,
    text=st.text(alphabet="aあ\n .—>", max_size=200),
    file=words,
    payload=st.binary(max_size=100),
)
def test_anything_written_reads_back(subject, name, text, file, payload):
    raw = composed(
        subject=f"S {subject}",
        to=[Address(f"N {name} n", "a@example.jp")],
        text=f"T{text}",
        html="<p>x</p>",
        parts=[Part(f"F{file}.bin", "application/x-a", "", False, payload)],
    )
    assert_fit_for_smtp(raw)
    letter = parse(raw)
    assert letter.subject == f"S {subject}"
    assert letter.to == (Address(f"N {name} n", "a@example.jp"),)
    assert letter.text == f"T{text}"
    assert [(p.name, p.payload) for p in letter.parts] == [(f"F{file}.bin", payload)]
