import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kit import criteria
from madoguchi.kit.criteria import OPERATORS, Condition, Field, Group, Kind, Tree, Unfit, all_of, both, parse, plain

FIELDS = {kind.value: Field(kind.value, kind) for kind in Kind} | {
    "choice": Field("choice", Kind.CHOICE, {"High", "Low"})
}
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["me", "2026-11-20", "true", "1", "High"])
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
CONDITION = st.fixed_dictionaries(
    {
        "field": st.sampled_from([*FIELDS, "x"]),
        "operator": st.sampled_from(sorted({o for ops in OPERATORS.values() for o in ops})),
    },
    optional={"value": JSON},
)
GROUP = st.fixed_dictionaries({"conditions": st.lists(CONDITION | JSON, max_size=3)}, optional={"match": st.sampled_from(["all", "any", "none"])})  # fmt: skip
TREE = st.fixed_dictionaries(
    {"groups": st.lists(GROUP, max_size=3)}, optional={"match": st.sampled_from(["all", "any"])}
)


@given(JSON | TREE)
def test_any_json_is_read_or_refused_by_its_path(raw):
    try:
        tree = parse(raw, FIELDS)
    except Unfit as unfit:
        assert unfit.path == "" or unfit.path.startswith("/")
    else:
        assert parse(json.loads(json.dumps(plain(tree))), FIELDS) == tree


def one(field, operator, value=None):
    return {"groups": [{"conditions": [{"field": field, "operator": operator, "value": value}]}]}


def test_a_tree_is_groups_of_conditions():
    raw = {
        "match": "any",
        "groups": [{"match": "all", "conditions": [{"field": "text", "operator": "is", "value": " a "}]}],
    }
    assert parse(raw, FIELDS) == Tree("any", (Group("all", (Condition("text", "is", "a"),)),))
    assert parse({}, FIELDS) == Tree()


@pytest.mark.parametrize(
    ("raw", "path", "code"),
    [
        ([], "", "SHAPE"),
        ({"x": 1}, "", "SHAPE"),
        ({"match": "none"}, "/match", "MATCH"),
        ({"groups": [{}]}, "/groups/0/conditions", "SHAPE"),
        ({"groups": [{"conditions": []}]}, "/groups/0/conditions", "EMPTY"),
        ({"groups": [{}] * 11}, "/groups", "TOO_MANY"),
        (one("password", "is", "x"), "/groups/0/conditions/0/field", "FIELD"),
        (one("text", "regex", "x"), "/groups/0/conditions/0/operator", "OPERATOR"),
        (one("text", "before", "2026-01-01"), "/groups/0/conditions/0/operator", "OPERATOR"),
        (one("text", "is", ""), "/groups/0/conditions/0/value", "EMPTY"),
        (one("text", "is", "a\x00"), "/groups/0/conditions/0/value", "VALUE"),
        (one("text", "is", "x" * 256), "/groups/0/conditions/0/value", "TOO_LONG"),
        (one("choice", "is", "Middle"), "/groups/0/conditions/0/value", "CHOICE"),
        (one("choice", "is_one_of", ["High", "Middle"]), "/groups/0/conditions/0/value/1", "CHOICE"),
        (one("choice", "is_one_of", []), "/groups/0/conditions/0/value", "EMPTY"),
        (one("number", "is", "x"), "/groups/0/conditions/0/value", "VALUE"),
        (one("number", "is", float("nan")), "/groups/0/conditions/0/value", "VALUE"),
        (one("time", "before", "2026-11-20T10:00:00"), "/groups/0/conditions/0/value", "VALUE"),
        (one("time", "last_days", 0), "/groups/0/conditions/0/value", "VALUE"),
        (one("person", "is", "you"), "/groups/0/conditions/0/value", "VALUE"),
        (one("row", "is", 2**63), "/groups/0/conditions/0/value", "VALUE"),
        (one("yes_no", "is", "maybe"), "/groups/0/conditions/0/value", "VALUE"),
    ],
)
def test_what_does_not_fit_is_named_by_its_path(raw, path, code):
    with pytest.raises(Unfit) as refused:
        parse(raw, FIELDS)
    assert (refused.value.path, refused.value.code) == (path, code)


def test_at_most_twenty_conditions_in_all():
    condition = {"field": "text", "operator": "is", "value": "a"}
    assert len(parse({"groups": [{"conditions": [condition] * 10}] * 2}, FIELDS).conditions) == 20
    with pytest.raises(Unfit):
        parse({"groups": [{"conditions": [condition] * 10}] * 3}, FIELDS)


def test_two_trees_make_one_where_the_grammar_can_say_it():
    first, second = all_of(Condition("text", "is", "a")), all_of(Condition("yes_no", "is", True))
    assert both(first, Tree()) == first and both(Tree(), second) == second
    assert [c.field for c in both(first, second).conditions] == ["text", "yes_no"]
    assert both(Tree("any", first.groups), second) is None
    assert criteria.ME == "me"
