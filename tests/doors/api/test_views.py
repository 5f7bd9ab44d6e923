"""Views and the filters of ticket lists over the wire."""

import json

import pytest

from madoguchi import tickets
from madoguchi.lists import saving
from tests.cast import open_one
from tests.doors.api.conftest import told


@pytest.fixture
def two(cast):
    urgent, other = open_one(cast, "急ぎの件"), open_one(cast, "ふつうの件")
    tickets.edit(urgent, {"priority": "Urgent"}, by=cast.sato)
    tickets.close(other, by=cast.sato)
    return urgent, other


@pytest.fixture
def view(cast):
    raw = {"groups": [{"conditions": [{"field": "priority", "operator": "is", "value": "Urgent"}]}]}
    return saving.create_view(cast.support, {"name": "至急の件", "criteria": raw}, by=cast.sato)


def subjects(answer):
    return [row["subject"] for row in answer.json()["data"]] if answer.status_code == 200 else answer.status_code


def test_views_are_listed_with_ids_that_narrow_lists(sato, cast, two, view):
    found = {
        row["name"]: row for row in sato.get("/views", module="tickets", departmentId=cast.support.pk).json()["data"]
    }
    assert found["Open Tickets"]["isCustomView"] is False and found["至急の件"]["isCustomView"] is True
    assert subjects(sato.get("/tickets", viewId=found["Closed Tickets"]["id"])) == ["ふつうの件"]
    assert subjects(sato.get("/tickets", viewId=found["至急の件"]["id"])) == ["急ぎの件"]
    assert subjects(sato.get("/tickets", viewId=found["All Tickets"]["id"], sortBy="createdTime")) == [
        "急ぎの件",
        "ふつうの件",
    ]
    assert sato.get("/ticketQueueView/count", viewId=found["All Tickets"]["id"]).json() == {"count": "2"}
    assert sato.get("/ticketQueueView/count", viewId=found["至急の件"]["id"], departmentId=cast.support.pk).json() == {
        "count": "1"
    }


def test_a_private_view_is_nobody_elses(caller, cast, two, view):
    tanaka, wire_id = caller(cast.tanaka), 1000 + view.pk
    assert "至急の件" not in json.dumps(tanaka.get("/views", module="tickets").json(), ensure_ascii=False)
    for path in ("/tickets", "/ticketQueueView/count"):
        assert told(tanaka.get(path, viewId=wire_id))[:2] == (404, "URL_NOT_FOUND")
    assert caller(cast.suzuki).get("/tickets", viewId=wire_id).status_code == 404
    assert told(tanaka.get("/tickets", viewId=999))[0] == 404


def test_the_last_view_is_kept(sato, cast, view):
    path = f"/lastAccessedView?module=tickets&departmentId={cast.support.pk}"
    assert sato.get("/lastAccessedView", module="tickets").json() == {"viewId": "1"}
    assert sato.call("PUT", path, {"viewId": str(1000 + view.pk)}).json() == {"viewId": str(1000 + view.pk)}
    assert sato.get("/lastAccessedView", module="tickets").json() == {"viewId": str(1000 + view.pk)}
    assert told(sato.call("PUT", path, {"viewId": 77}))[2] == [("/viewId", "invalid")]
    view.delete()
    assert sato.get("/lastAccessedView", module="tickets").json() == {"viewId": "1"}


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ({"fieldConditions": [{"field": "priority", "operator": "is", "value": "Urgent"}]}, ["急ぎの件"]),
        ({"fieldConditions": [{"fieldName": "status", "condition": "equals", "value": "Closed"}]}, ["ふつうの件"]),
        ({"fieldConditions": [{"field": "statusType", "operator": "in", "values": ["Closed", "Open"]}]}, ["ふつうの件", "急ぎの件"]),
        ({"fieldConditions": [{"field": "assigneeId", "comparator": "is_empty"}, {"field": "subject", "operator": "starts with", "value": "急"}]}, ["急ぎの件"]),
        ({"fieldConditions": [{"field": "createdTime", "operator": "last days", "value": 1}]}, ["ふつうの件", "急ぎの件"]),
        ({"fieldConditions": []}, ["ふつうの件", "急ぎの件"]),
        ({"groups": [{"conditions": [{"field": "priority", "operator": "is_empty"}]}]}, ["ふつうの件"]),
        ({"fieldConditions": [{"field": "priority", "operator": "is", "value": "Low"}]}, 204),
    ],
)  # fmt: skip
def test_filters_narrow_the_list(sato, two, criteria, found):
    assert subjects(sato.get("/tickets", filters=json.dumps({"criteria": criteria}))) == found


@pytest.mark.parametrize(
    "filters",
    ["{", "[]", "1", '{"criteria": 3}', '{"criteria": {"fieldConditions": 3}}', '{"criteria": {"fieldConditions": [3]}}',
     '{"criteria": {"fieldConditions": [{"field": "password", "value": "x"}]}}', '{"criteria": {"fieldConditions": [{"field": "status", "value": "Nope"}]}}'],
)  # fmt: skip
def test_filters_that_cannot_be_read_are_refused(sato, filters):
    status, _code, fields = told(sato.get("/tickets", filters=filters))
    assert status == 422 and fields[0][0].startswith("/filters")
