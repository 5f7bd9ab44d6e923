"""The class of a contact where agents meet it: beside the ticket, in lists, views and rules (SPEC C, API.md A4-13)."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from madoguchi import crm, tickets
from madoguchi.lists import criteria, selecting
from madoguchi.lists.keyset import Order
from madoguchi.lists.meanings import Reader
from madoguchi.lists.saving import create_view
from madoguchi.models import Classification, Contact, CrmClass, CrmStage, Ticket
from madoguchi.organisation import crm as connecting
from madoguchi.reactions.automation import conditions
from tests.cast import open_one
from tests.doors.agent.conftest import text
from tests.reactions.crm.answering import look_up


@pytest.fixture
def desk(cast):
    """山田 has an open deal; 高橋 is unknown to the CRM."""
    connecting.connect_builtin(by=cast.admin)
    hanako = crm.create_person("contact", {"last_name": "山田", "email": "hanako@midori.example"}, by=cast.sato)
    for stage in ("提案中", "受注"):
        at = CrmStage.objects.get(name_ja=stage)
        crm.create_deal({"name": "定期便", "person": hanako, "stage": at, "amount": "1200000"}, by=cast.sato)
    look_up()
    return cast


def side(client, ticket) -> str:
    page = text(client.get(f"/tickets/{ticket.number}/"))
    return page[page.index('id="side-contact"') : page.index('id="side-fields"')]


def test_the_ticket_says_class_crm_age_and_deals(desk, sato):
    shown = side(sato, open_one(desk))
    for words in ("商談", "内蔵CRM", "たった今", "未完了の商談 1 件", "¥1,200,000", "提案中", "受注した商談 1 件"):
        assert words in shown
    stranger = side(sato, open_one(desk, contact=desk.takahashi))
    assert "新規" in stranger and "の商談" not in stranger


def test_without_a_crm_the_ticket_says_nothing_of_classes(desk, sato):
    ticket = open_one(desk)
    connecting.disconnect(by=desk.admin)
    assert "crm-told" not in side(sato, ticket)


def test_a_class_that_could_not_be_looked_up_for_long_says_so(desk, sato):
    ticket = open_one(desk)
    look_up()
    assert "crm-told__old" not in side(sato, ticket)
    connecting.connect("zoho", settings={}, secrets={}, by=desk.admin)
    old = timezone.now() - timedelta(days=3)
    Classification.objects.filter(contact=desk.yamada).update(source="zoho", checked_at=old)
    assert "crm-told__old" in side(sato, ticket) and "Zoho CRM" in side(sato, ticket)


def test_the_class_costs_the_ticket_page_no_statement(cast, sato, statements):
    ticket = open_one(cast)
    before = statements(sato, f"/tickets/{ticket.number}/")
    connecting.connect_builtin(by=cast.admin)
    crm.create_person("lead", {"last_name": "山田", "email": "hanako@midori.example"}, by=cast.sato)
    look_up()
    assert "連絡先/見込み客" in side(sato, ticket)
    assert statements(sato, f"/tickets/{ticket.number}/") == before


def test_contacts_are_listed_by_whether_the_crm_knows_them(desk, sato, statements):
    assert "山田 花子" in text(sato.get("/contacts/?view=mapped")) and "高橋 誠" in text(
        sato.get("/contacts/?view=unmapped")
    )
    rows = lambda page: page[page.index("<tbody") :]
    assert "高橋 誠" not in rows(text(sato.get("/contacts/?view=mapped")))
    assert "山田 花子" not in rows(text(sato.get("/contacts/?view=unmapped")))
    both = rows(text(sato.get("/contacts/?view=nonsense")))
    assert "山田 花子" in both and "高橋 誠" in both
    found = text(sato.get("/contacts/?view=mapped&q=花子"))
    assert 'name="view" value="mapped"' in found and "CRM に登録あり" in found
    assert statements(sato, "/contacts/?view=mapped") == statements(sato, "/contacts/")
    connecting.disconnect(by=desk.admin)
    assert "照合済み" not in text(sato.get("/contacts/?view=mapped"))


@pytest.mark.parametrize(
    ("operator", "value", "found"),
    [
        ("is", "potentials", "ac"),
        ("is", "unmapped", "b"),
        ("is_not", "potentials", "b"),
        ("is_one_of", ["unmapped", "customers"], "b"),
        ("is_none_of", ["unmapped", "customers"], "ac"),
        ("is_empty", None, "b"),
        ("is_not_empty", None, "ac"),
        ("is", "customers", ""),
    ],
)
def test_the_class_is_a_criterion_of_open_and_closed_tickets(desk, operator, value, found):
    closed, other, open_now = open_one(desk), open_one(desk, contact=desk.takahashi), open_one(desk)
    tickets.close(closed, by=desk.sato)
    Ticket.objects.filter(pk=closed.pk).update(crm_class=CrmClass.CUSTOMER)  # a closed one may have an old copy
    look_up()
    names = {closed.pk: "a", other.pk: "b", open_now.pk: "c"}
    raw = {"groups": [{"match": "all", "conditions": [{"field": "crm_class", "operator": operator, "value": value}]}]}
    if value is None:
        del raw["groups"][0]["conditions"][0]["value"]
    tree = criteria.parse(raw, criteria.FIELDS)
    chosen = selecting.selection(criteria.compiled(tree, criteria.FIELDS, Reader()))
    rows = selecting.rows(chosen, Order("modified_at"), size=10).rows
    assert "".join(sorted(names[row["id"]] for row in rows)) == found
    assert [pk for pk in names if criteria.matches(Ticket.objects.get(pk=pk), tree, criteria.FIELDS)] == [
        pk for pk, name in names.items() if name in found
    ]


def test_rules_may_ask_for_the_class(desk):
    assert "crm_class" in conditions.fields_of(desk.support.pk)


def test_a_view_may_show_the_class_as_a_column(desk, sato):
    view = {"name": "商談中", "audience": "department", "columns": ["crm_class", "due"], "sort": "due_at", "criteria": {"match": "all", "groups": [
        {"match": "all", "conditions": [{"field": "crm_class", "operator": "is", "value": "potentials"}]}]}}  # fmt: skip
    made = create_view(desk.support, view, by=desk.tanaka)
    open_one(desk, "見積もりの件")
    look_up()
    page = text(sato.get(f"/tickets/?view=c{made.pk}"))
    rows = page[page.index("<tbody") :]
    assert "見積もりの件" in rows and "商談" in rows and "顧客分類" in page


def test_recount_finds_a_copy_that_differs_and_puts_it_right(desk, capsys):
    ticket = open_one(desk)
    look_up()
    call_command("recount", "--check")
    Ticket.objects.filter(pk=ticket.pk).update(crm_class=CrmClass.CUSTOMER)
    with pytest.raises(CommandError):
        call_command("recount", "--check")
    assert f"CRM class of ticket {ticket.pk}: 0 instead of 1" in capsys.readouterr().out
    call_command("recount")
    assert Ticket.objects.get(pk=ticket.pk).crm_class == Contact.objects.get(pk=desk.yamada.pk).crm_class
    call_command("recount", "--check")
