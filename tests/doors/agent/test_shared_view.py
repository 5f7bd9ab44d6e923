"""The pages of those a ticket is shared with: the shared view, the queue, search, bulk actions (SPEC S3, S5)."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from madoguchi import tickets
from madoguchi.models import Contact, Permission, Ticket
from madoguchi.tickets import Wish
from tests.cast import open_one
from tests.doors.agent.conftest import text

FULL, RESTRICTED, READ = Permission.FULL, Permission.RESTRICTED, Permission.READ
AT = "/tickets/?view=shared"


@pytest.fixture
def suzuki(cast, sign_in):
    return sign_in(cast.suzuki)


@pytest.fixture
def shared(cast) -> dict[str, Ticket]:
    """One ticket of the support department for each level, shared with billing."""
    made = {}
    for level in Permission:
        made[level.name] = open_one(cast, f"件名 {level.name}")
        until = timezone.now() + timedelta(days=3) if level == READ else None
        tickets.share(made[level.name], [Wish(cast.billing, level, until, "決済状況の確認")], by=cast.sato)
    return made


def views_of(page: str) -> dict[str, str]:
    """The views column: name → count."""
    return dict(re.findall(r'<span(?: class="cut")?>([^<]+)</span><span class="views__count">([^<]*)</span>', page))


def test_the_view_says_how_each_ticket_is_shared(cast, suzuki, shared):
    page = text(suzuki.get(AT))
    assert "ほかの部門から <b>経理</b> に共有された問い合わせです" in page
    for words in (
        "共有元の部門",
        "共有の権限",
        "すべてのアクセス",
        "制限付きアクセス",
        "読み取り専用アクセス",
        "サポート",
        "決済状況の確認",
        "佐藤 健",
    ):
        assert words in page, words
    for ticket in shared.values():
        assert page.count(f'popovertarget="share-{ticket.pk}"') == 2  # the badge and the link
        assert page.count(f'id="share-{ticket.pk}"') == 1
        assert f'href="/tickets/{ticket.number}/?view=shared"' in page
    assert views_of(page)["共有された問い合わせ"] == "3"


def test_what_people_typed_is_text_in_the_pop_up(cast, suzuki, ticket):
    tickets.share(ticket, [Wish(cast.billing, reason="<script>x</script>")], by=cast.sato)
    page = text(suzuki.get(AT))
    assert "&lt;script&gt;x&lt;/script&gt;" in page and "<script>x" not in page


def test_shared_tickets_stand_on_no_other_page(cast, suzuki, shared):
    contact = Contact.objects.get(pk=cast.yamada.pk)
    others = ["open", "mine", "unassigned", "overdue", "on_hold", "closed", "all", "answered", "spam"]
    paths = ["/", f"/contacts/{contact.pk}/tickets", *(f"/tickets/?view={key}" for key in others)]
    for path in paths:
        page = text(suzuki.get(path))
        assert "件名 " not in page, path
    counts = views_of(text(suzuki.get("/tickets/")))
    assert counts.pop("共有された問い合わせ") == "3"
    assert set(counts.values()) <= {"0", ""}


def test_an_empty_view_says_what_will_stand_there(suzuki):
    page = text(suzuki.get(AT))
    assert "この部門に共有された問い合わせはありません" in page and "ほかの部門が問い合わせを共有すると" in page


def test_the_view_is_that_of_the_department_chosen(cast, sign_in, shared):
    cast.suzuki.agent.memberships.create(department=cast.delivery)
    client = sign_in(cast.suzuki)
    assert "件名 FULL" in text(client.get(AT))
    client.post(reverse("switch_department"), {"department": cast.delivery.pk})
    assert "件名 FULL" not in text(client.get(AT))


def test_filters_order_and_columns_of_the_view_are_its_own(cast, suzuki, shared):
    tickets.close(shared["READ"], by=cast.sato)
    assert "件名 READ" not in text(suzuki.get("/tickets/?view=shared_open"))
    page = text(suzuki.get(f"{AT}&from={cast.delivery.pk}"))
    assert "件名" in page and "件名 FULL" not in page and "共有元の部門: <b>配送</b>" in page
    assert "件名 FULL" in text(suzuki.get(f"{AT}&from={cast.support.pk}&priority="))
    assert 'name="assignee"' not in page and 'name="shared"' not in page
    for sort in ("updated", "due", "created", "number"):
        assert "件名 FULL" in text(suzuki.get(f"{AT}&sort={sort}&turned=1")), sort
    suzuki.post("/tickets/columns", {"of": "shared", "columns": ["level", "number", "shared_to"], "next": AT})
    page = text(suzuki.get(AT))
    assert "共有元の部門</th>" not in page and "共有の権限</th>" in page and "共有先の部門" not in page
    assert "担当者" in text(suzuki.get("/tickets/?view=all"))


def test_the_list_offers_and_the_verbs_allow_what_the_level_does(cast, suzuki, shared):
    page = text(suzuki.get(AT))
    offered = set(re.findall(r'name="do" value="([a-z_]+)', page))
    assert offered - {"usual"} == {"priority", "tag", "untag"}
    ids = [ticket.pk for ticket in shared.values()]
    for do in ("close", "spam", "trash:sure", f"assign:{cast.suzuki.agent.pk}", f"move:{cast.billing.pk}", "merge"):
        before = list(Ticket.objects.order_by("pk").values())
        answer = suzuki.post("/tickets/bulk", {"ids": ids, "do": do, "next": AT})
        assert answer.status_code in (403, 422), do
        assert list(Ticket.objects.order_by("pk").values()) == before, do
    answer = suzuki.post("/tickets/bulk", {"ids": ids, "do": "priority:Urgent", "next": AT})
    assert answer.status_code == 422 and text(answer).count("— ") == 2
    found = dict(Ticket.objects.values_list("subject", "priority"))
    assert [name for name, priority in found.items() if priority == "Urgent"] == ["件名 FULL"]
    suzuki.post("/tickets/bulk", {"ids": ids, "do": "tag", "tag": "経理確認", "next": AT})
    assert list(Ticket.objects.filter(ticket_tags__tag__name="経理確認")) == [shared["FULL"]]


def test_a_ticket_of_strangers_is_not_there_for_bulk_actions(cast, suzuki, shared):
    other = open_one(cast, "共有していない")
    answer = suzuki.post("/tickets/bulk", {"ids": [other.pk], "do": "priority:Urgent", "next": AT})
    assert "見つかりません" in text(answer) and "共有していない" not in text(answer)


def test_the_queue_beside_a_shared_ticket_is_the_shared_view(cast, suzuki, shared):
    open_one(cast, "サポートの秘密")
    open_one(cast, "経理のもの", department=cast.billing, mailbox=None)
    tickets.close(shared["READ"], by=cast.sato)
    number = shared["FULL"].number
    for path in (f"/tickets/{number}/", f"/tickets/{number}/?view=shared"):
        page = text(suzuki.get(path))
        queue = page[page.index('class="queue"') : page.index("<article")]
        assert "件名 READ" in queue and "件名 RESTRICTED" in queue
        assert "サポートの秘密" not in page and "経理のもの" not in queue
        assert f'/tickets/{number}/?view=shared_open"' in queue
    page = text(suzuki.get(f"/tickets/{number}/?view=shared_open"))
    assert "件名 READ" not in page and "件名 RESTRICTED" in page


def test_who_works_in_both_departments_stays_in_the_view_one_came_from(cast, sign_in, shared):
    open_one(cast, "サポートの件")
    boss = sign_in(cast.admin)
    boss.post(reverse("switch_department"), {"department": cast.billing.pk})
    number = shared["FULL"].number
    queue = text(boss.get(f"/tickets/{number}/?view=shared")).partition("<article")[0]
    assert "件名 READ" in queue and "サポートの件" not in queue
    assert "サポートの件" in text(boss.get(f"/tickets/{number}/")).partition("<article")[0]


def test_search_suggestions_and_numbers_lead_to_a_shared_ticket_with_its_badge(cast, suzuki, shared):
    ticket = shared["FULL"]
    page = text(suzuki.get("/search", {"q": "件名"}))
    assert page.count("badge--shared") == 3 and "サポート" in page
    offered = text(suzuki.get("/search/suggestions", {"q": "件名"}))
    assert offered.count("badge--shared") == 3 and "サポート" in offered
    assert "badge--shared" in text(suzuki.get("/search/suggestions", {"q": str(ticket.number)}))
    assert suzuki.get("/search", {"q": f"#{ticket.number}"})["Location"] == f"/tickets/{ticket.number}/"
    assert suzuki.get("/tickets/", {"q": f"#{ticket.number}"})["Location"] == f"/tickets/{ticket.number}/"
    tickets.unshare(ticket, [cast.billing], by=cast.sato)
    assert "件名 FULL" not in text(suzuki.get("/search", {"q": "件名"}))
    assert "件名 FULL" not in text(suzuki.get("/search/suggestions", {"q": str(ticket.number)}))
    assert suzuki.get("/search", {"q": f"#{ticket.number}"}).status_code == 200


def test_commands_for_a_shared_ticket_are_those_its_level_allows(suzuki, shared):
    labels = [c["label"] for c in suzuki.get("/commands", {"ticket": shared["READ"].number}).json()["commands"]]
    assert "コメント" in labels and "返信" not in labels and "完了にする" not in labels


def test_custom_views_ask_for_what_is_shared_with_others(cast, sato, shared):
    open_one(cast, "共有していない")
    page = text(sato.get("/tickets/?shared=true"))
    assert "件名 FULL" in page and "共有していない" not in page and "他のユーザーに共有済み: <b>true</b>" in page
    assert "件名 FULL" not in text(sato.get("/tickets/?shared=false"))
    form = text(sato.get("/tickets/views/new?view=open&shared=true"))
    assert 'value="shared" selected' in form and "この部門からほかの部門へ共有した問い合わせに一致します" in form
    conditions = {
        "name": "共有済みで未完了", "audience": "private", "sort": "modified_at", "turn": "down", "do": "save",
        "columns": ["status", "shared_to", "due"],
        "field-0": "shared", "operator-0": "is", "value-0": "true",
        "join-1": "all", "field-1": "state", "operator-1": "is", "value-1": "Open",
    }  # fmt: skip
    answer = sato.post("/tickets/views/new", conditions)
    assert answer.status_code == 303
    page = text(sato.get(answer["Location"]))
    assert "共有先の部門" in page and "経理" in page and "共有していない" not in page


def test_permission_costs_no_statement_on_lists_and_at_most_one_on_a_ticket(cast, sato, suzuki, shared, statements):
    own = open_one(cast, "自部門")
    ordinary, number = statements(sato, "/tickets/"), shared["FULL"].number
    assert statements(suzuki, AT) <= ordinary
    assert statements(suzuki, f"/tickets/{number}/") <= statements(sato, f"/tickets/{own.number}/") + 1
    searched = statements(suzuki, "/search?q=件名")
    for n in range(30):
        more = open_one(cast, f"件名 さらに {n}")
        tickets.share(more, [Wish(cast.billing), Wish(cast.delivery, READ)], by=cast.sato)
    assert statements(sato, "/tickets/") == ordinary
    assert statements(sato, "/tickets/?view=all&shared=true") <= ordinary + 1
    assert statements(suzuki, AT) <= ordinary
    assert statements(suzuki, "/search?q=件名") <= searched
