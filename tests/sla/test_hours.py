"""When a department works: hours, lists of holidays, and what a process keeps of them."""

from datetime import date

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from madoguchi import sla
from madoguchi.models import Department, Holiday, HolidayList, Hours
from tests.cast import open_one
from tests.sla.conftest import HOUR, OFFICE, aim, at, works


def test_japanese_holidays_have_those_taken_instead_and_those_between():
    days = sla.japanese_holidays(2026)
    assert len(days) == 18
    assert days[date(2026, 5, 6)] == "振替休日" and days[date(2026, 9, 22)] == "国民の休日"
    assert days[date(2026, 11, 3)] == "文化の日" and list(days) == sorted(days)
    assert sla.japanese_holidays(1900) == {} and len(sla.japanese_holidays(2099)) > 15


def test_a_list_has_its_own_days_yearly_ones_and_the_national_ones(db):
    free = HolidayList.objects.create(name="会社", has_japanese=True)
    for day, name, is_yearly in [
        (date(2020, 12, 29), "年末", True),
        (date(2024, 2, 29), "閏日", True),
        (date(2026, 11, 3), "創立記念", False),
        (date(2026, 8, 13), "夏休み", False),
    ]:
        Holiday.objects.create(list=free, day=day, name=name, is_yearly=is_yearly)
    days = sla.holidays_of(free, 2026)
    assert days[date(2026, 12, 29)] == "年末" and days[date(2026, 11, 3)] == "創立記念" and len(days) == 20
    assert date(2026, 8, 13) not in sla.holidays_of(free, 2027)
    assert date(2028, 2, 29) in sla.holidays_of(free, 2028) and date(2027, 3, 1) not in sla.holidays_of(free, 2027)


def test_days_of_the_list_are_not_worked(cast):
    hours = works(cast.support)
    Holiday.objects.create(list=hours.holidays, day=date(2020, 11, 4), is_yearly=True)
    Holiday.objects.create(list=hours.holidays, day=date(2026, 11, 5))
    sla.forget()
    time = sla.business_time(cast.support.pk)
    assert time is not None
    assert time.seconds_between(at(2, 0), at(7, 0)) == 2 * 8 * HOUR, "Monday and Friday"
    assert sla.business_time_of(hours).seconds_between(at(2, 0), at(7, 0)) == 2 * 8 * HOUR


@pytest.mark.parametrize(("model", "expected"), [(Hours, None), (HolidayList, 5 * 8 * HOUR)])
def test_what_is_switched_off_does_not_count(cast, model, expected):
    works(cast.support)
    model.objects.update(is_active=False)
    sla.forget()
    time = sla.business_time(cast.support.pk)
    assert (time and time.seconds_between(at(2, 0), at(7, 0))) == expected


def test_hours_that_cannot_be_read_stop_no_mail(cast, caplog):
    works(cast.support, zone="Mars/Olympus")
    aim(cast.support, resolution=1)
    assert sla.business_time(cast.support.pk) is None and open_one(cast).due_at is not None
    assert "round the clock" in caplog.text


def test_hours_that_are_not_saved_can_be_tried():
    hours = Hours(name="試し", time_zone="Europe/Berlin", week=OFFICE)
    assert sla.business_time_of(hours).week_s == 5 * 8 * HOUR


def test_targets_are_by_department_and_priority(cast):
    aim(cast.support, "High", response=1, resolution=2, by_clock=True)
    assert sla.target(cast.support.pk, "High") == sla.Target(HOUR, 2 * HOUR, True)
    assert sla.target(cast.support.pk, "") is None and sla.target(cast.billing.pk, "High") is None
    assert sla.business_time(cast.support.pk) is None


def test_all_of_it_is_one_statement_a_second_for_a_process(cast, monkeypatch):
    works(cast.support)
    aim(cast.support, resolution=1)
    monkeypatch.setattr(settings, "TESTING", False)
    sla.forget()
    with CaptureQueriesContext(connection) as asked:
        for department in Department.objects.order_by("pk").values_list("pk", flat=True):
            sla.business_time(department)
            sla.target(department, "")
    assert len(asked) == 2, "the departments, and all of the plans"


def test_the_same_hours_are_worked_out_once(cast):
    works(cast.support)
    first = sla.business_time(cast.support.pk)
    sla.forget()
    assert sla.business_time(cast.support.pk) is first
