"""Figures of contacts and accounts on the wire: strings, milliseconds, one's own departments."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from madoguchi import people, record, tally, tickets
from madoguchi.actor import Actor
from madoguchi.models import Agent, Status
from tests.cast import open_one
from tests.doors.api.conftest import told


@pytest.fixture
def told_story(cast):
    """Of 山田: one answered after a minute and closed after an hour, one late and escalated, one spam, one in billing."""
    start = timezone.now() - timedelta(days=2)
    with record.at(start):
        first, second, third = (open_one(cast, subject=f"件 {n}") for n in range(3))
        tickets.mark_spam(third, by=cast.sato)
        other = open_one(cast, department=cast.billing, mailbox=None, channel="Web")
    with record.at(start + timedelta(minutes=1)):
        tickets.reply(first, "はい", by=cast.sato)
    with record.at(start + timedelta(hours=1)):
        tickets.close(first, by=cast.sato)
    tickets.edit(second, {"due_at": timezone.now() - timedelta(hours=1)}, by=cast.sato)
    tickets.set_status(second, Status.objects.get(name="Escalated"), by=cast.sato)
    rate(first, "good")
    rate(other, "bad")
    return first, second, third, other


def rate(ticket, *values):
    today = tally.today().isoformat()
    with record.settle(ticket):
        ticket.ratings = [[today, value] for value in values]


def test_the_figures_of_a_contact(sato, cast, told_story):
    assert sato.get(f"/contacts/{cast.yamada.pk}/statistics").json() == {
        "firstResponseTime": "60000",
        "responseTime": "60000",
        "resolutionTime": "3600000",
        "openTickets": "1",
        "onholdTickets": "0",
        "closedTickets": "1",
        "overdueTickets": "1",
        "escalatedTickets": "1",
        "spamTickets": "1",
        "totalTickets": "2",
        "channelWiseCount": {"Email": "2"},
        "customerHappiness": {"goodCount": "1", "okCount": "0", "badCount": "0"},
    }


def test_an_account_has_those_of_its_contacts_of_the_departments_one_works_in(caller, sato, cast, told_story):
    path = f"/accounts/{cast.midori.pk}/statistics"
    open_one(cast, contact=people.identify("jiro@midori.example", "次郎", by=Actor.desk()))
    assert sato.get(path).json()["totalTickets"] == "3"
    every = caller(cast.admin).get(path).json()
    assert (every["totalTickets"], every["channelWiseCount"]) == ("4", {"Email": "3", "Web": "1"})
    assert every["customerHappiness"] == {"goodCount": "1", "okCount": "0", "badCount": "1"}
    one = caller(cast.admin).get(path, departmentId=cast.billing.pk).json()
    assert (one["totalTickets"], one["firstResponseTime"]) == ("1", "0")
    assert caller(cast.suzuki).get(path).json()["totalTickets"] == "1"


def test_a_department_one_does_not_work_in_is_not_there(sato, cast, told_story):
    for path in (f"/contacts/{cast.yamada.pk}/statistics", f"/accounts/{cast.midori.pk}/statistics"):
        for more in ("", ".csv"):
            assert told(sato.get(path + more, departmentId=cast.billing.pk))[:2] == (404, "URL_NOT_FOUND")
            assert told(sato.get(path + more, departmentId=10**12))[:2] == (404, "URL_NOT_FOUND")
    assert told(sato.get("/contacts/999999/statistics"))[:2] == (404, "URL_NOT_FOUND")
    assert (
        sato.get(f"/contacts/{cast.yamada.pk}/statistics", departmentId=cast.support.pk).json()["totalTickets"] == "2"
    )


def test_details_say_how_each_time_is_computed(english, cast, told_story):
    found = english.get(f"/contacts/{cast.yamada.pk}/statistics", detail="true").json()
    same = {"mean": "3600000", "median": "3600000", "p90": "3600000", "count": "1"}
    formula = "Mean of (last closing − creation of the ticket), over the tickets that are closed"
    assert found["resolutionTime"] == {**same, "business": same, "formula": formula}
    assert found["firstResponseTime"]["median"] == "60000"
    empty = english.get(f"/contacts/{cast.takahashi.pk}/statistics", detail="true").json()["responseTime"]
    assert (empty["mean"], empty["count"], empty["business"]["p90"]) == (None, "0", None)


def test_of_the_last_days_only(sato, cast, told_story):
    path = f"/contacts/{cast.yamada.pk}/statistics"
    today = sato.get(path, days=1).json()
    assert (today["totalTickets"], today["escalatedTickets"], today["customerHappiness"]["goodCount"]) == (
        "0",
        "0",
        "1",
    )
    assert sato.get(path, days=7).json()["totalTickets"] == "2"
    assert told(sato.get(path, days=0))[0] == 422


def test_lists_say_how_satisfied_each_is(caller, sato, cast, told_story):
    first, _second, _third, _other = told_story
    rate(first, "good", "ok", "good")
    rows = {row["id"]: row["customerHappiness"] for row in sato.get("/contacts").json()["data"]}
    assert rows[str(cast.yamada.pk)] == {"badPercentage": "0", "okPercentage": "33", "goodPercentage": "67"}
    assert rows[str(cast.takahashi.pk)] == {"badPercentage": "0", "okPercentage": "0", "goodPercentage": "0"}
    every = caller(cast.admin).get("/accounts").json()["data"][0]["customerHappiness"]
    assert every == {"badPercentage": "25", "okPercentage": "25", "goodPercentage": "50"}
    one = sato.get(f"/contacts/{cast.yamada.pk}").json()
    assert one["customerHappiness"]["goodPercentage"] == "67"
    found = sato.get("/contacts/search", lastName="山田").json()["data"][0]["customerHappiness"]
    assert found["goodPercentage"] == "67"


def test_many_rows_cost_the_statements_of_few(sato, cast):
    def statements():
        with CaptureQueriesContext(connection) as asked:
            assert sato.get("/contacts", limit=50).status_code == 200
        return len(asked)

    statements()
    few = statements()
    for n in range(20):
        people.identify(f"c{n}@many.example", f"多数{n}", by=Actor.desk())
    assert statements() == few


@pytest.fixture
def english(cast, sato):
    Agent.objects.update(language="en")
    return sato


def lines(response):
    data = b"".join(response.streaming_content)
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_figures_as_csv(english, cast, told_story):
    response = english.get(f"/contacts/{cast.yamada.pk}/statistics.csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    (line,) = lines(response)
    assert (line["Name"], line["Tickets"], line["Overdue"], line["Good"], line["Satisfaction (%)"]) == (
        "山田 花子", "2", "1", "1", "100",
    )  # fmt: skip
    assert line["Resolution time – Clock hours – Mean (s)"] == "3600"
    (line,) = lines(english.get(f"/contacts/{cast.takahashi.pk}/statistics.csv"))
    assert (line["Tickets"], line["Satisfaction (%)"], line["Response time – Business hours – Mean (s)"]) == (
        "0",
        "",
        "",
    )


def test_an_account_as_csv_has_a_line_for_each_contact_and_no_formula(english, cast, told_story):
    people.edit_contact(cast.yamada, {"first_name": "", "last_name": '=HYPERLINK("http://evil.example")'}, by=cast.sato)
    account, contact = lines(english.get(f"/accounts/{cast.midori.pk}/statistics.csv"))
    assert (account["Type"], account["Name"], account["Tickets"]) == ("Account", "株式会社みどり商事", "2")
    assert (contact["Type"], contact["Tickets"]) == ("Contact", "2")
    assert contact["Name"].startswith("'=HYPERLINK")
    assert told(english.get("/accounts/999999/statistics.csv"))[:2] == (404, "URL_NOT_FOUND")
