"""What the links under an answer open, and rating in the help center (SPEC I5, P1)."""

import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from madoguchi import people, record, tickets
from madoguchi.actor import Actor
from madoguchi.models import (
    Contact,
    Department,
    Entry,
    Event,
    HelpTry,
    OutboundMail,
    Rating,
    Ticket,
)
from madoguchi.organisation import current
from madoguchi.reactions.post.asking import link
from tests.cast import Cast, open_one
from tests.doors.portal.conftest import text

XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"
VALUES = ("good", "ok", "bad")


@pytest.fixture
def answer(cast: Cast, ticket: Ticket) -> Entry:
    return tickets.reply(ticket, "本日返金いたしました。", by=cast.sato)


@pytest.fixture
def visitor() -> Client:
    """Whoever was mailed the link: no cookies, checks for forgery on."""
    return Client(enforce_csrf_checks=True)


def path(entry: Entry, value: str = "") -> str:
    found = link(entry.pk, "good").partition("/help/")[2]
    found = "/help/" + found.rpartition("/")[0]
    return f"{found}/{value}" if value else found


def rated(entry: Entry) -> tuple[str, str] | None:
    return Rating.objects.filter(entry=entry).values_list("value", "comment").first()


def facts() -> tuple[object, ...]:
    """All that a vote would leave behind."""
    rows = list(Ticket.objects.values_list("pk", "version", "ratings"))
    return rows, Event.objects.count(), Rating.objects.count(), HelpTry.objects.count(), OutboundMail.objects.count()


def test_one_click_and_a_button(visitor, answer):
    for value in VALUES:
        page = visitor.get(path(answer, value))
        assert page.status_code == 200
        assert f'value="{value}" required checked' in text(page) and text(page).count(" checked") == 1
    sent = visitor.post(path(answer), {"rating": "good", "comment": "早い！\r\n助かった"})
    assert sent.status_code == 303 and sent["Location"].startswith(path(answer))
    assert rated(answer) == ("good", "早い！\n助かった")
    page = text(visitor.get(sent["Location"]))
    assert "ご評価ありがとうございました" in page and "早い！\n助かった" in page


def test_what_was_said_stays_on_the_page_and_can_be_changed(visitor, answer):
    visitor.post(path(answer), {"rating": "bad", "comment": "遅い"})
    for address in (path(answer), path(answer, "bad")):
        assert "ご評価ありがとうございました" in text(visitor.get(address))
    other = text(visitor.get(path(answer, "good")))
    assert "これまでの評価" in other and 'value="good" required checked' in other and ">\n遅い</textarea>" in other
    assert rated(answer) == ("bad", "遅い")
    visitor.post(path(answer, "good"), {"rating": "good", "comment": ""})
    assert rated(answer) == ("good", "")


SCANNERS = [
    {},
    {"User-Agent": "Mozilla/5.0 (compatible; SafeLinks)", "X-Purpose": "preview"},
    {"Purpose": "prefetch", "Sec-Purpose": "prefetch;prerender", "X-Moz": "prefetch"},
    {"HX-Request": "true", "HX-Boosted": "true"},
    {"X-HTTP-Method-Override": "POST", "X-HTTP-Method": "POST", "X-Method-Override": "POST"},
    {"Content-Type": "application/x-www-form-urlencoded", "Cookie": "madoguchi_help=x; django_language=en"},
]


@pytest.mark.parametrize("headers", SCANNERS)
def test_scanners_that_open_every_link_vote_for_nothing(answer, headers):
    before = facts()
    for order in itertools.permutations(VALUES):
        client = Client(headers=headers)
        for value in order:
            for address in (
                path(answer, value),
                path(answer, value) + "?rating=bad&comment=x&_method=POST&language=en",
            ):
                for verb in (client.get, client.head):
                    response = verb(address)
                    assert response.status_code == 200
                    assert not {"sessionid", "csrftoken", "madoguchi_help"} & response.cookies.keys()
    for verb in ("options", "put", "patch", "delete", "trace"):
        assert getattr(Client(headers=headers), verb)(path(answer, "bad")).status_code == 405
    assert facts() == before


def test_nobody_is_told_the_address_and_nothing_is_kept(visitor, answer):
    broken = path(answer)[:-1]
    for address in (path(answer, "bad"), path(answer), broken):
        page = visitor.get(address)
        assert page["Referrer-Policy"] == "no-referrer"
        assert "no-store" in page["Cache-Control"] and "noindex" in page["X-Robots-Tag"]
        assert 'name="robots" content="noindex' in text(page)
        assert "<script" not in text(page) and "http" not in text(page).replace("http-equiv", "")


def test_tokens_nobody_signed_are_answered_gently(visitor, answer):
    other = path(tickets.reply(answer.ticket, "続き", by=Actor.desk()))
    stranger = path(answer).rpartition("-")[0] + "-" + other.rpartition("-")[2]
    for address in (path(answer)[:-1], stranger, "/help/rate/x", "/help/rate/1-aaaaaaaaaaaaaaaa/bad", "/help/rate/%00"):
        for response in (visitor.get(address), visitor.post(address, {"rating": "bad"})):
            assert response.status_code == 404, address
    assert "リンクが正しくありません" in text(visitor.get(path(answer)[:-1]))
    assert not Rating.objects.exists()


def test_what_is_gone_or_too_old_is_answered_gently(cast, visitor, answer):
    with record.at(answer.created_at + timedelta(days=91)):
        for response in (visitor.get(path(answer, "bad")), visitor.post(path(answer), {"rating": "bad"})):
            assert response.status_code == 410 and "評価の受付は終了しました" in text(response)
    visitor.post(path(answer), {"rating": "ok", "comment": "まあ"})
    with record.at(record.now() + timedelta(days=31)):
        page = text(visitor.get(path(answer, "bad")))
        assert "ご評価ありがとうございました" in page and "まあ" in page and "<form" not in page
        late = visitor.post(path(answer), {"rating": "bad"})
        assert late.status_code == 422 and "30 日以内" in text(late) and "<form" not in text(late)
    tickets.trash(answer.ticket, by=cast.sato)
    for act in (lambda: None, lambda: tickets.purge(Ticket.objects.get(), by=cast.tanaka)):
        act()
        for response in (visitor.get(path(answer, "bad")), visitor.post(path(answer), {"rating": "bad"})):
            assert response.status_code == 410 and "この返信は評価できません" in text(response)
            assert "本日" not in text(response) and "返金" not in text(response)


def test_what_is_no_answer_has_no_page(cast, visitor, ticket):
    note = tickets.comment(ticket, "内緒", by=cast.sato)
    response = visitor.get(path(note, "good"))
    assert response.status_code == 410 and "内緒" not in text(response) and ticket.subject not in text(response)


def test_refusals_keep_what_was_typed(visitor, answer):
    page = visitor.post(path(answer), {"rating": "", "comment": "書いた言葉"})
    assert page.status_code == 422 and "いずれかを選択してください" in text(page) and "書いた言葉" in text(page)
    page = visitor.post(path(answer), {"rating": "bad", "comment": "長" * 2001})
    assert page.status_code == 422 and "長" * 2001 in text(page) and 'value="bad" required checked' in text(page)
    assert rated(answer) is None


def test_words_stay_words(cast, visitor, answer):
    visitor.post(path(answer), {"rating": "bad", "comment": XSS})
    agent = Client()
    agent.force_login(cast.sato.agent)
    pages = [visitor.get(path(answer)), visitor.get(path(answer, "ok")), agent.get(f"/tickets/{answer.ticket.number}/")]
    pages.append(agent.get(f"/tickets/{answer.ticket.number}/history"))
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in text(page) and "<img src=x" not in text(page)
        assert "&lt;script&gt;alert(1)" in text(page)


def test_languages(visitor, answer, cast):
    assert 'lang="ja"' in text(visitor.get(path(answer), headers={"Accept-Language": "en"}))  # that of the mail
    english = text(visitor.get(path(answer, "bad") + "?language=en"))
    assert 'lang="en"' in english and "How was our support?" in english and "Bad" in english
    sent = visitor.post(path(answer) + "?language=en", {"rating": "bad"})
    assert "language=en" in sent["Location"] and "Thank you for your rating" in text(visitor.get(sent["Location"]))
    Contact.objects.filter(pk=cast.yamada.pk).update(language="en")
    assert 'lang="en"' in text(visitor.get(path(answer)))
    assert 'lang="ja"' in text(visitor.get(path(answer) + "?language=ja"))
    assert 'lang="en"' in text(visitor.get(path(answer) + "?language=xx"))


def test_without_a_help_center_the_links_still_work(visitor, answer, cast):
    organisation = current.the_organisation()
    type(organisation).objects.update(has_help_center=False)
    current.forget()
    page = text(visitor.get(path(answer, "good")))
    assert "サポートはいかがでしたか？" in page and "/help/tickets/" not in page
    assert visitor.post(path(answer), {"rating": "good"}).status_code == 303
    assert visitor.get("/help/sign-in").status_code == 404


def test_too_many_tries(visitor, answer, monkeypatch):
    from madoguchi.doors.portal import rating

    monkeypatch.setattr(rating, "MOST_OF_ANSWER", 2)
    for value in ("good", "ok"):
        assert visitor.post(path(answer), {"rating": value}).status_code == 303
    page = visitor.post(path(answer), {"rating": "bad", "comment": "書いた"})
    assert page.status_code == 429 and "書いた" in text(page)
    assert rated(answer) == ("ok", "")
    assert visitor.get(path(answer)).status_code == 200


def test_merged_tickets_are_rated_by_their_old_links(cast, visitor, answer):
    main = open_one(cast, "本件")
    tickets.merge(main, [Ticket.objects.get(pk=answer.ticket_id)], by=cast.sato)
    page = text(visitor.get(path(answer, "good")))
    assert f"/help/tickets/{main.number}/" in page
    visitor.post(path(answer), {"rating": "good"})
    assert Ticket.objects.get(pk=main.pk).ratings[0][1] == "good"


def test_a_page_costs_few_statements(visitor, answer, statements):
    """Answer, ticket (two), rating; the organisation is kept for a second in a desk, but not in a test."""
    own = statements(visitor, path(answer, "good"))
    visitor.post(path(answer), {"rating": "good"})
    assert own == statements(visitor, path(answer)) <= 9


# In the help center


def of_ticket(entry: Entry) -> str:
    return f"/help/tickets/{entry.ticket.number}/"


def rating_of(entry: Entry) -> str:
    return f"{of_ticket(entry)}answers/{entry.pk}/rating"


def test_a_contact_rates_below_the_answer_and_changes_it(yamada, answer):
    assert "この返信を評価する" in text(yamada.get(of_ticket(answer)))
    sent = yamada.post(rating_of(answer), {"rating": "bad", "comment": "遅い"})
    assert (sent.status_code, sent["Location"]) == (303, f"{of_ticket(answer)}#answer-{answer.pk}")
    page = text(yamada.get(of_ticket(answer)))
    assert "遅い" in page and "評価を変更する" in page and "ご評価ありがとうございました。" in page
    yamada.post(rating_of(answer), {"rating": "good", "comment": ""})
    assert rated(answer) == ("good", "")
    assert list(Event.objects.filter(verb="ticket.rated").values_list("door", flat=True)) == ["help", "help"]


def test_a_refusal_opens_the_form_again_with_what_was_typed(yamada, answer, cast):
    second = tickets.reply(Ticket.objects.get(), "続きです。", by=cast.sato)
    page = yamada.post(rating_of(answer), {"rating": "nice", "comment": "言葉"})
    assert page.status_code == 422 and text(page).count('<details class="ask" open>') == 1 and "言葉" in text(page)
    page = yamada.post(rating_of(second), {"rating": "good", "comment": "長" * 2001})
    assert page.status_code == 422 and "2000" in text(page) and 'value="good" required checked' in text(page)
    assert not Rating.objects.exists()


def test_others_may_look_or_not_even_that(cast, visit: Callable[[Contact], Client], answer):
    tickets.rate_by_link(answer, "bad", "山田の意見")
    colleague = people.identify("jiro@midori.example", "緑 次郎", by=Actor.desk())
    Contact.objects.filter(pk=colleague.pk).update(sees_account=True)
    theirs = visit(Contact.objects.get(pk=colleague.pk))
    page = text(theirs.get(of_ticket(answer)))
    assert "山田の意見" in page and "評価を変更する" not in page
    assert theirs.post(rating_of(answer), {"rating": "good"}).status_code == 403
    assert visit(cast.takahashi).post(rating_of(answer), {"rating": "good"}).status_code == 404
    assert Client().post(rating_of(answer), {"rating": "good"}).status_code == 302
    assert rated(answer) == ("bad", "山田の意見")
    tickets.copy_in(answer.ticket, [colleague], by=cast.sato)
    assert theirs.post(rating_of(answer), {"rating": "good"}).status_code == 303


def test_only_answers_on_the_page_are_rated(cast, yamada, answer):
    note = tickets.comment(answer.ticket, "内緒", by=cast.sato)
    elsewhere = tickets.reply(open_one(cast, "別件", contact=cast.takahashi), "別の回答", by=cast.sato)
    for pk in (note.pk, elsewhere.pk, 10**15, 2**63):
        response = yamada.post(f"{of_ticket(answer)}answers/{pk}/rating", {"rating": "good"})
        assert response.status_code == 404, pk
    assert not Rating.objects.exists()


def test_where_ratings_are_not_asked_for(cast, yamada, answer):
    Department.objects.filter(pk=cast.support.pk).update(asks_for_ratings=False)
    assert "この返信を評価する" not in text(yamada.get(of_ticket(answer)))
    page = yamada.post(rating_of(answer), {"rating": "good"})
    assert page.status_code == 422 and "評価の受付は行っていません" in text(page)


def test_ratings_cost_the_page_no_statement(cast, yamada, ticket, statements):
    first = tickets.reply(ticket, "一", by=cast.sato)
    few = statements(yamada, of_ticket(first))
    for n in range(4):
        tickets.rate_by_link(tickets.reply(Ticket.objects.get(pk=ticket.pk), f"{n}", by=cast.sato), "good")
    assert statements(yamada, of_ticket(first)) == few
