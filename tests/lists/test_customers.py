"""The lists of contacts and accounts: what each view holds, in which order, and that its count is its rows (SPEC I1)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from madoguchi import people, record, tickets
from madoguchi.lists import customers, keyset
from madoguchi.lists.customers import ACCOUNT_VIEWS, CONTACT_VIEWS, Asker
from madoguchi.models import Account, Contact, CrmClass, Entry
from tests.cast import open_one


def asker(actor) -> Asker:
    return Asker(actor.agent.pk, actor.agent.own_department_ids)


def names(rows) -> set[str]:
    return {row["last_name"] if "last_name" in row else row["name"] for row in rows}


def contacts(actor, view: str = "", q: str = "", **values: str):
    return customers.contacts(asker(actor), CONTACT_VIEWS[view], q, values)


def accounts(actor, view: str = "", q: str = "", **values: str):
    return customers.accounts(asker(actor), ACCOUNT_VIEWS[view], q, values)


def test_views_hold_whom_they_name(cast, ticket):
    other = open_one(cast, "別の方", contact=cast.takahashi)
    assert names(contacts(cast.sato, "open")) == {"山田", "高橋"} and names(contacts(cast.sato, "mine")) == set()
    tickets.assign(other, cast.sato.agent, by=cast.sato)
    assert names(contacts(cast.sato, "mine")) == {"高橋"} and names(contacts(cast.tanaka, "mine")) == set()
    tickets.close(other, by=cast.sato)
    assert names(contacts(cast.sato, "open")) == {"山田"} and names(contacts(cast.sato, "mine")) == set()
    assert names(accounts(cast.sato, "open")) == {"株式会社みどり商事"} and names(accounts(cast.sato, "mine")) == set()
    tickets.assign(ticket, cast.sato.agent, by=cast.sato)
    assert names(accounts(cast.sato, "mine")) == {"株式会社みどり商事"}
    tickets.trash(ticket, by=cast.sato)
    assert names(contacts(cast.sato, "open")) == names(accounts(cast.sato, "open")) == set()


def test_open_tickets_of_other_departments_are_not_seen_in_views(cast):
    open_one(cast, "経理の件", department=cast.billing, mailbox=None)
    assert names(contacts(cast.sato, "open")) == names(accounts(cast.sato, "open")) == set()
    assert names(contacts(cast.suzuki, "open")) == {"山田"} == names(contacts(cast.admin, "open"))
    nobody = Asker(cast.sato.agent.pk, ())
    assert list(customers.contacts(nobody, CONTACT_VIEWS["open"])) == []
    assert customers.counts("contacts", nobody, has_crm=True)["open"] == 0


def test_recently_added_are_those_of_thirty_days(cast):
    Contact.objects.filter(pk=cast.yamada.pk).update(created_at=timezone.now() - timedelta(days=31))
    assert names(contacts(cast.sato, "recent")) == {"高橋"}


def test_classes_of_the_crm(cast):
    Contact.objects.filter(pk=cast.yamada.pk).update(crm_class=CrmClass.DEAL)
    held = {view: names(contacts(cast.sato, view)) for view, of in CONTACT_VIEWS.items() if of.crm}
    assert held == {"mapped": {"山田"}, "customers": set(), "deals": {"山田"}, "leads": set(), "unmapped": {"高橋"}}


@pytest.mark.parametrize("kind", ["contacts", "accounts"])
def test_each_count_is_the_number_of_rows(cast, ticket, kind):
    open_one(cast, "経理の件", contact=cast.takahashi, department=cast.billing, mailbox=None)
    people.create_account({"name": "ひばり物流"}, domains=[], by=cast.sato)
    tickets.assign(ticket, cast.sato.agent, by=cast.sato)
    for actor in (cast.sato, cast.suzuki, cast.admin):
        counted = customers.counts(kind, asker(actor), has_crm=True)
        listed = contacts if kind == "contacts" else accounts
        assert counted == {view: len(listed(actor, view)) for view in customers.views(kind, has_crm=True)}
    assert "mapped" not in customers.views(kind, has_crm=False)


def test_counts_stop_beyond_the_cap(cast, monkeypatch):
    monkeypatch.setattr(customers, "CAP", 1)
    customers._counting.cache_clear()
    people.identify("third@x.example", "三人目", by=cast.sato)
    assert customers.counts("contacts", asker(cast.sato), has_crm=False)[""] == 2
    assert customers.count(contacts(cast.sato)) == 2
    customers._counting.cache_clear()


def test_those_in_the_bin_are_in_no_view(cast):
    people.trash_contact(cast.takahashi, by=cast.sato)
    assert names(contacts(cast.sato)) == {"山田"} and names(contacts(cast.sato, "unmapped")) == {"山田"}
    assert customers.counts("contacts", asker(cast.sato), has_crm=True)[""] == 1


def test_the_last_ticket_comes_first_and_those_without_last_in_both_directions(cast):
    for i in range(7):
        contact = people.identify(f"c{i}@x.example", f"客{i}", by=cast.sato)
        if i % 2:
            with record.at(record.now() - timedelta(days=i)):
                open_one(cast, f"件 {i}", contact=contact)
    rows = contacts(cast.sato)
    wanted = ["客1", "客3", "客5", "客6", "客4", "客2", "客0", "高橋", "山田"]
    for order, expected in (
        ("last", wanted),
        ("added", ["客6", "客5", "客4", "客3", "客2", "客1", "客0", "高橋", "山田"]),
    ):
        found, cursor, back = [], "", []
        while True:
            page = keyset.page(rows, customers.ORDERS[order], cursor, size=2)
            found += [row["last_name"] for row in page.rows]
            back.append(page)
            if not page.older:
                break
            cursor = page.older
        assert found == expected, order
        for earlier, later in zip(reversed(back[:-1]), reversed(back[1:]), strict=True):
            again = keyset.page(rows, customers.ORDERS[order], later.newer, size=2)
            assert [row["id"] for row in again.rows] == [row["id"] for row in earlier.rows]


def test_names_sort_by_family_name_then_given_name(cast):
    for last, first in (("Smith", "Zoe"), ("Smith", "Adam"), ("Baker", "")):
        people.create_contact({"last_name": last, "first_name": first}, emails=[], phone_numbers=[], by=cast.sato)
    page = keyset.page(contacts(cast.sato), customers.ORDERS["name"], size=3)
    assert [(row["last_name"], row["first_name"]) for row in page.rows] == [
        ("Baker", ""), ("Smith", "Adam"), ("Smith", "Zoe")
    ]  # fmt: skip


def test_filters_narrow(cast, ticket):
    Contact.objects.filter(pk=cast.yamada.pk).update(language="en", owner=cast.sato.agent)
    for values, expected in (
        ({"account": "みどり"}, {"山田"}),
        ({"account": "ﾐﾄﾞﾘではない"}, set()),
        ({"language": "en"}, {"山田"}),
        ({"class": str(CrmClass.NEW.value)}, {"山田", "高橋"}),
        ({"owner": "me"}, {"山田"}),
        ({"owner": str(cast.sato.agent.pk), "language": "ja"}, set()),
        ({"owner": "none"}, {"高橋"}),
        ({"tickets": "without"}, {"高橋"}),
        ({"tickets": "with"}, {"山田"}),
    ):
        assert names(contacts(cast.sato, **values)) == expected, values
    assert names(contacts(cast.sato, q="花子", tickets="without")) == set()
    assert names(accounts(cast.sato, tickets="without")) == set()


def test_bad_ratings_are_those_of_own_departments_on_live_tickets(cast, ticket):
    tickets.reply(ticket, "お答えします", by=cast.sato)
    answer = Entry.objects.get(ticket=ticket, direction="out")
    tickets.rating.rate_by_link(answer, "good")
    assert names(contacts(cast.sato, rated="bad")) == set()
    tickets.rating.rate_by_link(answer, "bad")
    assert names(contacts(cast.sato, rated="bad")) == {"山田"}
    assert names(accounts(cast.sato, rated="bad")) == {"株式会社みどり商事"}
    assert names(contacts(cast.suzuki, rated="bad")) == names(accounts(cast.suzuki, rated="bad")) == set()
    tickets.trash(ticket, by=cast.sato)
    assert names(contacts(cast.sato, rated="bad")) == set()


def test_contacts_of_accounts_are_counted_in_one_statement(cast, django_assert_num_queries):
    other = people.create_account({"name": "ひばり物流"}, domains=[], by=cast.sato)
    with django_assert_num_queries(1):
        assert customers.contacts_of([cast.midori.pk, other.pk]) == {cast.midori.pk: 1, other.pk: 0}
    assert Account.objects.count() == 2
