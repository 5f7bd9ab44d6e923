from datetime import timedelta

import pytest

from madoguchi import record, tickets
from madoguchi.doors.agent.tickets import index
from madoguchi.models import Agent
from tests.cast import open_one
from tests.doors.agent.conftest import text


def test_home_counts_what_its_figures_lead_to(cast, sato):
    first, second = open_one(cast, "自分のもの"), open_one(cast, "遅れたもの")
    tickets.assign(first, cast.sato.agent, by=cast.sato)
    tickets.edit(second, {"due_at": record.now() - timedelta(hours=1)}, by=cast.sato)
    tickets.reply(first, "返信します", by=cast.sato)
    page = text(sato.get("/"))
    for view in ("mine", "overdue", "unassigned", "answered"):
        assert f'href="/tickets/?view={view}">1<small>' in page, view
    assert "遅れたもの" in page and "1時間 超過" in page


def test_home_shows_nothing_of_other_departments(cast, sato, sign_in):
    open_one(cast, "秘密の件", department=cast.billing, mailbox=None)
    assert "秘密の件" not in text(sato.get("/")) and "秘密の件" not in text(sato.get("/tickets/?view=all"))
    assert "秘密の件" in text(sign_in(cast.suzuki).get("/"))


def test_the_list_shows_a_view_and_says_when_it_is_empty(cast, sato, ticket):
    assert ticket.subject in text(sato.get("/tickets/"))
    assert "保留の問い合わせはありません" in text(sato.get("/tickets/?view=on_hold"))
    assert ticket.subject in text(sato.get("/tickets/?view=nonsense&sort=nonsense&after=nonsense"))


def test_the_box_leads_straight_to_a_number_the_agent_may_see(cast, sato, sign_in, ticket):
    there = f"/tickets/{ticket.number}/"
    assert sato.get("/tickets/", {"q": f"#{ticket.number}"})["Location"] == there
    assert sign_in(cast.suzuki).get("/tickets/", {"q": f"#{ticket.number}"})["Location"].startswith("/search?q=")
    assert sato.get("/tickets/", {"q": "返金"})["Location"].startswith("/search?q=")


def test_subjects_are_words_not_markup(cast, sato):
    open_one(cast, "<script>alert(1)</script>")
    page = text(sato.get("/tickets/"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "<script>alert(1)" not in page


@pytest.mark.parametrize(
    "path", ["/tickets/", "/tickets/?sort=due", "/tickets/?view=all&priority=High,Low&status=1", "/"]
)
def test_more_rows_take_no_more_statements(cast, sato, statements, path):
    for i in range(3):
        open_one(cast, f"件 {i}", more={"due_at": record.now() + timedelta(hours=i)})
    sato.get(path)
    few = statements(sato, path)
    for i in range(27):
        open_one(cast, f"件 {i}", contact=cast.takahashi, more={"due_at": record.now()})
    assert statements(sato, path) == few
    assert few <= (8 if "/tickets" in path else 10), few


def test_the_list_pages_on_and_back(cast, sato, monkeypatch):
    monkeypatch.setattr(index, "PAGE", 2)
    for i in range(5):
        open_one(cast, f"頁 {i}")
    page = sato.get("/tickets/")
    assert "頁 4" in text(page) and "頁 2" not in text(page)
    older = text(page).split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    page = sato.get(older)
    assert "頁 2" in text(page) and "頁 4" not in text(page)
    newer = text(page).split('rel="prev"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert "頁 4" in text(sato.get(newer))


def test_figures_in_english_know_one_from_many(cast, sato):
    Agent.objects.filter(pk=cast.sato.agent.pk).update(language="en")
    open_one(cast, "One")
    page = text(sato.get("/"))
    assert "1<small>ticket</small>" in page and "0<small>tickets</small>" in page
