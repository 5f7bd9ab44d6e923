"""Restricted access forwards to anyone but the requester (SPEC S2): however the address is written, in whichever field."""

import json
import re

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from madoguchi import people, tickets
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Refused
from madoguchi.kit import addresses
from madoguchi.kit.addresses import Address
from madoguchi.kit.arriving import mailbox, mailboxes
from madoguchi.models import Attachment, Entry, Event, OutboundMail, Permission, Ticket
from madoguchi.people.tokens import make_token
from madoguchi.tickets import Wish
from tests.cast import Cast, open_one

ELSE = Address("", "bank@payments.example")


@pytest.fixture
def shared(cast: Cast) -> Ticket:
    """山田's ticket, shared with billing under restricted access. 山田 has several addresses, and wrote from some more."""
    people.edit_contact(
        cast.yamada,
        {},
        emails=["hanako@midori.example", "Hanako.Yamada+shop@gmail.com", "花子@みどり.example", "y@みどり.example"],
        by=Actor.desk(),
    )
    ticket = open_one(cast, more={"email": "front@midori.example"})
    tickets.receive(
        ticket,
        {
            "text": "続き",
            "from_name": "山田",
            "from_address": "Home@Yamada.example",
            "reply_to": [{"name": "", "address": "assistant@midori.example"}],
        },
        contact=cast.yamada,
        channel="Email",
        by=Actor(contact=cast.yamada, door="mail"),
    )
    tickets.share(ticket, [Wish(cast.billing, Permission.RESTRICTED)], by=cast.sato)
    return again(ticket)


def again(ticket: Ticket) -> Ticket:
    return Ticket.objects.with_people().get(pk=ticket.pk)


SPELLINGS = [
    "hanako@midori.example",
    "HANAKO@MIDORI.EXAMPLE",
    "hanako+x@midori.example",
    "hanako+@midori.example",
    "hanako@midori.example.",
    "hanako@ｍｉｄｏｒｉ．example",
    "hanako@midori。example",
    "hanako%midori.example@demo.example",
    "midori.example!hanako@demo.example",
    "relay.example!midori.example!hanako@demo.example",
    "=?utf-8?b?aGFuYWtv?=@midori.example",
    "=?UTF-8?Q?hanako?=@midori.example",
    "front@midori.example",
    "home@yamada.example",
    "assistant@midori.example",
    "hanako.yamada@gmail.com",
    "h.a.n.a.k.o.yamada@googlemail.com",
    "hanakoyamada+anything@gmail.com",
    "y@みどり.example",
    "y@xn--u9j793g9h.example".replace("xn--u9j793g9h", "みどり".encode("idna").decode()),
    "Y@" + "みどり".encode("idna").decode().upper() + ".example",
]


def nothing_happened(ticket: Ticket) -> None:
    assert not OutboundMail.objects.exists()
    assert not Entry.objects.filter(ticket=ticket, is_forward=True).exists()
    assert not Event.objects.filter(ticket=ticket, verb="ticket.forwarded").exists()


@pytest.mark.parametrize("field", ["to", "cc", "bcc"])
def test_no_spelling_of_an_address_of_the_requester_is_forwarded_to(cast: Cast, shared: Ticket, field: str) -> None:
    for written in SPELLINGS:
        people_ = {"to": [ELSE], field: [ELSE, Address("経理の方", written)]}
        with pytest.raises(Refused) as refusal:
            tickets.forward(again(shared), "転送", by=cast.suzuki, **people_)  # type: ignore[arg-type]
        assert (refusal.value.code, refusal.value.field) == ("FORWARD_TO_REQUESTER", field), written
        nothing_happened(shared)


TYPED = [
    "ｈａｎａｋｏ＠ｍｉｄｏｒｉ．ｅｘａｍｐｌｅ",
    "ハナコ <hanako@midori.example>",
    "x ＜hanako@midori.example＞",
    '"bank@payments.example" <hanako@midori.example>',
    '"a <b@c.example>" <mailto:hanako@midori.example>',
    "mailto:hanako@midori.example",
    "bank@payments.example, hanako@midori.example",
    "bank@payments.example;hanako@midori.example",
    "bank@payments.example、hanako@midori.example",
    "bank@payments.example\r\nhanako@midori.example",
    "bank@payments.example\nBcc: <hanako@midori.example>",
    "ha\u200bna\u2060ko@mid\u00adori.example",
    "=?utf-8?b?aGFuYWtv?= <hanako@midori.example>",
    "<bank@payments.example> <hanako@midori.example>",
    '"x, <hanako@midori.example>',
    "haN\u0041KO@midori.example",
    "han\x00ako@midori.example",
]
# What no mail server takes, or means somebody else: refused as no address, or for whom they are.
NO_ADDRESS = [
    "group: hanako@midori.example;",
    "group:hanako@midori.example;",
    '"hanako"@midori.example',
    '"ha\\nako"@midori.example',
    "hanako(comment)@midori.example",
    "hanako@(x)midori.example",
    "@relay.example:hanako@midori.example",
    "<@relay.example:hanako@midori.example>",
    "bank@payments.example hanako@midori.example",
    "hanako@midori.example <",
    "hanako@[192.0.2.1]",
    "=?utf-8?q?hanako=40midori.example?=",
    "hanako＠midori.example@payments.example",
]


@pytest.mark.parametrize("field", ["to", "cc", "bcc"])
def test_the_page_and_the_api_let_none_of_it_through(cast: Cast, shared: Ticket, field: str) -> None:
    page = Client()
    page.force_login(cast.suzuki.agent)
    _token, secret = make_token(cast.suzuki.agent, "t", by=cast.suzuki)
    for written in (*TYPED, *NO_ADDRESS):
        form = {"body": "転送", "to": "bank@payments.example", field: written}
        answer = page.post(f"/tickets/{shared.number}/forwards", form)
        assert answer.status_code == 422, written
        where = json.loads(_call(shared, secret, {"to": "bank@payments.example", field: written}))
        assert where["errorCode"] in ("INVALID_DATA", "UNPROCESSABLE_ENTITY"), (written, where)
        assert f"/{field}" in json.dumps(where), (written, where)
        nothing_happened(shared)


def _call(ticket: Ticket, secret: str, more: dict[str, str]) -> str:
    body = {
        "channel": "EMAIL",
        "isForward": True,
        "content": "転送",
        "fromEmailAddress": "billing@demo.example",
        **more,
    }
    answer = Client(headers={"Authorization": f"Bearer {secret}"}).post(
        f"/api/v1/tickets/{ticket.pk}/sendReply", json.dumps(body), "application/json"
    )
    assert answer.status_code == 422, (more, answer.content)
    return answer.content.decode()


def test_the_refusal_is_said_beside_its_field_and_what_was_typed_stays(cast: Cast, shared: Ticket) -> None:
    page = Client()
    page.force_login(cast.suzuki.agent)
    upload = tickets.upload("明細.txt", "text/plain", b"x", by=cast.suzuki)
    form = {
        "body": "ご確認ください",
        "to": "bank@payments.example",
        "cc": "hanako@midori.example",
        "upload": upload.key,
    }
    html = page.post(f"/tickets/{shared.number}/forwards", form).content.decode()
    assert "制限付きアクセスでは、依頼者のメールアドレスに転送できません：hanako@midori.example" in re.sub(
        r"\s+", " ", html
    )
    assert "ご確認ください" in html and upload.key in html
    assert Attachment.objects.get(pk=upload.pk).entry_id is None


OTHERS = [
    "bank@payments.example",
    "hanako@midori.example.com",
    "hanako@other.example",
    "nahako@midori.example",
    "xhanako@midori.example",
    "hanako.x@midori.example",
    "ha.nako@midori.example",
    "hanako-x@midori.example",
    "midori.example@hanako.example",
    "hanako@sub.midori.example",
    "makoto@kita.example",
]


def test_everybody_else_is_forwarded_to_a_colleague_in_copy_too(cast: Cast, shared: Ticket) -> None:
    tickets.set_secondary_contacts(shared, [cast.takahashi], by=cast.sato)
    for written in OTHERS:
        tickets.forward(again(shared), "転送", to=[Address("hanako@midori.example", written)], by=cast.suzuki)
    assert [mail.recipients for mail in OutboundMail.objects.order_by("id")] == [[written] for written in OTHERS]
    assert not Entry.objects.filter(is_forward=True, is_public=True).exists()


def test_full_access_may_forward_to_the_requester(cast: Cast, shared: Ticket) -> None:
    tickets.share(shared, [Wish(cast.billing)], by=cast.sato)
    tickets.forward(again(shared), "転送", to=[Address("", "hanako@midori.example")], by=cast.suzuki)
    assert OutboundMail.objects.get().recipients == ["hanako@midori.example"]


def test_what_restricted_access_cannot_send_it_cannot_send_again(cast: Cast, shared: Ticket) -> None:
    to_requester = tickets.forward(shared, "転送", to=[Address("", "hanako@midori.example")], by=cast.sato)
    to_bank = tickets.forward(shared, "転送", to=[ELSE], by=cast.sato)
    reply = tickets.reply(shared, "返信", by=cast.sato)
    OutboundMail.objects.update(state=OutboundMail.State.FAILED)
    with pytest.raises(Refused, match="hanako@midori") as refusal:
        tickets.retry(to_requester, by=cast.suzuki)
    assert refusal.value.code == "FORWARD_TO_REQUESTER"
    with pytest.raises(Denied):
        tickets.retry(reply, by=cast.suzuki)
    assert tickets.retry(to_bank, by=cast.suzuki).state == "QUEUED"
    assert OutboundMail.objects.filter(state="FAILED").count() == 2


def test_a_share_narrowed_between_form_and_sending_sends_nothing(cast: Cast, shared: Ticket) -> None:
    """The writer's request read the ticket under full access; under the lock it is restricted, or read only."""
    for level in (Permission.RESTRICTED, Permission.READ):
        tickets.share(shared, [Wish(cast.billing)], by=cast.sato)
        mine = again(shared)
        tickets.share(again(shared), [Wish(cast.billing, level)], by=cast.sato)
        with pytest.raises(Denied):
            tickets.forward(mine, "転送", to=[Address("", "hanako@midori.example")], by=cast.suzuki)
        nothing_happened(shared)


def test_the_requester_is_whom_the_ticket_has_when_it_is_sent(cast: Cast, shared: Ticket) -> None:
    mine = again(shared)
    tickets.edit(again(shared), {"contact": cast.takahashi, "email": ""}, by=cast.sato)
    with pytest.raises(Refused):
        tickets.forward(mine, "転送", to=[Address("", "makoto@kita.example")], by=cast.suzuki)


local = st.sampled_from(["hanako", "Hanako.Yamada", "h.a.nakoyamada"])
tag = st.text("abc+._-=0", max_size=4).map(lambda text: f"+{text}" if text else "")


def disguised(text: str) -> st.SearchStrategy[str]:
    """The same letters in any case, some of them full-width or with something invisible after them."""
    each = [
        st.tuples(
            st.sampled_from([c, c.upper(), c.lower()]), st.booleans(), st.sampled_from(["", "", "", "\u200b", "\u2060"])
        )
        for c in text
    ]
    return st.tuples(*each).map(
        lambda parts: "".join(
            (chr(ord(c) + 0xFEE0) if wide and "!" <= c <= "~" else c) + more for c, wide, more in parts
        )
    )


around = st.sampled_from(
    [
        "{}",
        "<{}>",
        "x <{}>",
        "名前 ＜{}＞",
        "mailto:{}",
        '"b@c.example" <{}>',
        "  {} ",
        "b@c.example,{}",
        "b@c.example\n{}",
    ]
)
spelled = st.one_of(
    st.tuples(disguised("hanako"), tag, disguised("@midori.example"), st.sampled_from(["", "."])),
    st.tuples(disguised("hanako.yamada"), tag, disguised("@gmail.com"), st.sampled_from(["", "."])),
).map("".join)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=spelled, frame=around)
@example(text="hanako@midori.example", frame="{}")
def test_any_spelling_is_known_for_what_it_is(text: str, frame: str) -> None:
    """As typed: read as a list of addresses, one of which arrives at the requester; or no list of addresses at all."""
    own = {mailbox("hanako@midori.example"), mailbox("Hanako.Yamada+shop@gmail.com")}
    try:
        typed = addresses.parse_list(frame.format(text))
    except ValueError:
        return
    sendable = [person for person in typed if addresses.is_sendable(person.address)]
    assert len(sendable) < len(typed) or any(mailboxes(person.address) & own for person in sendable), typed


@settings(max_examples=300, deadline=None)
@given(other=st.emails())
def test_no_other_address_is_taken_for_the_requester(other: str) -> None:
    own = {mailbox("hanako@midori.example"), mailbox("花子@みどり.example")}
    assert not mailboxes(other) & own


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=60) | st.emails())
def test_where_anything_arrives_can_be_asked(text: str) -> None:
    assert 1 <= len(mailboxes(text)) <= 21
    assert mailbox(mailbox(text)) == mailbox(text) or "+" in text
