"""What customers see of their tickets, and what they do with them (SPEC P1, M9)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from madoguchi import people, tickets
from madoguchi.errors import Denied
from madoguchi.kit.addresses import Address
from madoguchi.kit.letters import parse
from madoguchi.models import Attachment, Contact, Entry, Event, OutboundMail, Ticket
from madoguchi.reactions.post.build import build
from madoguchi.tickets.timeline import PUBLIC, shown_public
from tests.cast import open_one
from tests.doors.portal.conftest import by_help, text
from tests.mails import mail, take_in


def page_of(ticket: Ticket) -> str:
    return f"/help/tickets/{ticket.number}/"


def test_the_list_shows_own_live_tickets_with_open_and_closed_apart(cast, yamada):
    opened, closed = open_one(cast, "開いた件"), open_one(cast, "終わった件")
    open_one(cast, "他人の件", contact=cast.takahashi)
    tickets.close(closed, by=cast.sato)
    tickets.trash(open_one(cast, "捨てた件"), by=cast.sato)
    tickets.mark_spam(open_one(cast, "迷惑な件"), by=cast.sato)
    found = {show: text(yamada.get(f"/help/?show={show}")) for show in ("", "open", "closed")}
    for show, words in (("", {"開いた件", "終わった件"}), ("open", {"開いた件"}), ("closed", {"終わった件"})):
        assert {w for w in ("開いた件", "終わった件", "他人の件", "捨てた件", "迷惑な件") if w in found[show]} == words
    assert "すべて 2" in found[""] and "未完了 1" in found[""]
    assert opened.subject in found["open"]


def test_many_tickets_cost_as_many_statements_as_few(cast, yamada, statements):
    for n in range(3):
        tickets.reply(open_one(cast, f"件 {n}"), "返信", by=cast.sato)
    ticket = Ticket.objects.earliest("id")
    paths = ["/help/", "/help/?q=返金", page_of(ticket)]
    few = [statements(yamada, path) for path in paths]
    for n in range(25):
        tickets.reply(open_one(cast, f"別件 {n}"), "返信", by=cast.sato)
    for n in range(20):
        tickets.reply(ticket, f"返信 {n}", by=cast.sato)
    many = [statements(yamada, path) for path in paths]
    assert all(m <= f for m, f in zip(many, few, strict=True))
    assert max(few) <= 13


def test_a_long_list_is_paged(cast, yamada):
    for n in range(23):
        open_one(cast, f"件 {n:02}")
    first = yamada.get("/help/")
    assert text(first).count("request__subject") == 20
    older = text(first).split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert text(yamada.get(older)).count("request__subject") == 3
    assert yamada.get("/help/?after=nonsense").status_code == 200


@pytest.mark.parametrize(
    ("q", "is_found"),
    [
        ("返金", True), ("12345", True), ("書類", True), ("公開の答え", True), ("#{n}", True), ("{n}", True), ("内緒", False),
        ("転送先", False), ("仕入先", False), ("sato@demo.example", False), ("社内タグ", False), ("解決の覚え", False),
        ("%", False), ("'; DROP TABLE x", False), ("", True),
    ],
)  # fmt: skip
def test_search_finds_what_the_customer_may_see_and_nothing_else(cast, yamada, q, is_found):
    ticket = open_one(cast)
    tickets.reply(ticket, "書類をお送りください。", by=cast.sato)
    tickets.comment(ticket, "公開の答え", public=True, by=cast.sato)
    tickets.comment(ticket, "内緒の話", by=cast.sato)
    tickets.forward(ticket, "転送先への話", to=[Address("", "maker@factory.example")], by=cast.sato)
    tickets.reply(ticket, "仕入先への問い", to=[Address("", "maker@factory.example")], by=cast.sato)
    tickets.tag(ticket, ["社内タグ"], by=cast.sato)
    tickets.edit(ticket, {"resolution": "解決の覚え"}, by=cast.sato)
    open_one(cast, "内緒", contact=cast.takahashi)
    assert ("request__subject" in text(yamada.get("/help/", {"q": q.replace("{n}", str(ticket.number))}))) == is_found


def test_the_page_shows_both_sides_and_public_comments_by_name(cast, yamada):
    ticket = open_one(cast)
    tickets.reply(ticket, "確認いたします。", by=cast.sato)
    tickets.comment(ticket, "お知らせです。", public=True, by=cast.sato)
    page = text(yamada.get(page_of(ticket)))
    for words in ("注文番号 12345", "確認いたします。", "お知らせです。", "佐藤 健", "山田 花子", "サポート"):
        assert words in page
    assert "sato@demo.example" not in page


def test_a_reply_reopens_the_ticket_as_a_mail_would(cast, yamada):
    ticket = open_one(cast)
    tickets.close(ticket, by=cast.sato)
    files = [SimpleUploadedFile("写真.png", b"\x89PNG", "image/png"), SimpleUploadedFile("a.txt", b"abc", "text/plain")]
    answer = yamada.post(page_of(ticket) + "replies", {"text": "まだ届きません。", "files": files, "once": "k1"})
    assert (answer.status_code, answer["Location"]) == (303, page_of(ticket) + "#newest")
    ticket.refresh_from_db()
    entry = Entry.objects.latest("id")
    assert (ticket.state, entry.text, entry.channel, entry.contact) == ("Open", "まだ届きません。", "Web", cast.yamada)
    assert entry.from_address == "hanako@midori.example"
    assert [(a.name, a.is_public) for a in entry.attachments.all()] == [("写真.png", True), ("a.txt", True)]
    event = Event.objects.get(verb="ticket.received")
    assert (event.by_contact, event.door) == (cast.yamada, "help")
    assert "メッセージを送信しました" in text(yamada.get(page_of(ticket)))
    assert "メッセージを送信しました" not in text(yamada.get(page_of(ticket)))


def test_a_form_sent_twice_writes_once(cast, yamada):
    ticket = open_one(cast)
    for _n in range(2):
        yamada.post(page_of(ticket) + "replies", {"text": "一度だけ", "once": "key"})
        yamada.post(
            "/help/new", {"subject": "一度だけ", "text": "本文", "department": cast.support.pk, "once": "other"}
        )
    assert Entry.objects.filter(text="一度だけ").count() == 1
    assert Ticket.objects.filter(subject="一度だけ").count() == 1


def test_a_refused_reply_keeps_what_was_written(cast, yamada, settings):
    ticket = open_one(cast)
    files = [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(11)]
    answer = yamada.post(page_of(ticket) + "replies", {"text": "長い文章", "files": files, "once": "k"})
    assert answer.status_code == 422 and "長い文章" in text(answer)
    assert yamada.post(page_of(ticket) + "replies", {"text": "  "}).status_code == 422
    assert Entry.objects.count() == 1 and Attachment.objects.count() == 0
    assert yamada.post(page_of(ticket) + "replies", {"text": "長い文章", "once": "k"}).status_code == 303


def test_a_customer_closes_their_own_ticket_and_history_says_so(cast, yamada):
    ticket = open_one(cast)
    assert yamada.post(page_of(ticket) + "closure").status_code == 303
    ticket.refresh_from_db()
    event = Event.objects.get(verb="ticket.closed")
    assert (ticket.state, event.by_contact, event.door, event.agent) == ("Closed", cast.yamada, "help", None)
    assert yamada.post(page_of(ticket) + "closure").status_code == 303
    assert Event.objects.filter(verb="ticket.closed").count() == 1


def test_a_customer_does_nothing_else_to_a_status(cast, ticket):
    for act in (tickets.hold, tickets.assign, tickets.tag, tickets.trash, tickets.comment):
        more = {tickets.assign: (None,), tickets.tag: (["x"],), tickets.comment: ("x",)}.get(act, ())
        with pytest.raises(Denied):
            act(ticket, *more, by=by_help(cast.yamada))


@pytest.mark.parametrize("method", ["get", "post"])
def test_anothers_ticket_is_not_there(cast, visit, method):
    ticket = open_one(cast)
    client = visit(cast.takahashi)
    for path in ("", "replies", "closure"):
        assert getattr(client, method)(page_of(ticket) + path, {"text": "x"}).status_code in (404, 405)
    assert Entry.objects.count() == 1


def colleague(cast, *, sees: bool) -> Contact:
    tamura = people.identify("tamura@midori.example", "田村 進", by=cast.sato)
    return people.edit_contact(tamura, {"sees_account": sees}, by=cast.sato)


def test_who_sees_the_account_reads_its_tickets_but_writes_on_own_ones_only(cast, visit):
    ticket = open_one(cast)
    assert visit(colleague(cast, sees=False)).get(page_of(ticket)).status_code == 404
    client = visit(colleague(cast, sees=True))
    page = text(client.get(page_of(ticket)))
    assert "注文番号 12345" in page and "<textarea" not in page
    assert client.post(page_of(ticket) + "replies", {"text": "x"}).status_code == 403
    assert client.post(page_of(ticket) + "closure").status_code == 403
    assert ticket.subject not in text(client.get("/help/"))
    assert ticket.subject in text(client.get("/help/?of=account"))
    assert ticket.subject in text(client.get("/help/?of=account&q=12345"))
    assert Entry.objects.count() == 1


def test_who_does_not_see_the_account_cannot_ask_for_it_in_the_address(cast, visit):
    open_one(cast)
    assert "request__subject" not in text(visit(colleague(cast, sees=False)).get("/help/?of=account"))


def test_another_account_takes_the_sight_of_the_old_one_and_gives_none_of_the_new(cast, visit):
    ticket = open_one(cast)
    tamura = colleague(cast, sees=True)
    other = people.create_account({"name": "別会社"}, by=cast.sato)
    tamura = people.edit_contact(tamura, {"account": other}, by=cast.sato)
    assert not tamura.sees_account
    assert visit(tamura).get(page_of(ticket)).status_code == 404


def test_files_are_given_to_who_sees_their_entry_only(cast, visit, yamada):
    got = take_in(
        mail(sender="山田 花子 <hanako@midori.example>", files=[("見積.html", "text/html", b"<script>1</script>")])
    )
    note = tickets.comment(
        got.ticket, "メモ", attachments=[tickets.upload("内部.txt", "text/plain", b"x", by=cast.sato)], by=cast.sato
    )
    loose = tickets.add_file(got.ticket, "チケット.txt", "text/plain", b"x", public=True, by=cast.sato)
    file, internal = got.entry.attachments.get(), note.attachments.get()
    answer = yamada.get(f"/help/files/{file.key}/x")
    assert answer.status_code == 200 and answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Type"] == "application/octet-stream" and "sandbox" in answer["Content-Security-Policy"]
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "private, no-store")
    for key in (internal.key, loose.key, "nonsense"):
        assert yamada.get(f"/help/files/{key}/x").status_code == 404
    assert visit(cast.takahashi).get(f"/help/files/{file.key}/x").status_code == 404
    assert Client().get(f"/help/files/{file.key}/x").status_code == 302
    tickets.trash(got.ticket, by=cast.sato)
    assert yamada.get(f"/help/files/{file.key}/x").status_code == 404


def test_who_was_only_forwarded_to_answers_for_the_agents(cast, ticket, yamada):
    """A forward's receiver takes part by mail: the mail lands on the ticket, the customer does not see it."""
    tickets.forward(ticket, "在庫は？", to=[Address("", "maker@factory.example")], by=cast.sato)
    sent = OutboundMail.objects.get()
    got = take_in(mail("Re: 在庫", "原価は 800 円です", sender="工場 <maker@factory.example>", answers=sent.message_id))
    assert got.ticket == ticket
    assert got.entry not in shown_public(ticket)
    assert "原価は 800 円です" not in text(yamada.get(page_of(ticket)))
    answer = tickets.reply(ticket, "在庫がございます。", by=cast.sato)
    assert "原価" not in parse(build(answer.outbound)).quoted + parse(build(answer.outbound)).text


def test_putting_the_supplier_in_copy_shows_nothing_of_what_they_answered_to_a_forward(cast, ticket, yamada):
    """Customers put in copy whom they like: neither before nor after does that open what was said among the others."""
    maker, factory = [Address("", "maker@factory.example")], "工場 <maker@factory.example>"
    tickets.forward(ticket, "在庫は？", to=maker, by=cast.sato)
    sent = OutboundMail.objects.get()
    take_in(mail("Re: 在庫", "原価は 800 円です", sender=factory, answers=sent.message_id))
    number = f"Re: [#{ticket.number}]"
    take_in(mail(number, "工場にも", sender="山田 花子 <hanako@midori.example>", Cc="maker@factory.example"))
    late = take_in(mail("Re: 在庫", "原価は 900 円に", sender=factory, answers=sent.message_id)).entry
    take_in(mail(number, "出荷しました", sender=factory))
    assert late.is_public is False
    seen = text(yamada.get(page_of(ticket)))
    assert "原価" not in seen and "出荷しました" in seen and "工場にも" in seen


def test_a_reply_past_the_customer_is_private(cast, ticket):
    past = tickets.reply(ticket, "仕入先へ", to=[Address("", "maker@factory.example")], by=cast.sato)
    copy = tickets.reply(
        ticket,
        "両方へ",
        to=[Address("", "maker@factory.example")],
        cc=[Address("", "Hanako@midori.example")],
        by=cast.sato,
    )
    assert (past.is_public, copy.is_public) == (False, True)


MARK = "漏洩印"


def test_nothing_internal_stands_on_any_page_of_any_contact(cast, visit):
    """Every internal thing carries the mark; the customer's own words do not."""
    ticket = open_one(cast)
    yamada = visit(cast.yamada)
    upload = tickets.upload(f"{MARK}.txt", "text/plain", b"x", by=cast.sato)
    tickets.comment(ticket, f"{MARK}メモ", attachments=[upload], by=cast.sato)
    deleted = tickets.comment(ticket, f"{MARK}消した", public=True, by=cast.sato)
    tickets.delete_comment(deleted, by=cast.sato)
    tickets.tag(ticket, [f"{MARK}札"], by=cast.sato)
    tickets.edit(
        ticket,
        {"resolution": f"{MARK}解決", "category": f"{MARK}分類", "classification": f"{MARK}種", "priority": "Urgent"},
        by=cast.sato,
    )
    Ticket.objects.filter(pk=ticket.pk).update(custom={"cf_x": f"{MARK}項目"})
    tickets.reply(ticket, "お答えします", bcc=[Address(f"{MARK}上司", "boss@bcc.example")], by=cast.sato)
    tickets.forward(ticket, f"{MARK}転送", to=[Address(f"{MARK}宛先", "maker@factory.example")], by=cast.sato)
    tickets.reply(ticket, f"{MARK}他社へ", to=[Address("", "maker@factory.example")], by=cast.sato)
    people.edit_contact(cast.yamada, {"description": f"{MARK}要注意", "title": f"{MARK}役"}, by=cast.sato)
    type(cast.sato.agent).objects.filter(pk=cast.sato.agent.pk).update(email="rouei@leak.example", phone=f"{MARK}電話")
    tickets.assign(ticket, cast.sato.agent, by=cast.sato)
    open_one(cast, f"{MARK}他人", contact=cast.takahashi)
    paths = ["/help/", "/help/?show=open", "/help/?q=お答え", page_of(ticket), "/help/new", "/help/profile"]
    paths += [f"/help/?q={MARK}", f"/help/?q={MARK}メモ", "/help/?q=boss@bcc.example"]
    pages = {path: text(yamada.get(path)) for path in paths}
    pages["refused"] = text(yamada.post(page_of(ticket) + "replies", {"text": ""}))
    for path, page in pages.items():
        page = page.replace(f'value="{MARK}', "").replace('value="boss@bcc.example"', "")
        for secret in (MARK, "rouei@leak.example", "boss@bcc.example", "maker@factory.example", "Urgent", "緊急"):
            assert secret not in page, (path, secret)
    for query in (MARK, f"{MARK}メモ", "boss@bcc.example"):
        assert "request__subject" not in pages.get(f"/help/?q={query}", "")


XSS = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def test_what_customers_and_agents_write_is_text_or_safe_html(cast, yamada):
    ticket = open_one(cast, XSS, message={"text": XSS, "from_name": XSS, "from_address": "hanako@midori.example"})
    tickets.reply(ticket, html=f"<p>太字 <b>b</b>{XSS}</p>", by=cast.sato)
    yamada.post(page_of(ticket) + "replies", {"text": XSS})
    for path in ("/help/", page_of(ticket), f"/help/?q={XSS}"):
        page = text(yamada.get(path))
        assert "<script>alert" not in page and "onerror=alert(1)>" not in page.replace("&gt;", ""), path
    assert "<b>b</b>" in text(yamada.get(page_of(ticket)))


def test_pictures_in_an_answer_come_through_the_help_center(cast, yamada):
    ticket = open_one(cast)
    picture = tickets.upload("a.png", "image/png", b"\x89PNG", by=cast.sato)
    html = f'<p>図</p><img src="/files/{picture.key}/a.png?inline=1">'
    tickets.reply(ticket, html=html, attachments=[picture], by=cast.sato)
    page = text(yamada.get(page_of(ticket)))
    assert f'src="/help/files/{picture.key}/a.png?inline=1"' in page and 'src="/files/' not in page
    assert yamada.get(f"/help/files/{picture.key}/a.png?inline=1")["Content-Type"] == "image/png"


def test_the_rule_of_what_is_public_leaves_out_forwards_and_notes(cast, ticket):
    tickets.comment(ticket, "内", by=cast.sato)
    tickets.forward(ticket, "外", to=[Address("", "maker@factory.example")], by=cast.sato)
    assert [e.text for e in Entry.objects.filter(PUBLIC)] == ["注文番号 12345 の返金について教えてください。"]


@pytest.mark.parametrize(("url", "is_there"), [("https://help.example", True), ("http://127.0.0.1:8000", False)])
def test_an_answer_by_mail_names_the_page_where_customers_can_reach_it(cast, ticket, settings, url, is_there):
    settings.URL = url
    entry = tickets.reply(ticket, "ご確認ください。", by=cast.sato)
    letter = parse(build(entry.outbound))
    assert (f"{url}/help/tickets/{ticket.number}/" in letter.text) == is_there
    past = tickets.reply(ticket, "仕入先へ", to=[Address("", "maker@factory.example")], by=cast.sato)
    assert "/help/" not in parse(build(past.outbound)).text
