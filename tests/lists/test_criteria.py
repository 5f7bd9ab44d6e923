from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi import people, record, tickets
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.kit.criteria import OPERATORS
from madoguchi.lists import criteria, selecting
from madoguchi.lists.criteria import FIELDS
from madoguchi.lists.keyset import Order
from madoguchi.lists.meanings import Reader
from madoguchi.models import CustomField, Product, Status, Team, Ticket
from tests.cast import open_one
from tests.kit.test_kit_criteria import JSON, LEAVES


@pytest.fixture
def customs(cast):
    kinds = {"cf_text": "text", "cf_n": "number", "cf_day": "date", "cf_pick": "choice", "cf_tick": "checkbox"}
    return [
        CustomField.objects.create(department=cast.support, api_name=name, label=name, kind=kind, choices=["甲", "乙"] if kind == "choice" else [])
        for name, kind in kinds.items()
    ]  # fmt: skip


@pytest.fixture
def fields(customs):
    return criteria.fields_with(customs)


@pytest.fixture
def three(cast, customs):
    """a: everything set. b: something else. c: nothing beyond what a ticket must have."""
    now = record.now()
    with record.at(now - timedelta(days=10)):
        a = open_one(cast, "返金 Refund A")
    with record.at(now - timedelta(days=2)):
        b = open_one(cast, "請求書 100%", contact=cast.takahashi, channel="Phone")
    c = open_one(cast, "その他", contact=people.identify("x@y.example", "Smith", by=Actor.desk()), message=None)
    team = Team.objects.create(department=cast.support, name="一課")
    product = Product.objects.create(name="品", code="P")
    product.departments.set([cast.support])
    more = {
        "priority": "High", "category": "返品", "product": product, "due_at": now - timedelta(hours=1), "response_due_at": now + timedelta(days=3),
        "custom": {"cf_text": "Blue Sky", "cf_n": 12, "cf_day": "2026-03-05", "cf_pick": "甲", "cf_tick": True},
    }  # fmt: skip
    tickets.edit(a, more, by=cast.sato)
    tickets.edit(b, {"priority": "Low", "due_at": now + timedelta(days=2), "custom": {"cf_n": 3.5, "cf_pick": "乙", "cf_text": "red"}}, by=cast.sato)  # fmt: skip
    tickets.assign(a, cast.sato.agent, team=team, by=cast.sato)
    tickets.assign(b, cast.tanaka.agent, by=cast.sato)
    tickets.tag(a, ["VIP", "至急"], by=cast.sato)
    tickets.tag(b, ["至急"], by=cast.sato)
    tickets.follow(a, [cast.sato.agent], by=cast.sato)
    tickets.reply(a, "はい", by=cast.sato)
    tickets.close(b, by=cast.sato)
    Ticket.objects.filter(pk=b.pk).update(attachment_n=2, reopened_n=1)
    return {"a": a.pk, "b": b.pk, "c": c.pk, "team": team.pk, "product": product.pk, "status": Status.objects.get(name="Closed").pk, "contact": cast.takahashi.pk, "account": cast.midori.pk, "department": cast.support.pk, "tanaka": cast.tanaka.agent.pk}  # fmt: skip


def tree(*conditions, match="all"):
    rows = [dict(zip(("field", "operator", "value"), each, strict=False)) for each in conditions]
    return {"groups": [{"match": match, "conditions": rows}]}


def asked(cast, three, fields, raw, reader=None):
    q = criteria.compiled(criteria.parse(raw, fields), fields, reader or Reader.of(cast.sato.agent))
    names = {three["a"]: "a", three["b"]: "b", three["c"]: "c"}
    found = "".join(sorted(names[pk] for pk in Ticket.objects.filter(q).values_list("pk", flat=True)))
    chosen = selecting.selection(q)
    rows = selecting.rows(chosen, Order("modified_at"), size=10).rows
    assert "".join(sorted(names[row["id"]] for row in rows)) == found
    assert selecting.counts({"n": chosen}) == {"n": len(found)}
    return found


@pytest.mark.parametrize(
    ("field", "operator", "value", "found"),
    [
        ("state", "is", "Open", "ac"),
        ("state", "is_none_of", ["Open", "On Hold"], "b"),
        ("status", "is", "{status}", "b"),
        ("status", "is_not", "{status}", "ac"),
        ("priority", "is", "High", "a"),
        ("priority", "is_not", "High", "bc"),
        ("priority", "is_one_of", ["High", "Low"], "ab"),
        ("priority", "is_empty", None, "c"),
        ("assignee", "is", "me", "a"),
        ("assignee", "is_one_of", ["me", "{tanaka}"], "ab"),
        ("assignee", "is_none_of", ["me"], "bc"),
        ("assignee", "is_empty", None, "c"),
        ("assignee", "is_not_empty", None, "ab"),
        ("team", "is", "{team}", "a"),
        ("team", "is_not", "{team}", "bc"),
        ("tags", "is", "vip", "a"),
        ("tags", "is_not", "ＶＩＰ", "bc"),
        ("tags", "is_one_of", ["VIP", "至急"], "ab"),
        ("tags", "is_none_of", ["至急", "未知"], "c"),
        ("tags", "is", "未知", ""),
        ("tags", "is_empty", None, "c"),
        ("tags", "is_not_empty", None, "ab"),
        ("subject", "contains", "refund", "a"),
        ("subject", "contains", "0%", "b"),
        ("subject", "does_not_contain", "返金", "bc"),
        ("subject", "starts_with", "請求", "b"),
        ("subject", "is", "その他", "c"),
        ("subject", "is_not", "その他", "ab"),
        ("subject", "is_one_of", ["その他", "請求書 100%"], "bc"),
        ("channel", "is", "Phone", "b"),
        ("contact_name", "contains", "高橋", "b"),
        ("contact_name", "is", "高橋 誠", "b"),
        ("contact_name", "does_not_contain", "高橋", "ac"),
        ("account_name", "contains", "みどり", "a"),
        ("account_name", "is_empty", None, "bc"),
        ("account_name", "is_not", "株式会社みどり商事", "bc"),
        ("contact", "is", "{contact}", "b"),
        ("account", "is", "{account}", "a"),
        ("department", "is", "{department}", "abc"),
        ("product", "is", "{product}", "a"),
        ("category", "is", "返品", "a"),
        ("category", "is_empty", None, "bc"),
        ("created_at", "last_days", 3, "bc"),
        ("created_at", "more_than_days_ago", 3, "a"),
        ("created_at", "today", None, "c"),
        ("created_at", "before", "2020-01-01", ""),
        ("created_at", "after", "2020-01-01T00:00:00+09:00", "abc"),
        ("due_at", "is_empty", None, "c"),
        ("due_at", "next_days", 3, "b"),
        ("due_at", "last_days", 1, "a"),
        ("response_due_at", "is_not_empty", None, "a"),
        ("closed_at", "last_days", 1, "b"),
        ("customer_message_at", "last_days", 3, "b"),
        ("overdue", "is", True, "a"),
        ("overdue", "is", "false", "bc"),
        ("waiting", "is", True, "b"),
        ("followed", "is", True, "a"),
        ("followed", "is", False, "bc"),
        ("attachments", "is", True, "b"),
        ("threads", "more", 1, "a"),
        ("threads", "is", 0, "c"),
        ("threads", "is", 1.5, ""),
        ("reopened", "is_not", 0, "b"),
        ("first_response", "more", 200, "a"),
        ("first_response", "is_empty", None, "bc"),
        ("cf/cf_text", "contains", "blue", "a"),
        ("cf/cf_text", "is", "blue sky", "a"),
        ("cf/cf_text", "is_not", "blue sky", "bc"),
        ("cf/cf_text", "is_empty", None, "c"),
        ("cf/cf_n", "is", 12, "a"),
        ("cf/cf_n", "is_not", 12, "bc"),
        ("cf/cf_n", "more", 3, "ab"),
        ("cf/cf_n", "less", 3.6, "b"),
        ("cf/cf_day", "on", "2026-03-05", "a"),
        ("cf/cf_day", "before", "2026-03-06", "a"),
        ("cf/cf_day", "after", "2026-03-05", ""),
        ("cf/cf_day", "after", "2026-03-04", "a"),
        ("cf/cf_day", "is_empty", None, "bc"),
        ("cf/cf_pick", "is", "甲", "a"),
        ("cf/cf_pick", "is_one_of", ["甲", "乙"], "ab"),
        ("cf/cf_pick", "is_none_of", ["甲"], "bc"),
        ("cf/cf_tick", "is", True, "a"),
        ("cf/cf_tick", "is", False, "bc"),
    ],
)
def test_each_condition_finds_its_tickets(cast, three, fields, field, operator, value, found):
    def filled(each):
        return each.format(**three) if isinstance(each, str) else each

    value = [filled(each) for each in value] if isinstance(value, list) else filled(value)
    assert asked(cast, three, fields, tree((field, operator, value))) == found


def test_groups_join_by_all_or_any(cast, three, fields):
    high, phone, tagged = ("priority", "is", "High"), ("channel", "is", "Phone"), ("tags", "is_empty")
    assert asked(cast, three, fields, tree(high, phone)) == ""
    assert asked(cast, three, fields, tree(high, phone, match="any")) == "ab"
    two = {"match": "any", "groups": tree(high)["groups"] + tree(tagged)["groups"]}
    assert asked(cast, three, fields, two) == "ac"
    assert asked(cast, three, fields, {"match": "all", "groups": two["groups"]}) == ""
    assert asked(cast, three, fields, {}) == "abc"


def test_days_begin_at_the_readers_midnight(cast, three, fields):
    late = datetime(2026, 3, 4, 16, 0, tzinfo=UTC)  # 5 March, 01:00 in Tokyo
    Ticket.objects.filter(pk=three["c"]).update(created_at=late)
    on = tree(("created_at", "on", "2026-03-05"))
    assert asked(cast, three, fields, on, Reader(0, "Asia/Tokyo")) == "c"
    assert asked(cast, three, fields, on, Reader(0, "UTC")) == ""
    assert asked(cast, three, fields, tree(("created_at", "after", "2026-03-04")), Reader(0, "Asia/Tokyo")) == "abc"
    assert "c" not in asked(cast, three, fields, tree(("created_at", "after", "2026-03-04")), Reader(0, "UTC"))


def test_one_ticket_is_asked_by_the_same_grammar(cast, three, fields):
    wanted = criteria.parse(tree(("tags", "is", "VIP")), fields)
    assert criteria.matches(Ticket.objects.get(pk=three["a"]), wanted, fields)
    assert not criteria.matches(Ticket.objects.get(pk=three["b"]), wanted, fields)
    assert not criteria.matches(
        Ticket.objects.get(pk=three["a"]), criteria.parse(tree(("assignee", "is", "me")), fields), fields
    )


def test_a_refusal_says_where_and_why_in_the_readers_words(db):
    with pytest.raises(Refused) as refused:
        criteria.parse(tree(("subject", "is", "")), FIELDS)
    assert (refused.value.code, refused.value.field) == ("CRITERIA_EMPTY", "criteria/groups/0/conditions/0/value")
    with pytest.raises(Refused):
        criteria.parse(tree(("cf/unknown", "is", "x")), FIELDS)


CUSTOM = [CustomField(api_name=f"cf_{kind}", kind=kind, label=kind, choices=["甲"]) for kind in CustomField.Kind.values]
ALL = criteria.fields_with(CUSTOM)
VALUES = (
    JSON
    | LEAVES
    | st.lists(LEAVES, min_size=1, max_size=3)
    | st.sampled_from(
        ["Open", "High", "甲", "2026-02-28", "2026-11-20T10:00:00Z", "-1.5", "1e14", "%_\\", "'; --", '"', 7]
    )
)


@st.composite
def conditions(draw):
    name = draw(st.sampled_from(sorted(ALL)))
    operator = draw(st.sampled_from(OPERATORS[ALL[name].kind]))
    return {"field": name, "operator": operator, "value": draw(VALUES)}


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(conditions(), min_size=1, max_size=4), st.sampled_from(["all", "any"]))
def test_what_is_not_refused_runs_on_the_database(db, rows, match):
    try:
        found = criteria.parse({"groups": [{"match": match, "conditions": rows}]}, ALL)
    except Refused as refused:
        assert refused.field.startswith("criteria") and str(refused.text)
        return
    chosen = selecting.selection(criteria.compiled(found, ALL, Reader(1, "Europe/Berlin")))
    with transaction.atomic():
        assert selecting.counts({"n": chosen}) == {"n": 0}
        assert selecting.rows(chosen, Order("due_at", nullable=True), size=2).rows == []


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_operator_of_every_field_runs(db, name):
    for operator in OPERATORS[ALL[name].kind]:
        for value in (
            None,
            True,
            3,
            "3",
            "me",
            "High",
            "Open",
            "Email",
            "甲",
            "2026-01-31",
            ["3", "me"],
            ["High"],
            ["Open"],
            ["甲"],
            ["Email"],
        ):
            try:
                found = criteria.parse(tree((name, operator, value)), ALL)
            except Refused:
                continue
            assert (
                Ticket.objects.filter(
                    criteria.compiled(found, ALL, Reader(1, str(timezone.get_current_timezone())))
                ).count()
                == 0
            )
    assert connection.is_usable()
