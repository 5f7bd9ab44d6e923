"""Business hours, holiday lists and what a department promises (SPEC D5)."""

from datetime import date
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction

from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.models import Department, Event, Holiday, HolidayList, Hours, Target
from madoguchi.organisation import holidays, hours, promises
from madoguchi.organisation.day_lines import Day
from madoguchi.organisation.promises import Aim
from madoguchi.organisation.week import ROUND_THE_CLOCK, length_of_a_day

pytestmark = pytest.mark.django_db

NINE_TO_SIX = [[[540, 1080]]] * 5 + [[], []]
BREAK = [[[540, 720], [780, 1080]]] * 5 + [[], []]


def weekdays(cast, name="平日", **more):
    return hours.add_hours({"name": name, "week": NINE_TO_SIX, **more}, by=cast.admin)


def changed():
    return Event.objects.filter(verb="setup.changed").order_by("-id").first()


def refusal(act, *args, **more):
    with pytest.raises(Refused) as caught:
        act(*args, **more)
    return caught.value.code, caught.value.field


def test_hours_are_added_with_their_week_and_written_down(cast):
    made = weekdays(cast, time_zone="Asia/Tokyo")
    assert Hours.objects.get().week == NINE_TO_SIX
    assert changed().after["what"] == f"hours {made.pk}"
    assert changed().after["week"] == NINE_TO_SIX


def test_a_day_can_have_several_times_which_are_put_in_order(cast):
    week = [[[780, 1080], [540, 720]]] + [[]] * 6
    assert hours.add_hours({"name": "昼休み", "week": week}, by=cast.admin).week[0] == [[540, 720], [780, 1080]]


def test_times_that_touch_are_one(cast):
    week = [[[540, 720], [720, 1080]]] + [[]] * 6
    assert hours.add_hours({"name": "続き", "week": week}, by=cast.admin).week[0] == [[540, 1080]]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": ""}, ("EMPTY", "name")),
        ({"name": "長" * 101}, ("TOO_LONG", "name")),
        ({"time_zone": "Asia/Edo"}, ("NOT_A_TIME_ZONE", "time_zone")),
        ({"colour": 1}, ("UNKNOWN_FIELD", "colour")),
        ({"week": [[]] * 7}, ("NEVER_OPEN", "week")),
        ({"week": NINE_TO_SIX[:6]}, ("NOT_A_WEEK", "week")),
        ({"week": "MONDAY!"}, ("NOT_A_WEEK", "week")),
        ({"week": [[[540, 1080], [1000, 1200]]] + [[]] * 6}, ("OVERLAPPING", "week.0")),
        ({"week": [[]] * 2 + [[[540, 540]]] + [[]] * 4}, ("BACKWARDS", "week.2")),
        ({"week": [[]] * 6 + [[[1320, 360]]]}, ("BACKWARDS", "week.6")),
        ({"week": [[[540, 1441]]] + [[]] * 6}, ("NOT_A_TIME", "week.0")),
        ({"week": [[[-1, 60]]] + [[]] * 6}, ("NOT_A_TIME", "week.0")),
        ({"week": [[[True, 60]]] + [[]] * 6}, ("NOT_A_TIME", "week.0")),
        ({"week": [["09:00", "18:00"]] + [[]] * 6}, ("NOT_A_TIME", "week.0")),
        ({"week": [[[n * 60, n * 60 + 30] for n in range(11)]] + [[]] * 6}, ("TOO_MANY", "week.0")),
    ],
)
def test_what_is_no_week_is_refused_at_its_field(cast, changes, expected):
    week = {"name": "平日", "week": NINE_TO_SIX, **changes}
    assert refusal(hours.add_hours, week, by=cast.admin) == expected
    there = weekdays(cast)
    assert refusal(hours.edit_hours, there, changes, by=cast.admin) == expected
    assert list(Hours.objects.values_list("name", "week")) == [("平日", NINE_TO_SIX)]


def test_a_name_is_given_once_whatever_its_case(cast):
    weekdays(cast, "Tokyo")
    assert refusal(hours.add_hours, {"name": "TOKYO", "week": NINE_TO_SIX}, by=cast.admin) == ("NAME_TAKEN", "name")
    other = weekdays(cast, "Osaka")
    assert refusal(hours.edit_hours, other, {"name": "tokyo"}, by=cast.admin) == ("NAME_TAKEN", "name")


def test_only_administrators_change_hours_and_holidays(cast):
    there, listed = weekdays(cast), holidays.add_list({"name": "祝日"}, [Day(date(2026, 12, 29))], by=cast.admin)
    for act in (
        lambda by: hours.add_hours({"name": "夜"}, by=by),
        lambda by: hours.edit_hours(there, {"name": "夜"}, by=by),
        lambda by: hours.delete_hours(there, by=by),
        lambda by: holidays.add_list({"name": "別"}, by=by),
        lambda by: holidays.edit_list(listed, {"name": "別"}, by=by),
        lambda by: holidays.put_days(listed, [], by=by),
        lambda by: holidays.set_days(listed, [], by=by),
        lambda by: holidays.remove_day(listed.days.get(), by=by),
        lambda by: holidays.import_days(listed, "12/30", by=by),
        lambda by: holidays.delete_list(listed, by=by),
    ):
        for who in (cast.tanaka, cast.sato, cast.light):
            with pytest.raises(Denied):
                act(who)


def test_saving_the_same_again_leaves_no_line_in_the_history(cast):
    there = weekdays(cast)
    n = Event.objects.count()
    hours.edit_hours(there, {"name": "平日", "week": NINE_TO_SIX}, by=cast.admin)
    assert Event.objects.count() == n


def test_hours_in_use_are_neither_deleted_nor_switched_off(cast):
    there = weekdays(cast)
    promises.assign_hours(cast.support, there, by=cast.tanaka)
    with pytest.raises(Refused, match="サポート"):
        hours.delete_hours(there, by=cast.admin)
    assert refusal(hours.edit_hours, there, {"is_active": False}, by=cast.admin) == ("IN_USE", "")
    promises.assign_hours(cast.support, None, by=cast.tanaka)
    hours.delete_hours(there, by=cast.admin)
    assert not Hours.objects.exists()
    assert changed().after["deleted"] is True


def test_hours_out_of_use_are_not_given_to_a_department(cast):
    there = weekdays(cast, is_active=False)
    assert refusal(promises.assign_hours, cast.support, there, by=cast.admin) == ("OFF", "hours")


def test_a_holiday_list_in_use_stays(cast):
    listed = holidays.add_list({"name": "祝日", "has_japanese": True}, by=cast.admin)
    there = weekdays(cast, holidays=listed)
    with pytest.raises(Refused, match="平日"):
        holidays.delete_list(listed, by=cast.admin)
    assert refusal(holidays.edit_list, listed, {"is_active": False}, by=cast.admin) == ("IN_USE", "")
    hours.edit_hours(there, {"holidays": None}, by=cast.admin)
    holidays.delete_list(listed, by=cast.admin)
    assert not HolidayList.objects.exists()


def test_a_list_that_is_gone_or_out_of_use_cannot_be_observed(cast):
    gone = HolidayList(pk=999, name="無い")
    assert refusal(hours.add_hours, {"name": "平日", "week": NINE_TO_SIX, "holidays": gone}, by=cast.admin) == (
        "GONE",
        "holidays",
    )
    off = holidays.add_list({"name": "旧", "is_active": False}, by=cast.admin)
    assert refusal(weekdays, cast, holidays=off) == ("OFF", "holidays")


def test_the_days_of_a_list_are_kept_once(cast):
    listed = holidays.add_list(
        {"name": "会社"}, [Day(date(2026, 12, 29), "年末"), Day(date(2031, 8, 15), "盆", True)], by=cast.admin
    )
    assert holidays.put_days(
        listed, [Day(date(2026, 12, 29), "年末休業"), Day(date(1999, 8, 15), "\x00盆\n", True)], by=cast.admin
    ) == (0, 1)
    assert list(listed.days.values_list("day", "name", "is_yearly")) == [
        (date(2000, 8, 15), "盆", True),
        (date(2026, 12, 29), "年末休業", False),
    ]
    assert (changed().before, changed().after["days"]) == ({"days": {"2026-12-29": "年末"}}, {"2026-12-29": "年末休業"})


def test_a_list_is_set_as_a_whole(cast):
    listed = holidays.add_list({"name": "会社"}, [Day(date(2026, 12, 29)), Day(date(2026, 12, 30))], by=cast.admin)
    holidays.set_days(listed, [Day(date(2026, 12, 30)), Day(date(2026, 12, 31), "大晦日")], by=cast.admin)
    assert list(listed.days.values_list("day", "name")) == [(date(2026, 12, 30), ""), (date(2026, 12, 31), "大晦日")]


def test_removing_a_day_twice_changes_nothing_more(cast):
    listed = holidays.add_list({"name": "会社"}, [Day(date(2026, 12, 29))], by=cast.admin)
    day = listed.days.get()
    holidays.remove_day(day, by=cast.admin)
    n = Event.objects.count()
    holidays.remove_day(day, by=cast.admin)
    assert (Holiday.objects.count(), Event.objects.count()) == (0, n)


@pytest.mark.parametrize("day", [date(1999, 12, 31), date(2101, 1, 1)])
def test_days_of_other_centuries_are_refused(cast, day):
    assert refusal(holidays.add_list, {"name": "会社"}, [Day(day)], by=cast.admin) == ("NOT_A_DAY", "day")
    assert not HolidayList.objects.exists()


def test_a_list_has_a_thousand_days_at_most(cast):
    listed = holidays.add_list(
        {"name": "会社"}, [Day(date.fromordinal(738000 + n)) for n in range(1000)], by=cast.admin
    )
    assert refusal(holidays.put_days, listed, [Day(date(2040, 1, 1))], by=cast.admin) == ("TOO_MANY", "days")
    assert listed.days.count() == 1000


PASTED = """
2026-12-29 年末休業
2026/12/30,年末休業
2026年12月31日　大晦日

１２／２９ 毎年の休み
2028-2-29
"""


def test_a_list_of_dates_is_pasted_as_people_write_them(cast):
    listed = holidays.add_list({"name": "会社"}, by=cast.admin)
    assert holidays.import_days(listed, PASTED, by=cast.admin) == (5, 0)
    assert list(listed.days.values_list("day", "name", "is_yearly")) == [
        (date(2000, 12, 29), "毎年の休み", True),
        (date(2026, 12, 29), "年末休業", False),
        (date(2026, 12, 30), "年末休業", False),
        (date(2026, 12, 31), "大晦日", False),
        (date(2028, 2, 29), "", False),
    ]


FAULTY = """2026-12-29 年末休業
年末
2026-02-30 無い日
2026-12-29 もう一度
1999-01-01
2026-12-311
"""


def test_every_faulty_line_is_named_and_nothing_is_added(cast):
    listed = holidays.add_list({"name": "会社"}, by=cast.admin)
    with pytest.raises(Refused) as caught:
        holidays.import_days(listed, FAULTY, by=cast.admin)
    assert [(n, text) for n, text, _why in caught.value.faults] == [
        (2, "年末"),
        (3, "2026-02-30 無い日"),
        (4, "2026-12-29 もう一度"),
        (5, "1999-01-01"),
        (6, "2026-12-311"),
    ]
    assert (caught.value.code, caught.value.field) == ("FAULTY_LINES", "text")
    assert not listed.days.exists()


def test_nothing_pasted_is_refused(cast):
    listed = holidays.add_list({"name": "会社"}, by=cast.admin)
    assert refusal(holidays.import_days, listed, " \n\n", by=cast.admin) == ("EMPTY", "text")


def test_a_supervisor_promises_for_the_own_department(cast):
    there = weekdays(cast)
    promises.assign_hours(cast.support, there, by=cast.tanaka)
    assert Department.objects.get(pk=cast.support.pk).hours == there
    assert (changed().before, changed().after["hours"]) == ({"hours": None}, {"id": str(there.pk), "label": "平日"})
    for act in (
        lambda by, where: promises.assign_hours(where, there, by=by),
        lambda by, where: promises.set_targets(where, {}, by=by),
        lambda by, where: promises.ask_for_ratings(where, False, by=by),
    ):
        for who in (cast.sato, cast.light):
            with pytest.raises(Denied):
                act(who, cast.support)
        with pytest.raises(Hidden):
            act(cast.tanaka, cast.billing)


def test_targets_are_set_by_priority_and_as_a_whole(cast):
    aims = {"Urgent": Aim(3600, 14400, True), "": Aim(28800, None), "Low": Aim()}
    promises.set_targets(cast.support, aims, by=cast.tanaka)
    promises.set_targets(cast.billing, {"High": Aim(resolution_s=60)}, by=cast.admin)
    assert list(
        Target.objects.filter(department=cast.support)
        .values_list("priority", "response_s", "resolution_s", "by_clock")
        .order_by("-priority")
    ) == [
        ("Urgent", 3600, 14400, True),
        ("", 28800, None, False),
    ]
    promises.set_targets(cast.support, {"Urgent": Aim(1800, 14400, True)}, by=cast.tanaka)
    assert [(t.priority, t.response_s) for t in promises.targets_of(cast.support)] == [("Urgent", 1800)]
    assert changed().before["targets"]["Urgent"]["response_s"] == 3600
    assert changed().after["targets"] == {"Urgent": {"response_s": 1800, "resolution_s": 14400, "by_clock": True}}
    assert Target.objects.filter(department=cast.billing).count() == 1


@pytest.mark.parametrize(
    ("aims", "expected"),
    [
        ({"Highest": Aim(60)}, ("NO_PRIORITY", "Highest")),
        ({"High": Aim(0)}, ("OUT_OF_RANGE", "High.response_s")),
        ({"High": Aim(resolution_s=-5)}, ("OUT_OF_RANGE", "High.resolution_s")),
        ({"": Aim(367 * 86400)}, ("OUT_OF_RANGE", ".response_s")),
        ({"Low": Aim(7200, 3600)}, ("RESOLVED_BEFORE_ANSWERED", "Low.resolution_s")),
    ],
)
def test_a_target_that_cannot_be_is_refused_at_its_field(cast, aims, expected):
    promises.set_targets(cast.support, {"High": Aim(60, 120)}, by=cast.tanaka)
    assert refusal(promises.set_targets, cast.support, aims, by=cast.tanaka) == expected
    assert [(t.priority, t.response_s) for t in promises.targets_of(cast.support)] == [("High", 60)]


def test_asking_for_ratings_is_switched_by_department(cast):
    promises.ask_for_ratings(cast.support, False, by=cast.tanaka)
    assert not Department.objects.get(pk=cast.support.pk).asks_for_ratings
    assert (changed().before, changed().after["asks_for_ratings"]) == ({"asks_for_ratings": True}, False)


def test_a_business_day_is_what_most_days_have():
    assert length_of_a_day(NINE_TO_SIX) == 9 * 3600
    assert length_of_a_day(BREAK) == 8 * 3600
    assert length_of_a_day([[[540, 720]], [[540, 1080]], *[[]] * 5]) == 9 * 3600
    assert length_of_a_day(ROUND_THE_CLOCK) == 86400


@pytest.mark.django_db(transaction=True)
def test_hours_are_not_deleted_while_a_department_gets_them(cast):
    there = weekdays(cast)
    start, found = Barrier(2), []

    def tried(act):
        try:
            start.wait()
            with transaction.atomic():
                act()
            found.append("done")
        except Refused as refused:
            found.append(refused.code)
        finally:
            connection.close()

    both = [
        Thread(target=tried, args=[lambda: hours.delete_hours(there, by=cast.admin)]),
        Thread(target=tried, args=[lambda: promises.assign_hours(cast.support, there, by=cast.tanaka)]),
    ]
    for each in both:
        each.start()
    for each in both:
        each.join()
    left = Department.objects.get(pk=cast.support.pk).hours_id
    assert (sorted(found), left) in ((["IN_USE", "done"], there.pk), (["GONE", "done"], None))
