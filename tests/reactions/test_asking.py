"""The three links under an answer, in a mail that goes through a real SMTP server and comes back (SPEC I5)."""

import logging
import re
from email import message_from_bytes
from email.policy import default
from io import StringIO

import pytest
from django.test import Client

from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.kit.addresses import Address
from madoguchi.kit.letters.rating_block import QUESTIONS
from madoguchi.models import Contact, Department, Entry, Rating, Ticket
from madoguchi.reactions.post import send
from madoguchi.reactions.post.build import build
from tests.mails import mail, take_in
from tests.smtp import deliver_by

URL = "https://desk.example.jp"
LINK = re.compile(rf"{re.escape(URL)}(/help/rate/[0-9]+-[a-z2-7]{{16}}/(?:good|ok|bad))")


@pytest.fixture(autouse=True)
def reached(settings):
    settings.URL = URL


def sent(post, entry: Entry) -> tuple[str, str]:
    """(plain, HTML) as the customer's mail program gets them."""
    send.send(entry.outbound.pk)
    letter = post.mails[-1]
    return letter.get_body(("plain",)).get_content(), letter.get_body(("html",)).get_content()


def test_an_answer_asks_how_it_was_in_both_parts(cast, ticket, post):
    deliver_by(post, cast.support_box)
    entry = tickets.reply(ticket, "本日返金いたしました。", by=cast.sato)
    text, html = sent(post, entry)
    links = LINK.findall(text)
    assert (
        [link.rpartition("/")[2] for link in links]
        == ["good", "ok", "bad"]
        == [link.rpartition("/")[2] for link in LINK.findall(html)]
    )
    assert (
        text.index("サポート窓口")
        < text.index("サポートはいかがでしたか？")
        < text.index(links[0])
        < text.index("> 注文番号")
    )
    assert html.index("サポート窓口") < html.index("サポートはいかがでしたか？") < html.index("<blockquote>")
    assert "良い: " in text and "普通: " in text and "悪い: " in text and "<img" not in html
    client = Client(enforce_csrf_checks=True)
    assert client.get(links[2]).status_code == 200 and not Rating.objects.exists()
    assert client.post(links[2], {"rating": "bad", "comment": "遅い"}).status_code == 303
    assert Rating.objects.get().entry == entry


def test_in_the_contacts_language(cast, ticket, post):
    deliver_by(post, cast.support_box)
    Contact.objects.filter(pk=cast.yamada.pk).update(language="en")
    text, html = sent(post, tickets.reply(Ticket.objects.get(), "Refunded.", by=cast.sato))
    for part in (text, html):
        assert "How was our support?" in part and "Good" in part and "Okay" in part and "Bad" in part
        assert "いかが" not in part


def test_the_same_answer_has_the_same_links_each_time(cast, ticket):
    entry = tickets.reply(ticket, "本日返金いたしました。", by=cast.sato)
    assert build(entry.outbound) == build(entry.outbound)


def test_what_is_no_answer_to_the_customer_asks_nothing(cast, ticket, post):
    deliver_by(post, cast.support_box)
    outside = Address("", "shop@example.net")
    for entry in (
        tickets.forward(ticket, to=[outside], by=cast.sato),
        tickets.reply(ticket, "社外へ", to=[outside], by=cast.sato),
        tickets.reply(ticket, "受け付けました。", by=Actor.desk()),
    ):
        text, html = sent(post, entry)
        assert "/help/rate/" not in text + html and "いかが" not in text + html


def test_a_department_that_does_not_ask(cast, ticket, post):
    deliver_by(post, cast.support_box)
    Department.objects.filter(pk=cast.support.pk).update(asks_for_ratings=False)
    text, html = sent(post, tickets.reply(Ticket.objects.get(), "本日返金いたしました。", by=cast.sato))
    assert "/help/rate/" not in text + html


def test_also_from_a_desk_that_has_no_address_of_its_own_yet(cast, ticket, post, settings):
    settings.URL = "http://127.0.0.1:8000"
    deliver_by(post, cast.support_box)
    text, html = sent(post, tickets.reply(ticket, "二", by=cast.sato))
    assert "http://127.0.0.1:8000/help/rate/" in text and "http://127.0.0.1:8000/help/rate/" in html


def _plain(raw: bytes) -> bytes:
    return message_from_bytes(raw, policy=default).get_body(("plain",)).get_content().encode()  # type: ignore[union-attr]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_what_comes_back_does_not_hold_it(cast, ticket, post, language):
    """Quoted whole above and below the customer's words, as text and as HTML."""
    deliver_by(post, cast.support_box)
    Contact.objects.filter(pk=cast.yamada.pk).update(language=language)
    entry = tickets.reply(Ticket.objects.get(), "本日返金いたしました。", by=cast.sato)
    text, html = sent(post, entry)
    quoted = "\n".join(f"> {line}" for line in text.splitlines())
    reply = {"sender": "山田 花子 <hanako@midori.example>", "answers": entry.message_id}
    bodies = (f"届きました。\n\n{quoted}", f"{quoted}\n\n届きました。", f"届きました。\n\n{text}")
    for n, body in enumerate(bodies):
        got = take_in(mail(text=body, **reply))
        stored = Entry.objects.filter(direction="in").last()
        assert got.ticket == ticket and "届きました。" in stored.text
        for said in (stored.text, stored.quoted, stored.html):
            assert "/help/rate/" not in said and not any(question in said for question in QUESTIONS), (n, said)
        assert "本日返金" in stored.text + stored.quoted
    take_in(mail(text="届きました。", html=f"<p>届きました。</p><blockquote>{html}</blockquote>", **reply))
    stored = Entry.objects.filter(direction="in").last()
    for said in (stored.text, stored.quoted, stored.html):
        assert "/help/rate/" not in said and not any(question in said for question in QUESTIONS), said
    assert "本日返金" in stored.html


def test_the_links_stand_in_no_log(cast, ticket, capsys):
    entry = tickets.reply(ticket, "一", by=cast.sato)
    path = LINK.search(_plain(build(entry.outbound)).decode())[1]  # type: ignore[index]
    token = path.split("/")[3]
    stream = StringIO()
    handler = next(h for h in logging.root.handlers if type(h) is logging.StreamHandler)
    old, handler.stream = handler.stream, stream
    try:
        Client().post(path, {"rating": "x"})
        Client().get("/help/sign-in/geheim123")
        logging.getLogger("django.request").error("Internal Server Error: %s", path)
    finally:
        handler.stream = old
    assert stream.getvalue().count("/help/rate/…") == 2 and "/help/sign-in/…" in stream.getvalue()
    assert token not in stream.getvalue() and "geheim123" not in stream.getvalue()
