"""Making rules: who may, what is refused where, and what history says of it."""

from typing import Any

import pytest

from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.models import Event, Role, Rule
from madoguchi.organisation import responses
from madoguchi.reactions.automation import rules
from tests.cast import Cast
from tests.reactions.ruled import rule, when

GOOD: dict[str, Any] = {"name": "札", "when": ["ticket.opened"], "actions": [{"verb": "tag", "tags": ["札"]}]}


def refusal(cast: Cast, **changes: Any) -> tuple[str, str]:
    """(code, field); nothing was written."""
    with pytest.raises(Refused) as refused:
        rules.add_rule(cast.support, {**GOOD, **changes}, by=cast.tanaka)
    assert not Rule.objects.exists()
    return refused.value.code, refused.value.field


def test_a_supervisor_makes_rules_of_own_departments_an_administrator_of_all(cast: Cast) -> None:
    made = rules.add_rule(cast.support, GOOD, by=cast.tanaka)
    assert (made.position, made.is_on, made.modified_by) == (0, True, cast.tanaka.agent)
    event = Event.objects.get(verb="setup.changed", after__what=f"rule {made.pk}")
    assert event.department == cast.support and event.after["added"] is True
    with pytest.raises(Hidden):
        rules.add_rule(cast.billing, GOOD, by=cast.tanaka)
    rules.add_rule(cast.billing, GOOD, by=cast.admin)


@pytest.mark.parametrize("who", ["sato", "light", "suzuki"])
def test_nobody_else_does(cast: Cast, who: str) -> None:
    made, by = rule(cast, "札", "ticket.opened", {"verb": "hold"}), getattr(cast, who)
    for deed in (
        lambda: rules.add_rule(cast.support, GOOD, by=by),
        lambda: rules.edit_rule(made, {"name": "x"}, by=by),
        lambda: rules.switch_rule(made, False, by=by),
        lambda: rules.move_rule(made, 1, by=by),
        lambda: rules.delete_rule(made, by=by),
    ):
        with pytest.raises(Denied):
            deed()
    assert Rule.objects.get().name == "札"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": " "}, "EMPTY", "name"),
        ({"name": "x" * 101}, "TOO_LONG", "name"),
        ({"when": []}, "EMPTY", "when"),
        ({"when": ["ticket.exploded"]}, "NOT_A_CHOICE", "when"),
        ({"when": "ticket.opened"}, "NOT_A_CHOICE", "when"),
        ({"criteria": when("followed", "is", True)}, "CRITERIA_FIELD", "criteria/groups/0/conditions/0/field"),
        ({"criteria": when("assignee", "is", "me")}, "CRITERIA_ME", "criteria/groups/0/conditions/0/value"),
        ({"criteria": when("priority", "is", "Huge")}, "CRITERIA_CHOICE", "criteria/groups/0/conditions/0/value"),
        ({"actions": []}, "EMPTY", "actions"),
        ({"actions": [{"verb": "hold"}] * 11}, "TOO_MANY", "actions"),
        ({"actions": [{"verb": "explode"}]}, "NOT_A_CHOICE", "actions/0/verb"),
        ({"actions": ["hold"]}, "NOT_A_CHOICE", "actions/0/verb"),
        ({"actions": [{"verb": "hold"}, {"verb": "set_status", "status": 999}]}, "GONE", "actions/1/status"),
        ({"actions": [{"verb": "set_status", "status": ""}]}, "EMPTY", "actions/0/status"),
        ({"actions": [{"verb": "set_due", "hours": "9999999"}]}, "NOT_A_NUMBER", "actions/0/hours"),
        ({"actions": [{"verb": "set_due", "hours": True}]}, "EMPTY", "actions/0/hours"),
        ({"actions": [{"verb": "set_priority", "priority": "Huge"}]}, "NOT_A_CHOICE", "actions/0/priority"),
        ({"actions": [{"verb": "set_category", "category": "x" * 101}]}, "TOO_LONG", "actions/0/category"),
        ({"actions": [{"verb": "tag", "tags": "a,<b>"}]}, "TAG_NAME", "actions/0/tags"),
        ({"actions": [{"verb": "comment", "text": "{{agent.name}}"}]}, "PLACEHOLDER", "actions/0/text"),
        ({"actions": [{"verb": "comment", "text": "{{moon}}"}]}, "PLACEHOLDER", "actions/0/text"),
        ({"actions": [{"verb": "share", "department": 1, "level": 9}]}, "GONE", "actions/0/department"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_at_its_place(cast: Cast, changes: dict[str, Any], code: str, field: str) -> None:
    if "share" in str(changes):
        changes = {"actions": [{"verb": "share", "department": cast.support.pk, "level": 1}]}
    assert refusal(cast, **changes) == (code, field)


def test_only_who_works_there_can_be_given_tickets(cast: Cast) -> None:
    give = [{"verb": "assign", "assignee": cast.suzuki.agent.pk}]
    assert refusal(cast, actions=give) == ("NOT_OF_DEPARTMENT", "actions/0/assignee")
    moved = [{"verb": "move", "department": cast.billing.pk}, *give]
    assert refusal(cast, actions=moved) == ("NOT_YOURS", "actions/1/verb")  # by hand, they would not see it any more
    assert rules.add_rule(cast.support, {**GOOD, "actions": moved}, by=cast.admin).actions == moved
    with pytest.raises(Refused, check=lambda error: error.code == "GONE"):
        rules.add_rule(
            cast.support,
            {**GOOD, "name": "同じ", "actions": [{"verb": "move", "department": cast.support.pk}]},
            by=cast.tanaka,
        )


def test_a_rule_answers_with_shared_texts_that_name_no_agent(cast: Cast) -> None:
    def text(words: str, private: bool) -> int:
        where = None if private else cast.support.pk
        return responses.add_response(
            {"name": words[:20], "text": words}, department_id=where, private=private, by=cast.tanaka
        ).pk

    assert refusal(cast, actions=[{"verb": "reply", "response": text("自分用", True)}]) == (
        "GONE",
        "actions/0/response",
    )
    named = text("{{agent.lastName}} です", False)
    assert refusal(cast, actions=[{"verb": "reply", "response": named}]) == ("PLACEHOLDER", "actions/0/response")
    rules.add_rule(
        cast.support, {**GOOD, "actions": [{"verb": "reply", "response": str(text("受付", False))}]}, by=cast.tanaka
    )
    assert Rule.objects.get().actions[0]["response"] > 0


def test_nobody_lets_a_rule_do_what_their_role_forbids(cast: Cast) -> None:
    share = {"verb": "share", "department": cast.billing.pk, "level": 1}
    there = rules.add_rule(cast.support, {**GOOD, "actions": [share]}, by=cast.tanaka)
    Role.objects.filter(base=Role.Base.SUPERVISOR).update(takes_away=["share"])
    tanaka = cast.actor(cast.tanaka.agent)
    with pytest.raises(Denied):
        rules.add_rule(cast.support, {**GOOD, "name": "二", "actions": [share]}, by=tanaka)
    rules.edit_rule(there, {"name": "改名", "actions": [share]}, by=tanaka)
    with pytest.raises(Denied):
        rules.edit_rule(there, {"actions": [{**share, "level": 3}]}, by=tanaka)
    assert Rule.objects.get().actions == [share]


def test_names_are_taken_once_a_department(cast: Cast) -> None:
    rules.add_rule(cast.support, GOOD, by=cast.tanaka)
    with pytest.raises(Refused, check=lambda error: error.code == "NAME_TAKEN"):
        rules.add_rule(cast.support, GOOD, by=cast.tanaka)
    rules.add_rule(cast.billing, GOOD, by=cast.admin)


def test_a_department_has_fifty_rules(cast: Cast) -> None:
    Rule.objects.bulk_create(Rule(department=cast.support, name=f"{n}") for n in range(50))
    with pytest.raises(Refused, check=lambda error: (error.code, error.field) == ("TOO_MANY", "name")):
        rules.add_rule(cast.support, GOOD, by=cast.tanaka)


def test_order_changes_and_deletions_are_written_down(cast: Cast) -> None:
    one, two, three = (rule(cast, name, "ticket.opened", {"verb": "hold"}) for name in "一二三")
    rules.move_rule(three, -1, by=cast.tanaka)
    rules.move_rule(one, -1, by=cast.tanaka)
    assert list(Rule.objects.values_list("name", flat=True)) == ["一", "三", "二"]
    rules.edit_rule(two, {"when": ["ticket.closed", "ticket.opened"]}, by=cast.tanaka)
    assert Event.objects.latest("id").after["when"] == ["ticket.opened", "ticket.closed"]
    rules.delete_rule(two, by=cast.tanaka)
    told = Event.objects.latest("id")
    assert told.after["deleted"] is True and told.before["actions"] == [{"verb": "hold"}]
    with pytest.raises(Hidden):
        rules.switch_rule(two, False, by=cast.tanaka)
