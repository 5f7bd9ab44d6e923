"""A change in the built-in CRM moves the customer's class, with the engine run as the worker runs it (SPEC C7)."""

from madoguchi import crm, people
from madoguchi.crm import stages
from madoguchi.models import Contact, CrmClass, Lookup, Ticket
from madoguchi.organisation import crm as connecting
from madoguchi.reactions.crm.looking_up import LookingUp
from tests.cast import open_one


def class_of(contact: Contact) -> CrmClass:
    """After the worker took up every wish; the open tickets' copies are the same."""
    engine = LookingUp()
    engine.run_all()
    engine.close()
    assert Lookup.objects.count() == 0
    found = CrmClass(Contact.objects.get(pk=contact.pk).crm_class)
    copies = set(Ticket.objects.filter(contact=contact, state="Open").values_list("crm_class", flat=True))
    assert copies <= {found}
    return found


def test_a_customer_goes_through_all_classes(cast):
    connecting.connect_builtin(by=cast.admin)
    open_one(cast)
    assert class_of(cast.yamada) == CrmClass.NEW
    person = crm.create_person("lead", {"last_name": "山田", "email": "ＨＡＮＡＫＯ@midori.example"}, by=cast.sato)
    assert class_of(cast.yamada) == CrmClass.CONTACT
    crm.convert_lead(person, by=cast.sato)
    person.refresh_from_db()
    deal = crm.create_deal({"name": "契約", "person": person}, by=cast.sato)
    assert class_of(cast.yamada) == CrmClass.DEAL
    won = stages.first_of("won")
    crm.edit_deal(deal, {"stage": won}, by=cast.sato)
    assert class_of(cast.yamada) == CrmClass.CUSTOMER
    crm.edit_deal(deal, {"stage": stages.named("失注")}, by=cast.sato)
    assert class_of(cast.yamada) == CrmClass.CONTACT
    stages.add_stage({"name": "Signed", "name_ja": "調印", "category": "won"}, by=cast.admin)
    crm.edit_deal(deal, {"stage": stages.named("調印")}, by=cast.sato)
    assert class_of(cast.yamada) == CrmClass.CUSTOMER
    stages.edit_stage(stages.named("調印"), {"category": "open"}, by=cast.admin)
    assert class_of(cast.yamada) == CrmClass.DEAL
    crm.delete_deal(deal, by=cast.sato)
    assert class_of(cast.yamada) == CrmClass.CONTACT
    crm.delete_person(person, by=cast.sato)
    assert class_of(cast.yamada) == CrmClass.NEW


def test_a_number_matches_however_it_is_written(cast):
    connecting.connect_builtin(by=cast.admin)
    people.edit_contact(cast.takahashi, {}, phone_numbers=[("mobile", "090-1111-2222")], by=cast.sato)
    person = crm.create_person("contact", {"last_name": "高橋", "phone": "+81 (0)90 1111 2222"}, by=cast.sato)
    assert class_of(cast.takahashi) == CrmClass.CONTACT
    crm.edit_person(person, {"phone": "03-9999-0000"}, by=cast.sato)
    assert class_of(cast.takahashi) == CrmClass.NEW
