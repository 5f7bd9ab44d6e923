"""GET /associatedTickets: what is shared out of departments and into them (API B2)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from madoguchi import tickets
from madoguchi.models import Membership, Permission, Share, Ticket
from madoguchi.tickets import Wish, sharing
from tests.cast import open_one
from tests.doors.api import shapes
from tests.doors.api.conftest import told


@pytest.fixture
def suzuki(caller, cast):
    return caller(cast.suzuki)


@pytest.fixture
def some(cast):
    """a: support → billing · b: support → billing and delivery · c: delivery → billing · d: support, not shared."""
    a, b, d = (open_one(cast, name) for name in "abd")
    c = open_one(cast, "c", department=cast.delivery, mailbox=None)
    tickets.share(a, [Wish(cast.billing)], by=cast.sato)
    tickets.share(b, [Wish(cast.billing, Permission.READ), Wish(cast.delivery)], by=cast.sato)
    tickets.share(c, [Wish(cast.billing)], by=cast.ito)
    return {"a": a, "b": b, "c": c, "d": d}


def subjects(answer):
    return "".join(row["subject"] for row in answer.json()["data"]) if answer.status_code == 200 else answer.status_code


def test_shared_out_is_told_by_the_owning_department_the_last_changed_first(sato, admin, cast, some):
    support, billing, delivery = cast.support.pk, cast.billing.pk, cast.delivery.pk
    for query, found in (
        ({}, "ba"),
        ({"departmentId": support}, "ba"),
        ({"departmentId": support, "sharedDepartmentId": delivery}, "b"),
        ({"sharedDepartmentId": billing}, "ba"),
        ({"departmentId": billing}, 404),
        ({"departmentId": support, "sharedDepartmentId": 10**9}, 404),
    ):
        assert subjects(sato.get("/associatedTickets", isShared="true", **query)) == found, query
    assert subjects(admin.get("/associatedTickets", isShared="true")) == "cba"
    assert subjects(admin.get("/associatedTickets", isShared="true", departmentId=delivery)) == "c"


def test_shared_in_is_told_by_the_receiving_department(sato, suzuki, admin, cast, some):
    support, billing, delivery = cast.support.pk, cast.billing.pk, cast.delivery.pk
    for query, found in (
        ({}, "cba"),
        ({"isShared": "false"}, "cba"),
        ({"sharedDepartmentId": billing}, "cba"),
        ({"sharedDepartmentId": billing, "departmentId": support}, "ba"),
        ({"departmentId": delivery}, "c"),
        ({"sharedDepartmentId": delivery}, 404),
        ({"departmentId": 10**9}, 404),
        ({"isShared": "true"}, 204),
    ):
        assert subjects(suzuki.get("/associatedTickets", **query)) == found, query
    assert sato.get("/associatedTickets").status_code == 204
    assert subjects(admin.get("/associatedTickets")) == "cba"
    tickets.edit(some["a"], {"priority": "High"}, by=cast.sato)
    assert subjects(suzuki.get("/associatedTickets")) == "acb"


def test_who_works_in_several_departments_sees_each_ticket_once(caller, cast, some):
    Membership.objects.create(agent=cast.suzuki.agent, department=cast.delivery)
    both = caller(cast.suzuki)
    assert subjects(both.get("/associatedTickets")) == "cba"
    assert subjects(both.get("/associatedTickets", sharedDepartmentId=cast.delivery.pk)) == "b"
    assert both.get("/ticketQueueView/count", viewId=10).json() == {"count": "3"}
    assert sorted(subjects(both.get("/tickets", viewId=10))) == ["a", "b", "c"]


def test_rows_are_those_of_every_list_and_nothing_is_204(suzuki, sato, cast, some):
    (row,) = suzuki.get("/associatedTickets", departmentId=cast.delivery.pk).json()["data"]
    assert set(row) == shapes.LIST_ROW
    answer = suzuki.get("/associatedTickets", include="contacts,products,assignee", limit=1, **{"from": 1})
    (row,) = answer.json()["data"]
    assert set(row) == shapes.LIST_ROW | {"contact", "product", "assignee"} and row["subject"] == "b"
    assert suzuki.get("/associatedTickets", **{"from": 3}).content == b""


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "Closed"}, "a"),
        ({"status": "${OPEN}"}, "bc"),
        ({"assignee": "Unassigned"}, "ac"),
        ({"assignee": "{sato}"}, "b"),
        ({"follower": "{suzuki}"}, "b"),
        ({"commenter": "{suzuki}"}, "c"),
        ({"commenter": "{suzuki}", "follower": "{suzuki}"}, "b"),
        ({"receivedInDays": 15}, "bc"),
        ({"receivedInDays": 30}, "abc"),
        ({"receivedInDays": -1}, "abc"),
        ({"status": "${OPEN}", "assignee": "Unassigned", "receivedInDays": 90}, "c"),
        ({"receivedInDays": 7}, 422),
        ({"limit": 101}, 422),
        ({"from": 5000}, 422),
        ({"include": "secrets"}, 422),
        ({"isShared": "maybe"}, 422),
        ({"sortBy": "createdTime"}, 422),
    ],
)
def test_it_is_narrowed_by_what_the_contract_names(suzuki, cast, some, query, found):
    tickets.close(some["a"], by=cast.sato)
    tickets.assign(some["b"], cast.sato.agent, by=cast.sato)
    tickets.follow(some["b"], [cast.suzuki.agent], by=cast.sato)
    tickets.comment(some["c"], "確認しました", by=cast.suzuki)
    tickets.comment(some["a"], "別の人", by=cast.sato)
    Ticket.objects.filter(subject="a").update(last_customer_message_at=timezone.now() - timedelta(days=20))
    names = {"{sato}": cast.sato.agent.pk, "{suzuki}": cast.suzuki.agent.pk}
    answer = suzuki.get("/associatedTickets", **{k: names.get(v, v) for k, v in query.items()})
    if found == 422:
        assert told(answer)[:2] == (422, "UNPROCESSABLE_ENTITY")
    else:
        assert "".join(sorted(subjects(answer))) == found


def test_what_is_over_unshared_spam_or_in_the_bin_is_gone_at_once(sato, suzuki, cast, some):
    tickets.unshare(some["c"], [cast.billing], by=cast.ito)
    assert subjects(suzuki.get("/associatedTickets")) == "ba"
    Share.objects.filter(ticket=some["b"]).update(expires_at=timezone.now() - timedelta(seconds=1))
    sharing.mend(some["b"].pk)
    assert subjects(suzuki.get("/associatedTickets")) == "a"
    assert subjects(sato.get("/associatedTickets", isShared="true")) == "a"
    tickets.mark_spam(some["a"], by=cast.sato)
    assert suzuki.get("/associatedTickets").status_code == 204
    assert sato.get("/associatedTickets", isShared="true").status_code == 204
    tickets.unmark_spam(some["a"], by=cast.sato)
    cast.billing.is_enabled = False
    cast.billing.save()
    assert suzuki.get("/associatedTickets").status_code == 204


def test_many_cost_as_many_statements_as_few(suzuki, sato, cast, some, django_assert_num_queries):
    def ask(n):
        with django_assert_num_queries(n):
            first = suzuki.get("/associatedTickets", limit=100, include="contacts")
        with django_assert_num_queries(n):
            sato.get("/associatedTickets", limit=100, include="contacts", isShared="true")
        return len(first.json()["data"])

    suzuki.get("/myinfo"), sato.get("/myinfo")
    assert ask(6) == 3
    for n in range(20):
        tickets.share(open_one(cast, str(n)), [Wish(cast.billing)], by=cast.sato)
    assert ask(6) == 23


def test_the_index_of_shares_gives_a_page_in_its_order(suzuki, cast, some):
    from madoguchi.doors.api import shared_tickets

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off")
    plan = shared_tickets.into([cast.billing.pk])[:25].explain()
    assert "share_by_department" in plan and "Sort" not in plan
    plan = shared_tickets.out_of(cast.support.pk)[:25].explain()
    assert "Sort" not in plan  # of so few tickets any index of their order may serve
