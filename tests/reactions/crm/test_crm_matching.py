"""Whether a record of the CRM is the person who writes (SPEC C2), whatever the spelling; and the class (C1)."""

from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.models import CrmClass
from madoguchi.reactions.crm.classes import class_by_summary, class_of, summary
from madoguchi.reactions.crm.connector import Deal, Record
from madoguchi.reactions.crm.matching import Candidate, best, keys, matched_by, spellings

WIDE = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)})
local = st.text("abcdefghijklmnopqrstuvwxyz0123456789.+_-", min_size=1, max_size=20).filter(lambda t: t.strip(".") == t)
email = st.builds(
    lambda a, b: f"{a}@{b}.example", local, st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=10)
)
number = st.tuples(
    st.sampled_from(["3", "6", "52", "90", "80", "120"]), st.text("0123456789", min_size=7, max_size=8)
).map("".join)
deals = st.lists(st.builds(Deal, st.sampled_from(["open", "won", "lost"]), st.just("段階"), st.decimals(0, 10**9, places=2) | st.none(), st.sampled_from(["JPY", "USD"])), max_size=6)  # fmt: skip


@st.composite
def spelt(draw: st.DrawFn, address: str) -> str:
    """The same address as somebody may write it."""
    text = "".join(c.upper() if draw(st.booleans()) else c for c in address)
    text = text.translate(WIDE) if draw(st.booleans()) else text
    return draw(st.sampled_from(["{}", " {} ", "<{}>", "mailto:{}", "山田 <{}>"])).format(text)


@st.composite
def dialled(draw: st.DrawFn, digits: str) -> str:
    """The same Japanese number (without its leading 0) as somebody may write it."""
    text = draw(st.sampled_from(["0{}", "+81{}", "+81 (0){}", "0081{}", "+81-{}", "(0){}"])).format(digits)
    cut = draw(st.integers(len(text) - 6, len(text) - 1))
    text = text[:cut] + draw(st.sampled_from(["", "-", " ", "‐", "−", ")"])) + text[cut:]
    text = text.translate(WIDE) if draw(st.booleans()) else text
    return text + draw(st.sampled_from(["", " 内線12", " ext. 7"]))


@given(st.data(), email)
def test_an_address_is_the_same_however_it_is_written(data, address):
    assert matched_by(keys([data.draw(spelt(address))], []), keys([data.draw(spelt(address))], [])) == "address"


@given(st.data(), number)
def test_a_number_is_the_same_however_it_is_written(data, digits):
    assert matched_by(keys([], [data.draw(dialled(digits))]), keys([], [data.draw(dialled(digits))])) == "number"


@given(st.data(), st.lists(email, min_size=1, max_size=5, unique=True), st.lists(email, max_size=5))
def test_any_address_of_the_contact_will_do(data, ours, others):
    one = data.draw(st.sampled_from(ours))
    assert matched_by(keys(ours, []), keys([*others, data.draw(spelt(one))], [])) == "address"


@given(st.sets(email, max_size=4), st.sets(number, max_size=4), st.sets(email, max_size=4), st.sets(number, max_size=4))
def test_who_has_nothing_in_common_is_somebody_else(ours, our_numbers, theirs, their_numbers):
    found = matched_by(keys(ours, ["0" + n for n in our_numbers]), keys(theirs, ["0" + n for n in their_numbers]))
    assert found == ("address" if ours & theirs else "number" if our_numbers & their_numbers else None)


@pytest.mark.parametrize("rubbish", ["", " ", "-", "@", "1234", "なし", "内線 12"])
def test_what_is_no_address_and_no_number_identifies_nobody(rubbish):
    assert matched_by(keys([rubbish], [rubbish]), keys([rubbish], [rubbish])) is None
    assert not keys([rubbish], [rubbish])


def test_a_plus_tag_is_a_part_of_the_address():
    assert matched_by(keys(["hanako+shop@midori.example"], []), keys(["hanako@midori.example"], [])) is None


def test_contacts_come_before_leads_addresses_before_numbers_the_newest_first():
    asked = keys(["a@b.example"], ["03-1234-5678"])
    by_address, by_number = keys(["A@b.example"], []), keys([], ["+81312345678"])
    order = [
        Candidate("contacts", by_address, 9, "new contact by address"),
        Candidate("contacts", by_address, 1, "old contact by address"),
        Candidate("contacts", by_number, 99, "contact by number"),
        Candidate("leads", by_address, 100, "lead by address"),
        Candidate("leads", by_number, 101, "lead by number"),
    ]
    stranger = Candidate("contacts", keys(["x@y.example"], []), 999, "stranger")
    for n in range(len(order)):
        for shuffled in permutations(order[n:]):
            assert best(asked, [stranger, *shuffled]) == order[n].record
    assert best(asked, [stranger]) is None


@given(number)
def test_every_spelling_we_search_for_is_the_number(digits):
    written = f"0{digits}"
    assert written in spellings([written])
    assert {keys([], [each]).numbers for each in spellings([written])} == {keys([], [written]).numbers}


# -- the class


@given(deals, st.booleans())
def test_the_class_is_what_the_seed_says(found, won_first):
    there = {deal.category for deal in found}
    expected = CrmClass.CONTACT
    if "open" in there and not (won_first and "won" in there):
        expected = CrmClass.DEAL
    elif "won" in there:
        expected = CrmClass.CUSTOMER
    assert class_of(Record("contacts", "1", tuple(found)), won_first=won_first) == expected
    assert class_by_summary("1", summary(found), won_first=won_first) == expected


@pytest.mark.parametrize("won_first", [True, False])
def test_who_the_crm_does_not_know_is_new_and_who_only_lost_is_a_contact(won_first):
    assert class_of(None, won_first=won_first) == CrmClass.NEW
    assert class_by_summary("", {}, won_first=won_first) == CrmClass.NEW
    assert class_of(Record("contacts", "1", (Deal("lost"),)), won_first=won_first) == CrmClass.CONTACT
    assert class_of(Record("leads", "1"), won_first=won_first) == CrmClass.CONTACT


@given(deals, st.randoms())
def test_the_order_of_the_deals_changes_nothing(found, random):
    shuffled = random.sample(found, len(found))
    for won_first in (True, False):
        assert class_of(Record("contacts", "1", tuple(found)), won_first=won_first) == class_of(
            Record("contacts", "1", tuple(shuffled)), won_first=won_first
        )


def test_amounts_are_summed_where_they_are_of_one_currency():
    won = [
        Deal("won", "受注", Decimal("48400.00"), "JPY"),
        Deal("won", "受注", Decimal("0.50"), "JPY"),
        Deal("won", "受注"),
    ]
    found = summary(
        [*won, Deal("open", "提案", Decimal(10), "USD"), Deal("open", "見積", Decimal(9), "JPY"), Deal("lost")]
    )
    assert found == {
        "won": {"n": 3, "amount": "48400.5", "currency": "JPY"},
        "open": {"n": 2, "stage": "提案"},
    }
