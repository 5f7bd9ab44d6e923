"""Business hours, holiday lists and a department's promises by the API (API B8; SPEC D5, I5)."""

import json
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from madoguchi.models import Department, HolidayList, Hours
from madoguchi.organisation import holidays, hours, promises
from madoguchi.organisation.day_lines import Day
from madoguchi.organisation.promises import Aim
from tests.doors.api.conftest import told

KEYS = set(
    """id name type status timeZoneId timeZone businessTimes holidayListId associatedHolidayList holidayLists createdTime
    modifiedTime createdBy modifiedBy""".split()
)
LIST_KEYS = set(
    """id name status holidayListType year hasJapaneseHolidays associatedBusinessHours createdTime modifiedTime createdBy
    modifiedBy""".split()
)
WEEKDAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"]
SPLIT = [{"startTime": "10:00", "endTime": "12:30"}, {"startTime": "13:30", "endTime": "16:00"}]
INDIA = {
    "timeZoneId": "Asia/Kolkata",
    "name": "IST Shift",
    "businessTimes": [{"day": day, "startTime": "10:00", "endTime": "16:00", "timeSlots": SPLIT} for day in WEEKDAYS],
    "type": "SPECIFIC",
    "status": "ACTIVE",
}
NINE_TO_SIX = [[[540, 1080]]] * 5 + [[], []]


@pytest.fixture
def weekdays(cast) -> Hours:
    return hours.add_hours({"name": "平日", "week": NINE_TO_SIX}, by=cast.admin)


@pytest.fixture
def closures(cast) -> HolidayList:
    days = [Day(date(2026, 12, 29), "年末"), Day(date(2026, 12, 30), "年末"), Day(date(2026, 12, 31), "大晦日")]
    return holidays.add_list({"name": "会社"}, days, by=cast.admin)


def test_hours_are_added_as_a_client_sends_them(cast, admin):
    answer = admin.post("/businessHours", INDIA)
    assert answer.status_code == 201
    found = answer.json()
    assert found.keys() == KEYS
    assert (found["type"], found["status"], found["timeZone"]["id"]) == ("SPECIFIC", "ACTIVE", "Asia/Kolkata")
    assert found["businessTimes"][0] == {"day": "MONDAY", "startTime": "10:00", "endTime": "16:00", "timeSlots": SPLIT}
    assert found["businessTimes"][5] == {"day": "SATURDAY", "startTime": "00:00", "endTime": "00:00", "timeSlots": []}
    assert Hours.objects.get().week == [[[600, 750], [810, 960]]] * 5 + [[], []]


def test_an_answer_sent_back_changes_nothing(cast, admin):
    for week in (NINE_TO_SIX, [[[0, 1440]], [[0, 360], [1320, 1440]]] + [[[540, 1080]]] * 5):
        row = hours.add_hours({"name": f"週 {len(week[0])}{week[0]}", "week": week}, by=cast.admin)
        times = admin.get(f"/businessHours/{row.pk}").json()["businessTimes"]
        assert admin.patch(f"/businessHours/{row.pk}", {"businessTimes": times}).status_code == 200
        assert Hours.objects.get(pk=row.pk).week == week


def test_round_the_clock_is_a_type(cast, admin):
    made = admin.post("/businessHours", {"name": "常時", "type": "24X7", "timeZoneId": "UTC"}).json()
    assert made["type"] == "24X7" and Hours.objects.get().week == [[[0, 1440]]] * 7
    refused = admin.patch(f"/businessHours/{made['id']}", {"type": "SPECIFIC"})
    assert told(refused) == (422, "INVALID_DATA", [("/businessTimes", "missing")])


def test_days_of_different_hours_are_custom_and_start_and_end_alone_will_do(cast, admin):
    times = [
        {"day": "SATURDAY", "startTime": "09:00", "endTime": "12:00", "timeSlots": []},
        {"day": "MONDAY", "startTime": "09:00", "endTime": "00:00"},
        {"day": "SUNDAY"},
    ]
    made = admin.post("/businessHours", {"name": "変則", "businessTimes": times}).json()
    assert (made["type"], made["timeZoneId"]) == ("CUSTOM", "Asia/Tokyo")
    assert Hours.objects.get().week == [[[540, 1440]], [], [], [], [], [[540, 720]], []]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": ""}, [("/name", "missing")]),
        ({"name": None}, [("/name", "invalid")]),
        ({"timeZoneId": "Asia/Edo"}, [("/timeZoneId", "invalid")]),
        ({"status": "OFF"}, [("/status", "invalid")]),
        ({"type": "ALWAYS"}, [("/type", "invalid")]),
        ({"holidayListId": "999"}, [("/holidayListId", "invalid")]),
        ({"holidayListIds": ["1", "2"]}, [("/holidayListIds/1", "invalid")]),
        ({"businessTimes": []}, [("/businessTimes", "invalid")]),
        ({"businessTimes": [{"day": "MONTAG"}]}, [("/businessTimes/0/day", "invalid")]),
        ({"businessTimes": [{"day": "MONDAY"}, {"day": "MONDAY"}]}, [("/businessTimes/1/day", "duplicate")]),
        (
            {"businessTimes": [{"day": "MONDAY", "startTime": "9", "endTime": "18:00"}]},
            [("/businessTimes/0/startTime", "invalid")],
        ),
        ({"businessTimes": [{"day": "MONDAY", "startTime": "09:00"}]}, [("/businessTimes/0/endTime", "invalid")]),
        (
            {"businessTimes": [{"day": "TUESDAY"}, {"day": "MONDAY", "startTime": "18:00", "endTime": "09:00"}]},
            [("/businessTimes/1", "invalid")],
        ),
        (
            {"businessTimes": [{"day": "FRIDAY", "timeSlots": [*SPLIT, {"startTime": "11:00", "endTime": "12:00"}]}]},
            [("/businessTimes/0", "invalid")],
        ),
        (
            {"businessTimes": [{"day": "FRIDAY", "timeSlots": [{"startTime": "25:00", "endTime": "26:00"}]}]},
            [("/businessTimes/0/timeSlots/0/startTime", "invalid")],
        ),
        ({"colour": "red"}, [("/colour", "invalid")]),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(cast, admin, weekdays, changes, fields):
    assert told(admin.post("/businessHours", {**INDIA, **changes})) == (422, "INVALID_DATA", fields)
    assert told(admin.patch(f"/businessHours/{weekdays.pk}", changes)) == (422, "INVALID_DATA", fields)
    assert list(Hours.objects.values_list("name", "week")) == [("平日", NINE_TO_SIX)]


def test_a_name_that_is_taken_is_a_duplicate(cast, admin, weekdays):
    assert told(admin.post("/businessHours", {**INDIA, "name": "平日"})) == (
        422,
        "INVALID_DATA",
        [("/name", "duplicate")],
    )


def test_hours_are_listed_by_name_with_their_holidays(cast, admin, sato, weekdays, closures):
    hours.add_hours({"name": "旧", "week": NINE_TO_SIX, "is_active": False}, by=cast.admin)
    assert admin.patch(f"/businessHours/{weekdays.pk}", {"holidayListId": str(closures.pk)}).status_code == 200
    rows = sato.get("/businessHours").json()["data"]
    assert {row["name"]: row["holidayListId"] for row in rows} == {"平日": str(closures.pk), "旧": None}
    assert [row["name"] for row in sato.get("/businessHours", status="INACTIVE").json()["data"]] == ["旧"]
    assert [row["name"] for row in sato.get("/businessHours", businessHourIds=weekdays.pk).json()["data"]] == ["平日"]
    assert len(sato.get("/businessHours", limit=1, **{"from": 1}).json()["data"]) == 1
    assert sato.get("/businessHours", businessHourIds="999").status_code == 204
    assert sato.get("/businessHours", limit=51).status_code == 422
    assert admin.patch(f"/businessHours/{weekdays.pk}", {"holidayListIds": []}).json()["associatedHolidayList"] is None


def test_hours_in_use_are_not_deleted(cast, admin, weekdays):
    promises.assign_hours(cast.support, weekdays, by=cast.admin)
    assert told(admin.delete(f"/businessHours/{weekdays.pk}")) == (422, "UNPROCESSABLE_ENTITY", [])
    promises.assign_hours(cast.support, None, by=cast.admin)
    assert admin.delete(f"/businessHours/{weekdays.pk}").status_code == 204
    assert admin.get(f"/businessHours/{weekdays.pk}").status_code == 404


def test_agents_read_and_only_administrators_change(cast, caller, weekdays, closures):
    for who in (cast.light, cast.sato, cast.tanaka):
        agent = caller(who)
        assert agent.get(f"/businessHours/{weekdays.pk}").status_code == 200
        assert agent.get(f"/holidayList/{closures.pk}").status_code == 200
        for answer in (
            agent.post("/businessHours", INDIA),
            agent.patch(f"/businessHours/{weekdays.pk}", {"name": "別"}),
            agent.delete(f"/businessHours/{weekdays.pk}"),
            agent.post("/holidayList", {"name": "別", "status": "ACTIVE", "holidays": []}),
            agent.patch(f"/holidayList/{closures.pk}", {"name": "別"}),
            agent.delete(f"/holidayList/{closures.pk}"),
        ):
            assert told(answer)[:2] == (403, "FORBIDDEN")


def test_a_holiday_list_is_added_as_a_client_sends_it(cast, admin, weekdays):
    sent = {
        "associatedBusinessHourIds": [str(weekdays.pk)],
        "holidays": [
            {"from": "02-20", "to": "02-21", "holidayName": "Holiday1"},
            {"from": "12-31", "to": "01-02", "holidayName": "New Year"},
        ],
        "name": "My Company Holidays",
        "status": "ACTIVE",
    }
    answer = admin.post("/holidayList", sent)
    assert answer.status_code == 201
    found = answer.json()
    assert found.keys() == LIST_KEYS | {"holidays"}
    assert (found["holidayListType"], found["year"]) == ("RECURRING", None)
    assert [(each["from"], each["to"], each["year"]) for each in found["holidays"]] == [
        ("01-01", "01-02", None),
        ("02-20", "02-21", None),
        ("12-31", "12-31", None),
    ]
    assert [each["businessHourName"] for each in found["associatedBusinessHours"]] == ["平日"]
    assert Hours.objects.get().holidays_id == int(found["id"])
    assert admin.patch(f"/holidayList/{found['id']}", {"associatedBusinessHourIds": []}).status_code == 200
    assert Hours.objects.get().holidays_id is None


def test_days_of_one_year_and_the_national_ones(cast, admin):
    days = [{"from": "12-29", "to": "01-03", "holidayName": "年末年始"}]
    sent = {
        "name": "会社",
        "holidays": days,
        "holidayListType": "YEAR_SPECIFIC",
        "year": 2026,
        "hasJapaneseHolidays": True,
    }
    made = admin.post("/holidayList", sent).json()
    assert made["hasJapaneseHolidays"] is True
    assert [(each["from"], each["to"], each["year"]) for each in made["holidays"]] == [
        ("12-29", "12-31", 2026),
        ("01-01", "01-03", 2027),
    ]
    del sent["year"]
    assert told(admin.post("/holidayList", {**sent, "name": "他"})) == (422, "INVALID_DATA", [("/year", "missing")])


def test_days_sent_replace_those_there_in_the_year_of_the_list(cast, admin, closures):
    found = admin.get(f"/holidayList/{closures.pk}").json()
    assert (found["holidayListType"], found["year"]) == ("YEAR_SPECIFIC", 2026)
    assert found["holidays"] == [
        {"from": "12-29", "to": "12-30", "holidayName": "年末", "year": 2026},
        {"from": "12-31", "to": "12-31", "holidayName": "大晦日", "year": 2026},
    ]
    assert admin.patch(f"/holidayList/{closures.pk}", {"holidays": found["holidays"]}).json() == found
    admin.patch(f"/holidayList/{closures.pk}", {"holidays": [{"from": "08-13", "to": "08-13", "holidayName": "盆"}]})
    assert list(closures.days.values_list("day", "name")) == [(date(2026, 8, 13), "盆")]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": ""}, [("/name", "missing")]),
        ({"holidays": None}, [("/holidays", "invalid")]),
        ({"holidays": [{"from": "02-30", "to": "03-01"}]}, [("/holidays/0/from", "invalid")]),
        ({"holidays": [{"from": "3-1", "to": "03-01"}]}, [("/holidays/0/from", "invalid")]),
        ({"holidays": [{"from": "03-01"}]}, [("/holidays/0/to", "missing")]),
        ({"holidays": [{"from": "03-01", "to": "03-01", "year": 1990}]}, [("/holidays/0/year", "invalid")]),
        ({"associatedBusinessHourIds": ["999"]}, [("/associatedBusinessHourIds/0", "invalid")]),
        ({"status": "PAUSED"}, [("/status", "invalid")]),
    ],
)
def test_what_is_no_holiday_list_is_refused_at_its_field(cast, admin, closures, changes, fields):
    assert told(admin.patch(f"/holidayList/{closures.pk}", changes)) == (422, "INVALID_DATA", fields)
    assert told(admin.post("/holidayList", {"name": "他", **changes})) == (422, "INVALID_DATA", fields)
    assert [(each.name, each.days.count()) for each in HolidayList.objects.all()] == [("会社", 3)]


def test_a_list_in_use_is_not_deleted(cast, admin, weekdays, closures):
    hours.edit_hours(weekdays, {"holidays": closures}, by=cast.admin)
    assert told(admin.delete(f"/holidayList/{closures.pk}")) == (422, "UNPROCESSABLE_ENTITY", [])
    admin.patch(f"/businessHours/{weekdays.pk}", {"holidayListId": None})
    assert admin.delete(f"/holidayList/{closures.pk}").status_code == 204
    assert admin.get("/holidayList").status_code == 204


def test_a_department_s_promises_are_read_and_changed_as_far_as_they_are_sent(cast, caller, weekdays):
    tanaka, path = caller(cast.tanaka), f"/departments/{cast.support.pk}/settings/sla"
    before = tanaka.get(path).json()
    assert before == {"businessHoursId": None, "targets": [], "asksForRatings": True}
    sent = [
        {"priority": None, "firstResponseSeconds": 28800},
        {"priority": "Urgent", "firstResponseSeconds": 1800, "resolutionSeconds": 14400, "isByClock": True},
    ]
    after = tanaka.patch(path, {"businessHoursId": str(weekdays.pk), "targets": sent}).json()
    assert after["businessHoursId"] == str(weekdays.pk) and after["asksForRatings"] is True
    assert after["targets"] == [
        sent[1],
        {"priority": None, "firstResponseSeconds": 28800, "resolutionSeconds": None, "isByClock": False},
    ]
    assert tanaka.patch(path, {"asksForRatings": False}).json() == {**after, "asksForRatings": False}
    assert tanaka.patch(path, {"businessHoursId": None}).json()["businessHoursId"] is None


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({"businessHoursId": "999"}, [("/businessHoursId", "invalid")]),
        ({"targets": None}, [("/targets", "invalid")]),
        ({"asksForRatings": None}, [("/asksForRatings", "invalid")]),
        ({"targets": [{"priority": "Top"}]}, [("/targets/0/priority", "invalid")]),
        ({"targets": [{"priority": "Low"}, {"priority": "Low"}]}, [("/targets/1/priority", "duplicate")]),
        (
            {"targets": [{"priority": "Low", "firstResponseSeconds": 0}]},
            [("/targets/0/firstResponseSeconds", "invalid")],
        ),
        (
            {"targets": [{}, {"priority": "Low", "firstResponseSeconds": 60, "resolutionSeconds": 59}]},
            [("/targets/1/resolutionSeconds", "invalid")],
        ),
    ],
)
def test_promises_that_cannot_be_are_refused_at_their_field(cast, caller, sent, fields):
    promises.set_targets(cast.support, {"High": Aim(60)}, by=cast.admin)
    tanaka, path = caller(cast.tanaka), f"/departments/{cast.support.pk}/settings/sla"
    assert told(tanaka.patch(path, {"asksForRatings": False, **sent})) == (422, "INVALID_DATA", fields)
    assert Department.objects.get(pk=cast.support.pk).asks_for_ratings
    assert [target["priority"] for target in tanaka.get(path).json()["targets"]] == ["High"]


def test_promises_are_a_supervisor_s_of_the_department(cast, caller, sato):
    path = f"/departments/{cast.support.pk}/settings/sla"
    assert sato.get(path).status_code == 200
    assert told(sato.patch(path, {"asksForRatings": False}))[:2] == (403, "FORBIDDEN")
    assert told(caller(cast.suzuki).get(path))[:2] == (404, "URL_NOT_FOUND")
    other = f"/departments/{cast.billing.pk}/settings/sla"
    assert caller(cast.tanaka).patch(other, {"asksForRatings": False}).status_code == 404


def test_lists_cost_the_same_for_few_and_many(cast, admin):
    def statements(path: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert json.loads(admin.get(path).content)["data"]
        return len(seen)

    def more(n: int) -> None:
        for each in range(n):
            listed = holidays.add_list({"name": f"一覧 {n} {each}"}, [Day(date(2026, 12, 29))], by=cast.admin)
            hours.add_hours({"name": f"時間 {n} {each}", "week": NINE_TO_SIX, "holidays": listed}, by=cast.admin)

    more(2)
    statements("/businessHours")
    few = [statements("/businessHours"), statements("/holidayList")]
    more(12)
    assert [statements("/businessHours"), statements("/holidayList")] == few
