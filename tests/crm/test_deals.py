"""Deals of the built-in CRM, and how amounts and days are read."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi import crm
from madoguchi.crm import fields
from madoguchi.errors import Hidden, Refused, Stale
from madoguchi.models import CrmDeal, CrmStage, Event, Lookup
from tests.crm.test_people import last_event, wished


def test_a_deal_begins_in_the_first_open_stage(desk, hanako):
    Lookup.objects.all().delete()
    deal = crm.create_deal({"name": "年間契約", "person": hanako, "amount": "１，２００，０００円"}, by=desk.sato)
    row = CrmDeal.objects.select_related("stage").get(pk=deal.pk)
    assert (row.stage.name_ja, row.amount, row.currency) == ("初回面談", Decimal("1200000.00"), "JPY")
    event = last_event()
    assert (event.verb, event.after["crm"], event.after["amount"]) == ("deal.created", f"deal {deal.pk}", "1200000.00")
    assert wished() == {desk.yamada.pk}


def test_a_deal_with_a_lead_is_refused_with_the_reason(desk, lead):
    with pytest.raises(Refused) as caught:
        crm.create_deal({"name": "年間契約", "person": lead}, by=desk.sato)
    assert (caught.value.code, caught.value.field) == ("DEAL_OF_LEAD", "person")
    assert CrmDeal.objects.count() == 0


def test_won_is_one_event_and_looks_the_customer_up(desk, hanako, stage):
    deal = crm.create_deal({"name": "年間契約", "person": hanako}, by=desk.sato)
    Lookup.objects.all().delete()
    events = Event.objects.count()
    crm.edit_deal(deal, {"stage": stage["受注"]}, expected={"stage": deal.stage}, by=desk.sato)
    assert Event.objects.count() == events + 1 and wished() == {desk.yamada.pk}
    assert last_event().before["stage"]["label"] == "First meeting" and last_event().after["stage"]["label"] == "Won"


def test_two_agents_who_move_a_deal_at_once(desk, hanako, stage):
    deal = crm.create_deal({"name": "年間契約", "person": hanako}, by=desk.sato)
    seen = {"stage": deal.stage}
    crm.edit_deal(deal, {"stage": stage["受注"]}, expected=seen, by=desk.tanaka)
    with pytest.raises(Stale):
        crm.edit_deal(deal, {"stage": stage["失注"]}, expected=seen, by=desk.sato)
    crm.edit_deal(deal, {"stage": stage["受注"]}, expected=seen, by=desk.sato)  # what both wanted is no conflict
    assert CrmDeal.objects.get().stage == stage["受注"]


def test_a_deal_that_goes_to_another_contact_looks_up_both(desk, hanako, lead):
    deal = crm.create_deal({"name": "年間契約", "person": hanako}, by=desk.sato)
    other = crm.convert_lead(lead, by=desk.sato)
    Lookup.objects.all().delete()
    crm.edit_deal(deal, {"person": other}, by=desk.sato)
    assert wished() == {desk.yamada.pk, desk.takahashi.pk}


def test_a_deleted_deal_is_told(desk, hanako):
    deal = crm.create_deal({"name": "年間契約", "person": hanako, "amount": 5}, by=desk.sato)
    Lookup.objects.all().delete()
    crm.delete_deal(deal, by=desk.sato)
    assert CrmDeal.objects.count() == 0 and last_event().before["amount"] == "5.00" and wished() == {desk.yamada.pk}
    with pytest.raises(Hidden):
        crm.delete_deal(deal, by=desk.sato)


def test_a_stage_out_of_use_is_kept_but_not_chosen(desk, hanako, stage):
    deal = crm.create_deal({"name": "年間契約", "person": hanako, "stage": stage["提案中"]}, by=desk.sato)
    CrmStage.objects.filter(pk=stage["提案中"].pk).update(is_active=False)
    off = CrmStage.objects.get(pk=stage["提案中"].pk)
    crm.edit_deal(deal, {"stage": off, "name": "新しい名"}, by=desk.sato)
    with pytest.raises(Refused) as caught:
        crm.create_deal({"name": "次", "person": hanako, "stage": off}, by=desk.sato)
    assert caught.value.field == "stage"


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"name": ""}, "name", "EMPTY"),
        ({"name": "契" * 300}, "name", "TOO_LONG"),
        ({"name": "x\udfff"}, "name", "NOT_TEXT"),
        ({"person": None}, "person", "EMPTY"),
        ({"amount": "-1"}, "amount", "OUT_OF_RANGE"),
        ({"amount": "1.234"}, "amount", "NOT_AN_AMOUNT"),
        ({"amount": "1,2"}, "amount", "NOT_AN_AMOUNT"),
        ({"amount": "百万円"}, "amount", "NOT_AN_AMOUNT"),
        ({"amount": "1e5"}, "amount", "NOT_AN_AMOUNT"),
        ({"amount": "NaN"}, "amount", "NOT_AN_AMOUNT"),
        ({"amount": "9" * 15}, "amount", "OUT_OF_RANGE"),
        ({"currency": "円"}, "currency", "NOT_A_CHOICE"),
        ({"currency": "XYZ"}, "currency", "NOT_A_CHOICE"),
        ({"closing_date": "2026-02-30"}, "closing_date", "NOT_A_DATE"),
        ({"closing_date": "明日"}, "closing_date", "NOT_A_DATE"),
        ({"closing_date": "0001-01-01"}, "closing_date", "NOT_A_DATE"),
    ],
)
def test_what_is_wrong_is_told_by_field(desk, hanako, values, field, code):
    with pytest.raises(crm.Unfit) as caught:
        crm.create_deal({"name": "年間契約", "person": hanako, **values}, by=desk.sato)
    assert [(fault.field, fault.code) for fault in caught.value.each] == [(field, code)]
    assert CrmDeal.objects.count() == 0


@pytest.mark.parametrize(
    ("written", "read"),
    [("", None), (None, None), ("0", "0"), (1200, "1200"), (1200.5, "1200.5"), ("1,200,000", "1200000"), ("¥1,200", "1200"),
     ("￥１，２００．５０", "1200.50"), ("1200円", "1200"), (" 12 000 ", "12000"), ("99999999999999.99", "99999999999999.99"),
     (Decimal("3.10"), "3.10")],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(written, read):
    assert fields.amount(written) == (None if read is None else Decimal(read))


@given(st.decimals(min_value=0, max_value=Decimal("99999999999999.99"), places=2))
def test_every_amount_survives_being_written_with_commas(number):
    assert fields.amount(f"{number:,}") == number


@given(st.text(max_size=30))
def test_whatever_is_written_is_an_amount_or_refused(text):
    try:
        found = fields.amount(text)
        assert found is None or 0 <= found < fields.MOST
    except Refused as refused:
        assert refused.field == "amount"


@pytest.mark.parametrize(
    "written", ["2026-12-31", "2026/12/31", "２０２６年１２月３１日", "2026.12.31", date(2026, 12, 31)]
)
def test_days_are_read_as_people_write_them(written):
    assert fields.day(written) == date(2026, 12, 31)
