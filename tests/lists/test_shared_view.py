"""The shared view of a department, and that what stands in it stands nowhere else (SPEC S5, S7)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from madoguchi import record, tickets
from madoguchi.actor import Actor
from madoguchi.kit.criteria import Condition, all_of
from madoguchi.lists import columns, criteria, search, selecting, views, waiting
from madoguchi.lists.criteria import FIELDS
from madoguchi.lists.meanings import Reader
from madoguchi.models import Agent, Department, Permission, Share, Ticket
from madoguchi.models.organisation import State
from madoguchi.tickets import Wish
from tests.cast import Cast, open_one

FULL, READ, RESTRICTED = Permission.FULL, Permission.READ, Permission.RESTRICTED


def share(ticket: Ticket, department: Department, by: Actor, level: Permission = FULL, **more: object) -> Ticket:
    return tickets.share(ticket, [Wish(department, level, **more)], by=by)


def page(department: Department, key: str = "shared", **more):
    chosen = views.chosen(views.VIEWS[key], department.pk, Reader())
    order = more.pop("order", columns.ORDERS["updated"])
    return selecting.rows(chosen, order, more.pop("cursor", ""), size=more.pop("size", 50), also=selecting.SHARE)


def shown(department: Department, key: str = "shared") -> list[str]:
    """Read both ways: as the list does, and as a query."""
    rows = [row["subject"] for row in page(department, key).rows]
    of = views.of(views.VIEWS[key], department, Agent.objects.get(email="suzuki@demo.example"))
    assert set(of.values_list("subject", flat=True)) == set(rows)
    return rows


@pytest.fixture
def five(cast: Cast) -> dict[str, Ticket]:
    """Five tickets of the support department, shared with billing."""
    made = {name: open_one(cast, name) for name in ("一", "二", "三", "四", "五")}
    for ticket in made.values():
        share(ticket, cast.billing, cast.sato)
    return made


def test_it_holds_what_is_shared_with_the_department_the_last_changed_first(cast, five):
    open_one(cast, "共有していない")
    open_one(cast, "経理のもの", department=cast.billing, mailbox=None)
    assert shown(cast.billing) == ["五", "四", "三", "二", "一"]
    assert shown(cast.support) == shown(cast.delivery) == []
    tickets.comment(five["二"], "動きました", by=cast.sato)
    assert shown(cast.billing)[0] == "二"
    tickets.close(five["三"], by=cast.sato)
    assert len(shown(cast.billing)) == 5
    assert "三" not in shown(cast.billing, "shared_open") and len(shown(cast.billing, "shared_open")) == 4


def test_it_holds_no_ticket_whose_share_ended_or_has_no_effect(cast, five):
    tickets.unshare(five["一"], [cast.billing], by=cast.sato)
    tickets.trash(five["二"], by=cast.sato)
    tickets.mark_spam(five["三"], by=cast.sato)
    tickets.move(five["四"], cast.billing, by=cast.admin)
    Share.objects.filter(ticket=five["五"]).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert shown(cast.billing) == []
    assert views.counts_of(cast.billing, cast.suzuki.agent)["shared"] == 0
    tickets.restore(five["二"], by=cast.admin)
    assert shown(cast.billing) == ["二"]


def test_each_row_says_how_its_ticket_is_shared_with_this_department(cast):
    until = timezone.now().replace(microsecond=0) + timedelta(days=2)
    ticket = open_one(cast, "一件")
    wishes = [Wish(cast.billing, READ, until, "決済状況の確認"), Wish(cast.delivery, FULL)]
    tickets.share(ticket, wishes, by=cast.sato)
    (row,) = page(cast.billing).rows
    assert (row["share_level"], row["share_reason"], row["share_expires_at"]) == (READ, "決済状況の確認", until)
    assert (row["department__name"], row["sharer__last_name"]) == ("サポート", "佐藤")
    (other,) = page(cast.delivery).rows
    assert (other["share_level"], other["share_reason"], other["share_expires_at"]) == (FULL, "", None)


@pytest.mark.parametrize("name", columns.ORDERS)
@pytest.mark.parametrize("descending", [True, False])
def test_every_order_is_paged_there_and_back(cast, five, name, descending):
    tickets.edit(five["二"], {"due_at": timezone.now() + timedelta(days=1)}, by=cast.sato)
    order = columns.ORDERS[name]
    order = type(order)(order.column, descending, order.nullable, order.kind)
    whole = [row["subject"] for row in page(cast.billing, order=order).rows]
    seen, cursor, back = [], "", ""
    while True:
        found = page(cast.billing, order=order, cursor=cursor, size=2)
        seen += [row["subject"] for row in found.rows]
        back = found.newer
        if not (cursor := found.older):
            break
    assert seen == whole and len(whole) == 5
    before = page(cast.billing, order=order, cursor=back, size=2)
    assert [row["subject"] for row in before.rows] == whole[2:4]


def test_a_page_of_many_is_one_statement_as_one_of_few(cast, five):
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            page(cast.billing)
        return len(found)

    few = asked()
    for n in range(30):
        share(open_one(cast, f"さらに {n}"), cast.billing, cast.sato)
    assert asked() == few == 1
    assert len(page(cast.billing).rows) == 35


def test_shared_tickets_stand_in_no_other_view_count_or_figure(cast, five):
    due = timezone.now() - timedelta(hours=1)
    tickets.edit(five["一"], {"due_at": due}, by=cast.sato)
    tickets.hold(five["二"], by=cast.sato)
    tickets.close(five["三"], by=cast.sato)
    tickets.reply(five["四"], "経理から返信します", by=cast.suzuki)
    for view in views.STANDARD:
        assert not views.of(view, cast.billing, cast.suzuki.agent).exists(), view.key
        chosen = views.chosen(view, cast.billing.pk, Reader.of(cast.suzuki.agent))
        assert selecting.rows(chosen, columns.ORDERS["updated"], size=50).rows == [], view.key
    counted = views.counts_of(cast.billing, cast.suzuki.agent, also=views.STANDARD)
    assert counted.pop("shared") == 5 and set(counted.values()) == {0}
    assert set(waiting.figures(cast.billing, cast.suzuki.agent).values()) == {0}
    assert set(map(len, waiting.lists(cast.billing, cast.suzuki.agent).values())) == {0}
    assert waiting.team(cast.billing, 8) == []
    every = views.View("tried", "", "filter", all_of(Condition("shared", "is", True)), "")
    assert not Ticket.objects.filter(views.q_of(every, cast.billing.pk, Reader())).exists()


def test_tickets_shared_with_others_are_a_criterion_that_goes_with_others(cast, five):
    open_one(cast, "共有していない")
    tickets.close(five["五"], by=cast.sato)

    def found(*conditions: Condition) -> set[str]:
        view = views.View("tried", "", "filter", all_of(*conditions), "")
        chosen = views.chosen(view, cast.support.pk, Reader())
        rows = selecting.rows(chosen, columns.ORDERS["updated"], size=50, also=["shared_to"]).rows
        assert all(row["shared_to"] == (["経理"] if row["subject"] in five else []) for row in rows)
        return {row["subject"] for row in rows}

    is_shared, is_open = Condition("shared", "is", True), Condition("state", "is", State.OPEN.value)
    assert found(is_shared) == set(five)
    assert found(is_shared, is_open) == set(five) - {"五"}
    assert found(Condition("shared", "is", False)) == {"共有していない"}
    tickets.unshare(five["一"], [cast.billing], by=cast.sato)
    assert found(is_shared) == set(five) - {"一"}


def test_rules_can_ask_whether_a_ticket_is_shared(cast, ticket):
    tree = criteria.parse(
        {"groups": [{"conditions": [{"field": "shared", "operator": "is", "value": "true"}]}]}, FIELDS
    )
    assert not criteria.matches(ticket, tree, FIELDS)
    share(ticket, cast.delivery, cast.sato)
    assert criteria.matches(ticket, tree, FIELDS)


def test_the_criterion_is_read_from_its_index(cast, ticket):
    """The planner must be able to: the condition says what the index of the shared-out ones does."""
    view = views.View("tried", "", "filter", all_of(Condition("shared", "is", True)), "")
    chosen = views.chosen(view, cast.support.pk, Reader())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            f"EXPLAIN SELECT 1 FROM madoguchi_ticket WHERE {chosen.where} ORDER BY modified_at DESC, id DESC",
            chosen.values,
        )
        assert "ticket_shared_out" in "\n".join(row[0] for row in cursor.fetchall())


# Search


def found(actor: Actor, q: str, **filters) -> list[int]:
    return [row["number"] for row in search.search(actor, q, search.Filters(**filters)).rows]


def test_search_finds_a_shared_ticket_as_long_as_it_is_shared(cast, ticket):
    assert found(cast.suzuki, "返金") == []
    share(ticket, cast.billing, cast.sato, READ)
    (row,) = search.search(cast.suzuki, "返金").rows
    assert (row["number"], row["is_shared"], row["department"]) == (ticket.number, True, "サポート")
    assert [row["is_shared"] for row in search.glimpse(cast.suzuki, "返金", 5)] == [True]
    assert [row["is_shared"] for row in search.search(cast.sato, "返金").rows] == [False]
    assert [row["is_shared"] for row in search.search(cast.admin, "返金").rows] == [False]
    assert found(cast.ito, "返金") == [] and search.glimpse(cast.ito, "返金", 5) == []
    Share.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert found(cast.suzuki, "返金") == [] and search.glimpse(cast.suzuki, "返金", 5) == []
    Share.objects.update(expires_at=None)
    for end in (tickets.mark_spam, tickets.unmark_spam, tickets.trash):
        end(ticket, by=cast.tanaka)
        expected = [ticket.number] if end is tickets.unmark_spam else []
        assert found(cast.suzuki, "返金") == expected
        assert found(cast.suzuki, "返金", spam=True) == []
    tickets.restore(ticket, by=cast.admin)
    assert found(cast.suzuki, "返金") == [ticket.number]
    tickets.unshare(ticket, [cast.billing], by=cast.sato)
    assert found(cast.suzuki, "返金") == [] and search.glimpse(cast.suzuki, "返金", 5) == []


def test_filters_keep_meaning_what_they_say(cast, ticket):
    share(ticket, cast.billing, cast.sato)
    own = open_one(cast, "経理の返金", department=cast.billing, mailbox=None)
    assert found(cast.suzuki, "返金") == [own.number, ticket.number]
    assert found(cast.suzuki, "返金", department_id=cast.billing.pk) == [own.number]
    assert found(cast.suzuki, "返金", department_id=cast.support.pk) == []
    assert found(cast.suzuki, "返金", contact_id=cast.yamada.pk) == [own.number, ticket.number]
    assert found(cast.suzuki, "返金", state="Closed") == []


@pytest.mark.parametrize("near", [500, 2, 1, 0])
@pytest.mark.parametrize(
    "newest, rare, farthest", [(2_000, 2_000, 100_000), (1, 2_000, 100_000), (1, 1, 100_000), (2_000, 1, 100_000), (1, 1, 3)]
)  # fmt: skip
def test_however_many_shares_are_walked_each_ticket_is_found_once(cast, monkeypatch, near, newest, rare, farthest):
    """Changed in another order than they were written in, own ones in between."""
    made = [open_one(cast, f"返金 {n}") for n in range(6)]
    for n in (3, 0, 5, 1, 4, 2):
        share(made[n], cast.billing, cast.sato)
        share(made[n], cast.delivery, cast.sato)
    own = [open_one(cast, f"経理の返金 {n}", department=cast.billing, mailbox=None) for n in range(3)]
    tickets.reply(made[0], "返金しました", by=cast.sato)
    for name, value in {"NEWEST": newest, "MOST_RARE": rare, "FARTHEST": farthest, "NEWEST_SHARES": near}.items():
        monkeypatch.setattr(search, name, value)
    both = cast.actor(cast.suzuki.agent)
    both.agent.memberships.create(department=cast.delivery)
    seen, cursor = [], ""
    for _page in range(30):
        shown = search.search(cast.actor(both.agent), "返金", cursor=cursor, size=2)
        seen += [row["number"] for row in shown.rows]
        if not (cursor := shown.older):
            break
    assert seen == [made[0].number, *(t.number for t in reversed(own)), *(t.number for t in reversed(made[1:]))]


def test_search_takes_as_many_statements_with_shares_as_without(cast):
    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            search.search(cast.suzuki, "返金", size=50)
        return len(asked)

    for n in range(4):
        open_one(cast, f"経理の返金 {n}", department=cast.billing, mailbox=None)
    before = statements()
    for n in range(20):
        share(open_one(cast, f"返金 {n}"), cast.billing, cast.sato)
    assert statements() == before


def test_a_share_made_in_the_past_stands_where_its_ticket_stands(cast):
    with record.at(timezone.now() - timedelta(days=2)):
        old = open_one(cast, "一昨日")
        share(old, cast.billing, cast.sato)
    share(open_one(cast, "今日"), cast.billing, cast.sato)
    assert shown(cast.billing) == ["今日", "一昨日"]
