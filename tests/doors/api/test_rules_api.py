"""Rules of automation over the wire (ours; docs/automation.md)."""

import pytest

from madoguchi import tickets
from madoguchi.models import Event, Rule, RuleRun
from madoguchi.organisation import responses
from tests.cast import open_one
from tests.doors.api.conftest import told
from tests.reactions.ruled import rule, settle

CRITERIA = {
    "match": "all",
    "groups": [{"match": "all", "conditions": [{"field": "priority", "operator": "is", "value": "High"}]}],
}


@pytest.fixture
def tanaka(caller, cast):
    return caller(cast.tanaka)


def new(cast, **more):
    body = {"departmentId": str(cast.support.pk), "name": "至急", "events": ["ticket.edited"]}
    return {**body, "criteria": CRITERIA, "actions": [{"action": "close"}], **more}


def refused(answer) -> list[tuple[str, str]]:
    assert (answer.status_code, answer.json()["errorCode"]) == (422, "INVALID_DATA"), answer.content
    return [(row["fieldName"], row["errorType"]) for row in answer.json()["errors"]]


def test_a_rule_is_made_read_changed_and_deleted(tanaka, cast):
    where = {"departmentId": cast.support.pk}
    assert tanaka.get("/automationRules", **where).status_code == 204
    made = tanaka.post("/automationRules", new(cast)).json()
    assert made | {"id": "", "createdTime": "", "modifiedTime": ""} == {
        "id": "", "departmentId": str(cast.support.pk), "name": "至急", "isEnabled": True, "position": 1,
        "events": ["ticket.edited"], "criteria": CRITERIA, "actions": [{"action": "close"}],
        "createdTime": "", "modifiedTime": "", "modifiedBy": str(cast.tanaka.agent.pk),
    }  # fmt: skip
    path = f"/automationRules/{made['id']}"
    assert tanaka.get(path).json() == made
    assert tanaka.get("/automationRules", **where).json()["data"] == [made]
    changed = tanaka.patch(path, {"isEnabled": False, "criteria": None}).json()
    assert changed | {"modifiedTime": ""} == made | {
        "isEnabled": False,
        "criteria": {"match": "all", "groups": []},
        "modifiedTime": "",
    }
    assert tanaka.delete(path).status_code == 204
    assert told(tanaka.get(path))[:2] == (404, "URL_NOT_FOUND")
    assert not Rule.objects.exists()
    assert Event.objects.filter(verb="setup.changed", agent=cast.tanaka.agent, door="api").count() == 3


def test_every_action_comes_back_as_it_was_sent(admin, cast):
    team = cast.support.teams.create(name="一課")
    response = responses.add_response(
        {"name": "受付", "text": "受け付けました"}, department_id=cast.support.pk, private=False, by=cast.tanaka
    )
    sent = [
        {"action": "set_status", "status": "On Hold"},
        {"action": "assign", "assigneeId": str(cast.sato.agent.pk)},
        {"action": "assign", "assigneeId": None},
        {"action": "assign_team", "teamId": str(team.pk)},
        {"action": "assign_team", "teamId": None},
        {"action": "set_priority", "priority": "High"},
        {"action": "set_priority", "priority": None},
        {"action": "set_category", "category": "返金"},
        {"action": "set_due", "hours": 24},
        {"action": "tag", "tags": ["返金", "至急"]},
    ]
    more = [
        {"action": "untag", "tags": ["至急"]},
        {"action": "comment", "content": "#{{ticket.number}} です"},
        {"action": "reply", "cannedResponseId": str(response.pk)},
        {"action": "follow", "agentId": str(cast.tanaka.agent.pk)},
        {"action": "share", "departmentId": str(cast.billing.pk), "type": "READ_ONLY"},
        {"action": "reopen"},
        {"action": "hold"},
        {"action": "move", "departmentId": str(cast.billing.pk)},
    ]
    made = admin.post("/automationRules", new(cast, actions=sent)).json()
    assert made["actions"] == sent
    assert admin.patch(f"/automationRules/{made['id']}", {"actions": more}).json()["actions"] == more


@pytest.mark.parametrize(
    ("change", "pointer", "kind"),
    [
        ({"name": ""}, "/name", "missing"),
        ({"name": None}, "/name", "missing"),
        ({"name": "x" * 101}, "/name", "invalid"),
        ({"name": 7}, "/name", "invalid"),
        ({"events": []}, "/events", "missing"),
        ({"events": ["ticket.exploded"]}, "/events", "invalid"),
        ({"events": "ticket.closed"}, "/events", "invalid"),
        ({"isEnabled": None}, "/isEnabled", "missing"),
        ({"isEnabled": "perhaps"}, "/isEnabled", "invalid"),
        ({"colour": "red"}, "/colour", "invalid"),
        ({"departmentId": 2**70}, "/departmentId", "invalid"),
        ({"departmentId": 4_000_000}, "/departmentId", "invalid"),
        ({"criteria": {"groups": 3}}, "/criteria/groups", "invalid"),
        ({"criteria": {"groups": [{"conditions": [{"field": "moon"}]}]}}, "/criteria/groups/0/conditions/0/field", "invalid"),
        ({"actions": []}, "/actions", "missing"),
        ({"actions": [{}]}, "/actions/0/action", "invalid"),
        ({"actions": [{"action": ["close"]}]}, "/actions/0/action", "invalid"),
        ({"actions": [{"action": "close", "status": "Open"}]}, "/actions/0/status", "invalid"),
        ({"actions": [{"action": "close"}, {"action": "set_status"}]}, "/actions/1/status", "missing"),
        ({"actions": [{"action": "set_status", "status": "Gone"}]}, "/actions/0/status", "invalid"),
        ({"actions": [{"action": "set_status", "status": 1}]}, "/actions/0/status", "invalid"),
        ({"actions": [{"action": "assign", "assigneeId": 10**30}]}, "/actions/0/assigneeId", "invalid"),
        ({"actions": [{"action": "assign", "assigneeId": "0"}]}, "/actions/0/assigneeId", "invalid"),
        ({"actions": [{"action": "assign", "assigneeId": True}]}, "/actions/0/assigneeId", "missing"),
        ({"actions": [{"action": "assign", "assigneeId": [1]}]}, "/actions/0/assigneeId", "missing"),
        ({"actions": [{"action": "set_due", "hours": 0}]}, "/actions/0/hours", "invalid"),
        ({"actions": [{"action": "set_due", "hours": 1.5}]}, "/actions/0/hours", "missing"),
        ({"actions": [{"action": "tag", "tags": "至急"}]}, "/actions/0/tags", "invalid"),
        ({"actions": [{"action": "tag", "tags": [{}]}]}, "/actions/0/tags", "invalid"),
        ({"actions": [{"action": "comment", "content": {"a": 1}}]}, "/actions/0/content", "invalid"),
        ({"actions": [{"action": "comment", "content": "{{agent.name}}"}]}, "/actions/0/content", "invalid"),
        ({"actions": [{"action": "share", "departmentId": 1, "type": 3}]}, "/actions/0/type", "invalid"),
        ({"actions": [{"action": "close"}] * 11}, "/actions", "invalid"),
        ({"actions": [{"action": "close"}] * 101}, "/actions", "invalid"),
        ({"actions": {"action": "close"}}, "/actions", "invalid"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named_and_nothing_is_made(tanaka, cast, change, pointer, kind):
    assert refused(tanaka.post("/automationRules", new(cast, **change))) == [(pointer, kind)]
    assert not Rule.objects.exists()


def test_a_name_is_given_once_in_a_department(tanaka, cast):
    tanaka.post("/automationRules", new(cast))
    assert refused(tanaka.post("/automationRules", new(cast, name="至急 "))) == [("/name", "duplicate")]


def test_refusals_are_in_the_readers_language(caller, cast):
    cast.tanaka.agent.language = "en"
    cast.tanaka.agent.save()
    body = new(cast, actions=[{"action": "comment"}])
    assert caller(cast.tanaka).post("/automationRules", body).json()["errors"][0]["errorMessage"] == (
        "This field is required."
    )
    cast.tanaka.agent.language = "ja"
    cast.tanaka.agent.save()
    assert caller(cast.tanaka).post("/automationRules", body).json()["errors"][0]["errorMessage"] == (
        "この項目は必須です。"
    )


def test_rules_change_places(tanaka, cast):
    ids = [tanaka.post("/automationRules", new(cast, name=name)).json()["id"] for name in "一二三"]
    assert tanaka.patch(f"/automationRules/{ids[2]}", {"position": 1}).json()["position"] == 1
    found = tanaka.get("/automationRules", departmentId=cast.support.pk).json()["data"]
    assert [(row["position"], row["id"]) for row in found] == [(1, ids[2]), (2, ids[0]), (3, ids[1])]
    assert tanaka.patch(f"/automationRules/{ids[2]}", {"position": 50}).json()["position"] == 3
    assert refused(tanaka.patch(f"/automationRules/{ids[2]}", {"position": None})) == [("/position", "invalid")]


def test_agents_are_forbidden_and_others_are_told_nothing(sato, tanaka, caller, cast):
    here = rule(cast, "ここ", "ticket.closed", {"verb": "hold"})
    there = rule(cast, "経理", "ticket.closed", {"verb": "hold"}, department=cast.billing)
    calls = [
        ("GET", "/automationRules?departmentId={department}", None),
        ("GET", "/automationRules/{rule}", None),
        ("GET", "/automationRuns?departmentId={department}", None),
        ("GET", "/automationRuns?ruleId={rule}", None),
        ("PATCH", "/automationRules/{rule}", {"name": "侵入"}),
        ("DELETE", "/automationRules/{rule}", None),
        ("POST", "/automationRules", {"departmentId": "{department}", "name": "侵入"}),
    ]
    before = list(Rule.objects.order_by("id").values())
    for method, path, body in calls:
        for who, status in ((sato, 403), (caller(cast.light), 403), (caller(cast.suzuki), 404)):
            values = {"department": here.department_id, "rule": here.pk}
            asked = (
                {**body, **({"departmentId": str(here.department_id)} if "departmentId" in body else {})}
                if body
                else None
            )
            assert told(who.call(method, path.format(**values), asked))[0] == status, (method, path)
        values = {"department": there.department_id, "rule": there.pk}
        asked = (
            {**body, **({"departmentId": str(there.department_id)} if "departmentId" in body else {})} if body else None
        )
        assert told(tanaka.call(method, path.format(**values), asked))[:2] == (404, "URL_NOT_FOUND"), (method, path)
    assert list(Rule.objects.order_by("id").values()) == before


def test_runs_are_listed_and_narrowed_page_by_page(tanaka, cast):
    made = rule(cast, "閉じる", "ticket.edited", {"verb": "close"})
    other = rule(cast, "札", "ticket.closed", {"verb": "tag", "tags": "済"})
    found = [open_one(cast) for _n in range(3)]
    for ticket in found:
        tickets.edit(ticket, {"priority": "High"}, by=cast.sato)
    settle()
    tickets.move(found[0], cast.billing, by=cast.admin)
    where = {"departmentId": cast.support.pk}
    first = tanaka.get("/automationRuns", limit=4, **where).json()
    rest = tanaka.get("/automationRuns", limit=4, cursor=first["next"], **where).json()
    assert (len(first["data"]), len(rest["data"]), rest["next"]) == (4, 2, None)
    rows = [*first["data"], *rest["data"]]
    assert [int(row["id"]) for row in rows] == sorted((int(row["id"]) for row in rows), reverse=True)
    last = rows[-1]
    assert (last["ticketId"], last["ticketNumber"], last["ruleName"]) == (None, None, "閉じる")
    assert last["event"] == "ticket.edited" and last["outcome"] == "done" and last["detail"] is None
    assert {row["ruleId"] for row in tanaka.get("/automationRuns", ruleId=other.pk).json()["data"]} == {str(other.pk)}
    assert tanaka.get("/automationRuns", ruleId=made.pk, outcome="refused").status_code == 204
    assert told(tanaka.get("/automationRuns", outcome="perhaps", **where))[0] == 422
    assert told(tanaka.get("/automationRuns"))[0] == 404
    assert RuleRun.objects.count() == 6


def test_a_rule_that_was_made_before_is_kept_where_its_author_may_less(tanaka, admin, cast):
    actions = [
        {"action": "move", "departmentId": str(cast.billing.pk)},
        {"action": "assign", "assigneeId": str(cast.suzuki.agent.pk)},
    ]
    assert refused(tanaka.post("/automationRules", new(cast, actions=actions))) == [("/actions/1/action", "invalid")]
    made = admin.post("/automationRules", new(cast, actions=actions)).json()
    assert tanaka.patch(f"/automationRules/{made['id']}", {"name": "別名", "actions": actions}).status_code == 200
    more = [*actions, {"action": "close"}]
    answer = tanaka.patch(f"/automationRules/{made['id']}", {"actions": more})
    assert refused(answer) == [("/actions/2/action", "invalid")]
