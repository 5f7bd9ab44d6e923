"""The built-in CRM decides the class of who writes (SPEC C1, C2, C6, C7)."""

from itertools import pairwise

import pytest

from madoguchi import crm, lookups, people, tickets
from madoguchi.models import Classification, Contact, CrmClass, CrmStage, Event, Lookup, Ticket
from madoguchi.organisation import crm as connecting
from tests.cast import open_one
from tests.reactions.crm.answering import look_up


@pytest.fixture
def desk(cast):
    connecting.connect_builtin(by=cast.admin)
    look_up()
    return cast


def person(desk, kind="contact", **values):
    return crm.create_person(kind, {"last_name": "山田", **values}, by=desk.sato)


def deal(desk, whose, stage):
    wanted = CrmStage.objects.get(name_ja=stage)
    return crm.create_deal({"name": "定期便", "person": whose, "stage": wanted, "amount": "1000"}, by=desk.sato)


def crm_class(contact) -> CrmClass:
    """The contact's class; the copies on its open tickets are the same."""
    look_up()
    assert not Lookup.objects.exists()
    found = Contact.objects.get(pk=contact.pk).crm_class
    live = Ticket.objects.filter(contact=contact, state="Open", trashed_at=None, is_spam=False)
    assert set(live.values_list("crm_class", flat=True)) <= {found}
    return CrmClass(found)


def changes(contact) -> list[tuple[str, str]]:
    events = Event.objects.filter(verb="contact.classified", contact=contact).order_by("pk")
    return [(event.before["crm_class"], event.after["crm_class"]) for event in events]


def test_a_customer_goes_through_all_four_columns(desk):
    ticket = open_one(desk)
    assert crm_class(desk.yamada) == CrmClass.NEW
    hanako = person(desk, "lead", email="HANAKO@midori.example")
    assert crm_class(desk.yamada) == CrmClass.CONTACT
    crm.convert_lead(hanako, by=desk.sato)
    assert crm_class(desk.yamada) == CrmClass.CONTACT
    offer = deal(desk, hanako, "提案中")
    assert crm_class(desk.yamada) == CrmClass.DEAL
    crm.edit_deal(offer, {"stage": CrmStage.objects.get(name_ja="受注")}, by=desk.sato)
    assert crm_class(desk.yamada) == CrmClass.CUSTOMER
    second = deal(desk, hanako, "見積提示")
    assert crm_class(desk.yamada) == CrmClass.DEAL
    crm.edit_deal(second, {"stage": CrmStage.objects.get(name_ja="失注")}, by=desk.sato)
    assert crm_class(desk.yamada) == CrmClass.CUSTOMER
    crm.delete_person(hanako, by=desk.sato)
    assert crm_class(desk.yamada) == CrmClass.NEW
    assert Ticket.objects.get(pk=ticket.pk).crm_class == CrmClass.NEW
    told = ["unmapped", "contacts_leads", "potentials", "customers", "potentials", "customers", "unmapped"]
    assert changes(desk.yamada) == list(pairwise(told))


def test_only_lost_deals_are_no_deals(desk):
    open_one(desk)
    deal(desk, person(desk, email="hanako@midori.example"), "失注")
    assert crm_class(desk.yamada) == CrmClass.CONTACT
    assert Classification.objects.get(contact=desk.yamada).deals == {}


def test_any_number_of_the_contact_finds_the_record(desk):
    open_one(desk)
    people.edit_contact(
        desk.yamada, {}, phone_numbers=[("phone", "03-9999-0000"), ("mobile", "+81 90 1234 5678")], by=desk.sato
    )
    look_up()
    person(desk, "contact", mobile="０９０－１２３４－５６７８")
    assert crm_class(desk.yamada) == CrmClass.CONTACT


def test_a_second_address_of_the_contact_finds_the_record(desk):
    open_one(desk)
    person(desk, email="y.hanako@private.example")
    assert crm_class(desk.yamada) == CrmClass.NEW
    people.edit_contact(desk.yamada, {}, emails=["hanako@midori.example", "Y.Hanako@private.example"], by=desk.sato)
    assert crm_class(desk.yamada) == CrmClass.CONTACT
    people.edit_contact(desk.yamada, {}, emails=["hanako@midori.example"], by=desk.sato)
    assert crm_class(desk.yamada) == CrmClass.NEW


def test_the_contact_by_address_decides_before_the_one_by_number_and_the_lead(desk):
    people.edit_contact(desk.yamada, {}, phone_numbers=[("phone", "03-1234-5678")], by=desk.sato)
    open_one(desk)
    by_number = person(desk, phone="03-1234-5678")
    deal(desk, by_number, "受注")
    assert crm_class(desk.yamada) == CrmClass.CUSTOMER
    lead = person(desk, "lead", email="hanako@midori.example")
    assert crm_class(desk.yamada) == CrmClass.CUSTOMER
    by_address = person(desk, email="hanako@midori.example")
    assert crm_class(desk.yamada) == CrmClass.CONTACT
    assert Classification.objects.get(contact=desk.yamada).record == str(by_address.pk)
    crm.delete_person(by_address, by=desk.sato)
    crm.delete_person(by_number, by=desk.sato)
    look_up()
    found = Classification.objects.get(contact=desk.yamada)
    assert (found.module, found.record) == ("leads", str(lead.pk))


def test_both_of_two_contacts_with_a_number_of_the_record_change(desk):
    for who in (desk.yamada, desk.takahashi):
        people.edit_contact(who, {}, phone_numbers=[("phone", "03-1234-5678")], by=desk.sato)
        open_one(desk, contact=who)
    look_up()
    deal(desk, person(desk, phone="0312345678"), "受注")
    assert crm_class(desk.yamada) == crm_class(desk.takahashi) == CrmClass.CUSTOMER


def test_a_record_that_changes_its_address_lets_the_old_contact_go_and_takes_the_new_one(desk):
    hanako = person(desk, email="hanako@midori.example")
    assert crm_class(desk.yamada) == CrmClass.CONTACT
    crm.edit_person(hanako, {"email": "makoto@kita.example"}, by=desk.sato)
    assert (crm_class(desk.yamada), crm_class(desk.takahashi)) == (CrmClass.NEW, CrmClass.CONTACT)


def test_a_stage_that_becomes_won_moves_all_who_have_a_deal_there(desk):
    deal(desk, person(desk, email="hanako@midori.example"), "見積提示")
    assert crm_class(desk.yamada) == CrmClass.DEAL
    crm.stages.edit_stage(CrmStage.objects.get(name_ja="見積提示"), {"category": "won"}, by=desk.admin)
    assert crm_class(desk.yamada) == CrmClass.CUSTOMER


def test_the_order_turned_round_moves_who_has_both(desk):
    open_one(desk)
    hanako = person(desk, email="hanako@midori.example")
    deal(desk, hanako, "受注")
    deal(desk, hanako, "提案中")
    assert crm_class(desk.yamada) == CrmClass.DEAL
    connecting.set_order(won_first=True, by=desk.admin)
    assert crm_class(desk.yamada) == CrmClass.CUSTOMER
    connecting.set_order(won_first=False, by=desk.admin)
    assert crm_class(desk.yamada) == CrmClass.DEAL


def test_connecting_looks_at_everybody_who_was_there_before(cast):
    open_one(cast)
    assert not lookups.is_on() and not Lookup.objects.exists()
    connecting.connect_builtin(by=cast.admin)
    person(cast, email="makoto@kita.example")
    assert crm_class(cast.takahashi) == CrmClass.CONTACT
    assert Classification.objects.get(contact=cast.yamada).checked_at is not None


def test_after_disconnecting_the_class_stays_and_nobody_is_looked_up(desk):
    person(desk, email="hanako@midori.example")
    assert crm_class(desk.yamada) == CrmClass.CONTACT
    connecting.disconnect(by=desk.admin)
    open_one(desk)
    assert not Lookup.objects.exists() and not lookups.is_on()
    look_up()
    assert Contact.objects.get(pk=desk.yamada.pk).crm_class == CrmClass.CONTACT


def test_five_hundred_contacts_are_looked_up_in_as_many_statements_as_five(desk, django_assert_max_num_queries):
    def add(first, n):
        for each in range(first, first + n):
            people.identify(f"c{each}@many.example", by=desk.sato)
        lookups.wish_all(Contact.objects.values_list("pk", flat=True))

    def counted() -> int:
        with django_assert_max_num_queries(200) as asked:
            look_up()
        return len(asked)

    add(0, 5)
    few = counted()
    add(5, 60)
    assert counted() == few
    assert Classification.objects.count() == Contact.objects.count()


def test_what_a_deal_is_worth_is_kept_beside_the_class(desk):
    hanako = person(desk, email="hanako@midori.example")
    deal(desk, hanako, "提案中")
    deal(desk, hanako, "受注")
    look_up()
    assert Classification.objects.get(contact=desk.yamada).deals == {
        "won": {"n": 1, "amount": "1000", "currency": "JPY"},
        "open": {"n": 1, "stage": "提案中", "amount": "1000", "currency": "JPY"},
    }


def test_a_ticket_given_to_another_contact_takes_their_class_at_once(desk):
    ticket = open_one(desk)
    person(desk, email="makoto@kita.example")
    assert crm_class(desk.takahashi) == CrmClass.CONTACT
    tickets.edit(ticket, {"contact": Contact.objects.get(pk=desk.takahashi.pk)}, by=desk.sato)
    assert Ticket.objects.get(pk=ticket.pk).crm_class == CrmClass.CONTACT


def test_a_class_that_was_read_too_early_is_put_right(desk):
    ticket = open_one(desk)
    person(desk, email="makoto@kita.example")
    look_up()
    assert desk.takahashi.crm_class == CrmClass.NEW  # as it was read before
    tickets.edit(ticket, {"contact": desk.takahashi}, by=desk.sato)
    assert crm_class(desk.takahashi) == CrmClass.CONTACT
    assert Ticket.objects.get(pk=ticket.pk).crm_class == CrmClass.CONTACT
