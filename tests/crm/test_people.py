"""Leads and contacts of the built-in CRM."""

import pytest

from madoguchi import crm, lookups
from madoguchi.errors import Denied, Hidden, Refused, Stale
from madoguchi.models import Agent, CrmConnection, CrmDeal, CrmPerson, Event, Lookup


def wished() -> set[int]:
    return set(Lookup.objects.values_list("contact_id", flat=True))


def last_event() -> Event:
    event = Event.objects.order_by("pk").last()
    assert event is not None
    return event


def test_a_contact_is_kept_as_written_and_found_by_folded_address_and_numbers(desk):
    values = {"last_name": " 山田 ", "first_name": "花子", "email": "Ｈanako@Ｍidori.example", "phone": "０３−１２３４−５６７８",
              "mobile": "+81 90-1111-2222", "account_name": "みどり商事", "title": "部長", "owner": desk.tanaka.agent}  # fmt: skip
    person = CrmPerson.objects.get(pk=crm.create_person("contact", values, by=desk.sato).pk)
    assert (person.kind, person.name, person.email) == ("contact", "山田 花子", "Hanako@Midori.example")
    assert (person.email_folded, person.phone_folded, person.mobile_folded) == (
        "hanako@midori.example",
        "81312345678",
        "819011112222",
    )
    event = last_event()
    assert (event.verb, event.agent, event.after["crm"]) == (
        "crm_contact.created",
        desk.sato.agent,
        f"person {person.pk}",
    )
    assert event.after["owner"] == {"id": str(desk.tanaka.agent.pk), "label": "田中 美咲"}
    assert wished() == {desk.yamada.pk}


def test_a_change_of_the_address_looks_up_whoever_had_and_whoever_has_it(desk, hanako):
    Lookup.objects.all().delete()
    crm.edit_person(hanako, {"email": "makoto@kita.example"}, by=desk.sato)
    assert wished() == {desk.yamada.pk, desk.takahashi.pk}
    assert (last_event().before, last_event().after["email"]) == (
        {"email": "Hanako@Midori.example"},
        "makoto@kita.example",
    )


def test_a_change_that_changes_nothing_is_not_written_down(desk, hanako):
    before = Event.objects.count()
    crm.edit_person(hanako, {"last_name": "山田", "email": "Hanako@Midori.example"}, by=desk.sato)
    assert Event.objects.count() == before


def test_a_name_alone_asks_nobody_to_be_looked_up(desk, hanako):
    Lookup.objects.all().delete()
    crm.edit_person(hanako, {"last_name": "山本"}, by=desk.sato)
    assert wished() == set()


def test_a_lead_that_is_converted_keeps_everything(desk, lead):
    Lookup.objects.all().delete()
    made = crm.convert_lead(lead, by=desk.sato)
    row = CrmPerson.objects.get(pk=lead.pk)
    assert made.pk == lead.pk and (row.kind, row.last_name, row.email) == ("contact", "高橋", "makoto@kita.example")
    assert last_event().verb == "lead.converted" and wished() == {desk.takahashi.pk}
    events = Event.objects.count()
    crm.convert_lead(lead, by=desk.sato)
    assert Event.objects.count() == events


def test_who_is_deleted_is_gone_with_the_deals_and_told(desk, hanako):
    crm.create_deal({"name": "更新", "person": hanako}, by=desk.sato)
    Lookup.objects.all().delete()
    crm.delete_person(hanako, by=desk.sato)
    assert CrmPerson.objects.count() == CrmDeal.objects.count() == 0
    event = last_event()
    assert (event.verb, event.before["last_name"], event.before["deals"]) == ("crm_contact.deleted", "山田", ["更新"])
    assert wished() == {desk.yamada.pk}
    with pytest.raises(Hidden):
        crm.edit_person(hanako, {"last_name": "x"}, by=desk.sato)


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"last_name": ""}, "last_name", "EMPTY"),
        ({"last_name": "\x00  \u3000"}, "last_name", "EMPTY"),
        ({"last_name": "あ" * 300}, "last_name", "TOO_LONG"),
        ({"first_name": "ن" * 121}, "first_name", "TOO_LONG"),
        ({"last_name": "x\ud800"}, "last_name", "NOT_TEXT"),
        ({"email": "山田"}, "email", "NOT_AN_ADDRESS"),
        ({"email": "a@b.example, c@d.example"}, "email", "NOT_AN_ADDRESS"),
        ({"email": "x" * 60 + "@" + "y" * 300 + ".example"}, "email", "TOO_LONG"),
        ({"phone": "なし"}, "phone", "NOT_A_NUMBER"),
        ({"mobile": "0" * 61}, "mobile", "TOO_LONG"),
        ({"description": "x" * 5001}, "description", "TOO_LONG"),
        ({"account_name": "社" * 201}, "account_name", "TOO_LONG"),
        ({"salary": "1"}, "salary", "UNKNOWN_FIELD"),
    ],
)
def test_what_is_wrong_is_told_by_field_and_nothing_is_kept(desk, values, field, code):
    before = Event.objects.count()
    with pytest.raises(crm.Unfit) as caught:
        crm.create_person("lead", {"last_name": "有", **values}, by=desk.sato)
    assert [(fault.field, fault.code) for fault in caught.value.each] == [(field, code)]
    assert CrmPerson.objects.count() == 0 and Event.objects.count() == before


def test_all_faults_are_told_at_once(desk):
    with pytest.raises(crm.Unfit) as caught:
        crm.create_person("lead", {"last_name": "", "email": "だめ", "phone": "なし"}, by=desk.sato)
    assert {fault.field for fault in caught.value.each} == {"last_name", "email", "phone"}


@pytest.mark.parametrize("name", ["محمد", "Łukasz", "김민수", "𠮷田", "👩‍👩‍👧", "é", "नमस्ते", "ｱｲｳ"])
def test_names_of_every_script_are_kept(desk, name):
    person = crm.create_person("lead", {"last_name": name, "description": "一\n二"}, by=desk.sato)
    row = CrmPerson.objects.get(pk=person.pk)
    assert (row.last_name, row.description) == (name, "一\n二")


def test_the_owner_is_an_active_agent_or_who_it_was(desk, hanako):
    gone = desk.suzuki.agent
    crm.edit_person(hanako, {"owner": gone}, by=desk.sato)
    Agent.objects.filter(pk=gone.pk).update(is_active=False)
    gone = Agent.objects.get(pk=gone.pk)
    crm.edit_person(hanako, {"owner": gone, "title": "課長"}, by=desk.sato)
    with pytest.raises(Refused) as caught:
        crm.create_person("lead", {"last_name": "x", "owner": gone}, by=desk.sato)
    assert caught.value.field == "owner"


def test_somebody_elses_change_meanwhile_is_told(desk, hanako):
    seen = {"modified_at": CrmPerson.objects.get(pk=hanako.pk).modified_at}
    crm.edit_person(hanako, {"title": "部長"}, expected=seen, by=desk.tanaka)
    with pytest.raises(Stale) as caught:
        crm.edit_person(hanako, {"title": "課長", "last_name": "山田"}, expected=seen, by=desk.sato)
    assert caught.value.changes == [{"field": "title", "now": "部長", "yours": "課長"}]
    assert CrmPerson.objects.get(pk=hanako.pk).title == "部長"


def test_light_agents_read_only(desk, hanako, lead):
    events = Event.objects.count()
    for act in (
        lambda: crm.create_person("lead", {"last_name": "x"}, by=desk.light),
        lambda: crm.edit_person(hanako, {"last_name": "x"}, by=desk.light),
        lambda: crm.convert_lead(lead, by=desk.light),
        lambda: crm.delete_person(hanako, by=desk.light),
        lambda: crm.create_deal({"name": "x", "person": hanako}, by=desk.light),
    ):
        with pytest.raises(Denied):
            act()
    assert Event.objects.count() == events and CrmPerson.objects.count() == 2


def test_nothing_is_changed_while_another_crm_is_asked(desk, hanako):
    CrmConnection.objects.update(kind="zoho")
    lookups.forget()
    with pytest.raises(Refused) as caught:
        crm.create_person("lead", {"last_name": "x"}, by=desk.sato)
    assert caught.value.code == "CRM_OFF"
    with pytest.raises(Refused):
        crm.delete_person(hanako, by=desk.admin)
    assert CrmPerson.objects.count() == 1
