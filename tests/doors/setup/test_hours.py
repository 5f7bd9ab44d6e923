"""設定 → 組織 → 営業時間と SLA: hours, holiday lists, and what departments promise (SPEC D5, I5)."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from madoguchi import record
from madoguchi.doors.agent.setup import spans, week_form, week_words
from madoguchi.models import Department, Holiday, HolidayList, Hours, TimesRecount
from madoguchi.organisation import holidays, hours, promises
from madoguchi.organisation.day_lines import Day
from madoguchi.organisation.promises import Aim

NINE_TO_SIX = [[[540, 1080]]] * 5 + [[], []]
BREAK = [[[540, 720], [780, 1080]]] * 5 + [[], []]
KINDS = {"closed": [], "one": [("09:00", "18:00")], "several": [("09:00", "12:00"), ("13:00", "18:00"), ("", "")]}


@pytest.fixture
def weekdays(cast) -> Hours:
    listed = holidays.add_list({"name": "祝日", "has_japanese": True}, by=cast.admin)
    return hours.add_hours({"name": "平日", "week": NINE_TO_SIX, "holidays": listed}, by=cast.admin)


@pytest.fixture
def supervisor(cast, signed_in):
    return signed_in(cast.tanaka)


def form(name="平日", *, week="one one one one one closed closed", holidays="", **changes):
    sent = {"name": name, "time_zone": "Asia/Tokyo", "holidays": holidays}
    for n, kind in enumerate(week.split()):
        sent[f"day-{n}"] = kind
        for k, (start, end) in enumerate(KINDS.get(kind, KINDS["one"])):
            sent |= {f"start-{n}-{k}": start, f"end-{n}-{k}": end}
    return {**sent, **{name.replace("_", "-"): value for name, value in changes.items()}}


def words(answer) -> str:
    return answer.content.decode()


def test_the_settings_lead_to_hours_for_who_may_supervise(cast, signed_in):
    for who, status in ((cast.admin, 200), (cast.tanaka, 200), (cast.sato, 403), (cast.light, 403)):
        browser = signed_in(who)
        assert browser.get("/settings/hours").status_code == status
        assert ("営業時間と SLA" in words(browser.get("/settings/"))) == (status == 200)


def test_hours_are_made_from_the_week_as_it_is_typed(admin):
    answer = admin.post("/settings/hours/new", form(week="one several one one one whole closed", end_0_0="00:00"))
    row = Hours.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/settings/hours/{row.pk}")
    assert row.week == [[[540, 1440]], [[540, 720], [780, 1080]], *[[[540, 1080]]] * 3, [[0, 1440]], []]
    page = words(admin.get(f"/settings/hours/{row.pk}"))
    assert 'name="end-0-0" value="00:00"' in page and 'name="start-1-2" value=""' in page


def test_a_day_says_what_is_wrong_with_it_and_nothing_typed_is_lost(admin):
    answer = admin.post("/settings/hours/new", form("夜間", start_2_0="22:00", end_2_0="06:00"))
    assert answer.status_code == 422 and not Hours.objects.exists()
    page = words(answer)
    assert "水曜日：終了は開始より後にしてください。" in page and 'id="day-2-error"' in page
    assert 'value="夜間"' in page and 'name="start-2-0" value="22:00"' in page
    for changes, said in (
        ({"start_0_0": ""}, "開始と終了の時刻を"),
        ({"end_0_0": "25:00"}, "開始と終了の時刻を"),
        ({"name": ""}, "この項目は必須です。"),
        ({"time_zone": "Asia/Edo"}, "id_time_zone-error"),
        ({"week": "closed closed closed closed closed closed closed"}, "少なくとも 1 日は営業日"),
    ):
        sent = {"name": "夜間", **changes}
        answer = admin.post("/settings/hours/new", form(**sent) if "time_zone" not in sent else {**form(), **changes})
        assert answer.status_code == 422 and said in words(answer), changes
    assert not Hours.objects.exists()


def test_a_taken_name_stands_at_its_field(admin, weekdays):
    answer = admin.post("/settings/hours/new", form("平日"))
    assert answer.status_code == 422 and "この名前はすでに使われています。" in words(answer)


def test_supervisors_see_hours_and_lists_but_do_not_change_them(cast, supervisor, weekdays):
    holidays.put_days(weekdays.holidays, [Day(date(2026, 12, 29), "年末")], by=cast.admin)
    at, listed = f"/settings/hours/{weekdays.pk}", f"/settings/holidays/{weekdays.holidays_id}"
    for path in (at, listed):
        page = words(supervisor.get(path))
        assert 'method="post" action="/settings' not in page
    for path, sent in (
        (at, form()),
        (f"{at}/delete", {}),
        ("/settings/hours/new", form("別")),
        (listed, {"name": "別"}),
        (f"{listed}/days", {"day": "2026-12-30"}),
        (f"{listed}/days/{Holiday.objects.get().pk}/removal", {}),
        (f"{listed}/pasted", {"text": "2026-12-30"}),
        (f"{listed}/delete", {}),
        ("/settings/holidays/new", {"name": "別"}),
    ):
        assert supervisor.post(path, sent).status_code == 403, path
    assert (Hours.objects.count(), HolidayList.objects.count(), Holiday.objects.count()) == (1, 1, 1)


def test_hours_in_use_are_not_offered_to_be_deleted_and_stay(cast, admin, weekdays):
    promises.assign_hours(cast.support, weekdays, by=cast.admin)
    at = f"/settings/hours/{weekdays.pk}"
    assert f"{at}/delete" not in words(admin.get(at))
    answer = admin.post(f"{at}/delete")
    assert answer.status_code == 422 and "サポートで使用中です" in words(answer)
    promises.assign_hours(cast.support, None, by=cast.admin)
    assert admin.post(f"{at}/off")["Location"] == at and not Hours.objects.get().is_active
    assert admin.post(f"{at}/on").status_code == 303 and Hours.objects.get().is_active
    assert admin.post(f"{at}/delete")["Location"] == "/settings/hours" and not Hours.objects.exists()
    assert admin.post(f"{at}/burn").status_code == 404


def test_the_next_two_weeks_name_their_holidays(admin, weekdays):
    with record.at(datetime(2026, 11, 20, 9, 30, tzinfo=UTC)):  # Friday evening in Tokyo
        page = words(admin.get(f"/settings/hours/{weekdays.pk}"))
        seen = week_words.outlook(weekdays)
    assert "勤労感謝の日" in page and "営業時間外" in page
    assert not seen.is_open and seen.until.isoformat() == "2026-11-24T09:00:00+09:00"
    assert [each.holiday for each in seen.days[:5]] == [None, None, None, "勤労感謝の日", None]
    assert [each.is_open for each in seen.days[:5]] == [True, False, False, False, True]
    with record.at(datetime(2026, 11, 20, 1, 0, tzinfo=UTC)):
        seen = week_words.outlook(weekdays)
    assert seen.is_open and seen.until.isoformat() == "2026-11-20T18:00:00+09:00"


def test_round_the_clock_has_no_end(cast):
    row = hours.add_hours({"name": "常時", "week": [[[0, 1440]]] * 7}, by=cast.admin)
    seen = week_words.outlook(row)
    assert seen.is_open and seen.until is None and all(each.is_open for each in seen.days)


def test_national_holidays_are_read_in_english_too(cast, signed_in, weekdays):
    cast.tanaka.agent.language = "en"
    cast.tanaka.agent.save()
    with record.at(datetime(2026, 11, 20, tzinfo=UTC)):
        page = words(signed_in(cast.tanaka).get(f"/settings/hours/{weekdays.pk}"))
    assert "Labor Thanksgiving Day" in page and "勤労感謝の日" not in page


def test_a_holiday_list_is_made_filled_and_emptied_again(admin):
    made = admin.post("/settings/holidays/new", {"name": "会社", "has_japanese": "on"})
    at = f"/settings/holidays/{HolidayList.objects.get().pk}"
    assert made["Location"] == at
    assert admin.post(f"{at}/days", {"day": "2026-12-29", "name": "年末", "is_yearly": "on"}).status_code == 303
    assert admin.post(f"{at}/pasted", {"text": "2026-12-30 年末\n2026-12-31 大晦日"})["Location"] == f"{at}#days"
    page = words(admin.get(at))
    this_year = date.today().year
    assert "毎年" in page and "大晦日" in page and f"{this_year} 年の休業日" in page and "天皇誕生日" in page
    for day in Holiday.objects.all():
        assert admin.post(f"{at}/days/{day.pk}/removal").status_code == 303
    assert not Holiday.objects.exists()
    assert admin.post(at, {"name": "会社の休み"}).status_code == 303
    assert HolidayList.objects.values_list("name", "has_japanese").get() == ("会社の休み", False)
    assert admin.post(f"{at}/delete")["Location"] == "/settings/hours" and not HolidayList.objects.exists()


def test_what_is_wrong_with_days_stands_where_it_was_typed(cast, admin):
    listed = holidays.add_list({"name": "会社"}, by=cast.admin)
    at = f"/settings/holidays/{listed.pk}"
    answer = admin.post(f"{at}/pasted", {"text": "2026-12-29 年末\n来週\n2026-02-30"})
    assert answer.status_code == 422
    page = words(answer)
    assert "2 行目「来週」：2026-12-29 のように日付から始めてください" in page
    assert "3 行目「2026-02-30」：存在しない日付です" in page
    assert "2026-12-29 年末\n来週" in page.replace("\r", "")
    for path, sent in (
        (f"{at}/pasted", {"text": ""}),
        (f"{at}/days", {"day": "明日"}),
        (f"{at}/days", {"day": "1999-01-01"}),
        (at, {"name": ""}),
    ):
        assert admin.post(path, sent).status_code == 422, sent
    assert not Holiday.objects.exists() and HolidayList.objects.get().name == "会社"


def test_a_list_in_use_stays(cast, admin, weekdays):
    at = f"/settings/holidays/{weekdays.holidays_id}"
    assert f"{at}/delete" not in words(admin.get(at))
    assert admin.post(f"{at}/delete").status_code == 422
    assert HolidayList.objects.exists()


def targets(**cells):
    """Cells such as High_response="4 hours"."""
    sent = {"hours": cells.pop("hours", "")}
    for key in ("Urgent", "High", "Medium", "Low", "none"):
        for what in ("response", "resolution"):
            number, _space, unit = cells.get(f"{key}_{what}", "").partition(" ")
            sent |= {f"{what}-{key}-n": number, f"{what}-{key}-unit": unit or "hours"}
        sent[f"by-{key}"] = cells.get(f"{key}_by", "hours")
    return sent


def test_a_supervisor_sets_what_the_own_department_promises(cast, supervisor, weekdays):
    at = f"/settings/hours/departments/{cast.support.pk}"
    sent = targets(
        hours=str(weekdays.pk),
        Urgent_response="30 minutes",
        Urgent_resolution="4 hours",
        Urgent_by="clock",
        High_response="1.5 hours",
        Medium_resolution="3 days",
        Low_resolution="2 days",
        Low_by="clock",
        none_response="1 days",
    )
    answer = supervisor.post(at, sent)
    assert (answer.status_code, answer["Location"]) == (303, at)
    assert {t.priority: (t.response_s, t.resolution_s, t.by_clock) for t in promises.targets_of(cast.support)} == {
        "Urgent": (1800, 14400, True),
        "High": (5400, None, False),
        "Medium": (None, 3 * 9 * 3600, False),
        "Low": (None, 2 * 86400, True),
        "": (9 * 3600, None, False),
    }
    row = Department.objects.get(pk=cast.support.pk)
    assert row.hours == weekdays and not row.asks_for_ratings
    page = words(supervisor.get(at))
    assert 'name="response-High-n" value="1.5"' in page and 'name="resolution-Medium-n" value="3"' in page
    assert "この営業時間では 9時間" in page
    assert supervisor.post(at, {**sent, "asks_for_ratings": "on"}).status_code == 303
    assert Department.objects.get(pk=cast.support.pk).asks_for_ratings


def test_a_target_that_cannot_be_stands_at_its_field_and_nothing_is_changed(cast, supervisor, weekdays):
    at = f"/settings/hours/departments/{cast.support.pk}"
    for sent, said in (
        (targets(High_response="4 hours", High_resolution="2 hours", hours=str(weekdays.pk)), "resolution-High-error"),
        (targets(High_response="soon hours"), "response-High-error"),
        (targets(none_response="-1 hours"), "response-none-error"),
        (targets(Low_resolution="400 days", Low_by="clock"), "resolution-Low-error"),
        (targets(Low_resolution="1 weeks"), "resolution-Low-error"),
        (targets(hours="999"), "f-hours-error"),
        (targets(hours="x"), "f-hours-error"),
    ):
        answer = supervisor.post(at, sent)
        assert answer.status_code == 422 and f'id="{said}"' in words(answer), sent
    assert 'value="soon"' in words(supervisor.post(at, targets(High_response="soon hours")))
    row = Department.objects.get(pk=cast.support.pk)
    assert row.hours is None and row.asks_for_ratings and not row.targets.exists()


def test_a_supervisor_of_another_department_does_not_find_it(cast, supervisor):
    at = f"/settings/hours/departments/{cast.billing.pk}"
    assert supervisor.get(at).status_code == 404
    assert supervisor.post(at, targets()).status_code == 404
    assert supervisor.post(f"{at}/recounts").status_code == 404
    page = words(supervisor.get("/settings/hours"))
    assert reverse("promises", args=[cast.support.pk]) in page and at not in page


def test_past_tickets_are_counted_anew_with_progress_to_see(cast, admin, supervisor, weekdays):
    promises.assign_hours(cast.support, weekdays, by=cast.admin)
    at = f"/settings/hours/departments/{cast.support.pk}"
    for path in (at, f"/settings/hours/{weekdays.pk}"):
        assert f'action="{at}/recounts"' in words(admin.get(path))
    assert supervisor.post(f"{at}/recounts").status_code == 403
    assert admin.post(f"{at}/recounts")["Location"] == f"{at}#counted"
    row = TimesRecount.objects.get(department=cast.support)
    TimesRecount.objects.filter(pk=row.pk).update(done=1200, total=3400, finished_at=None)
    for path in (at, f"/settings/hours/{weekdays.pk}"):
        page = words(admin.get(path))
        assert '<progress max="3400" value="1200"' in page and "1,200 / 3,400" in page
        assert f'href="{path}">最新の状態を見る' in page and f'action="{at}/recounts"' not in page
    TimesRecount.objects.filter(pk=row.pk).update(done=3400, finished_at=record.now())
    assert "前回：3400 件" in words(admin.get(at))
    page = words(supervisor.get(at))
    assert "前回：3400 件" in page and f'action="{at}/recounts"' not in page


@pytest.mark.parametrize(
    "week", [NINE_TO_SIX, BREAK, [[[0, 1440]]] * 7, [[[0, 360], [480, 720], [1320, 1440]]] + [[]] * 6]
)
def test_a_week_goes_through_its_form_unchanged(week):
    sent = {}
    for day in week_form.shown(week):
        sent[f"day-{day.n}"] = day.kind
        for k, (start, end) in enumerate(day.pairs):
            sent |= {f"start-{day.n}-{k}": start, f"end-{day.n}-{k}": end}
    assert week_form.week_of(week_form.typed(sent)) == week


def test_a_span_is_shown_as_it_was_typed():
    for seconds, day_s, shown in (
        (1800, 32400, ("30", "minutes")),
        (5400, 32400, ("1.5", "hours")),
        (32400, 32400, ("1", "days")),
        (48600, 32400, ("1.5", "days")),
        (86400, 86400, ("1", "days")),
        (45, 86400, ("0.75", "minutes")),
        (None, 86400, ("", "hours")),
    ):
        span = spans.shown(seconds, day_s)
        assert (span.number, span.unit) == shown
        assert spans.seconds_of(span, day_s, "") == seconds


def test_pages_cost_the_same_with_few_rows_and_many(cast, admin, statements, weekdays):
    promises.assign_hours(cast.support, weekdays, by=cast.admin)
    promises.set_targets(cast.support, {"High": Aim(60)}, by=cast.admin)
    holidays.put_days(weekdays.holidays, [Day(date(2026, 12, 29))], by=cast.admin)
    paths = [
        "/settings/hours",
        f"/settings/hours/{weekdays.pk}",
        f"/settings/hours/departments/{cast.support.pk}",
        f"/settings/holidays/{weekdays.holidays_id}",
    ]
    few = [statements(admin, path) for path in paths]
    for n in range(12):
        listed = holidays.add_list({"name": f"一覧 {n}"}, by=cast.admin)
        row = hours.add_hours({"name": f"時間 {n}", "week": NINE_TO_SIX, "holidays": listed}, by=cast.admin)
        hours.edit_hours(row, {"holidays": weekdays.holidays}, by=cast.admin)
    for department in (cast.billing, cast.delivery):
        promises.assign_hours(department, weekdays, by=cast.admin)
    aims = {priority: Aim(60) for priority in promises.PRIORITIES}
    promises.set_targets(cast.support, aims, by=cast.admin)
    holidays.put_days(weekdays.holidays, [Day(date(2027, 1, n)) for n in range(1, 30)], by=cast.admin)
    assert [statements(admin, path) for path in paths] == few
    assert max(few) <= 14
