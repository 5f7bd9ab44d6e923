"""From when on: the period that a tab asks for, in days of the organisation's calendar, as the figures count them."""

from datetime import date, datetime, time, timedelta

from madoguchi.doors.agent.customers.asked import Asked
from madoguchi.tally import today
from madoguchi.tally.days import zone


def first_day(asked: Asked) -> date | None:
    """The first of the days asked for, today being the last; None: all time."""
    return None if asked.in_days is None else today() - timedelta(days=asked.in_days - 1)


def moment(asked: Asked) -> datetime | None:
    """The instant that day begins."""
    day = first_day(asked)
    return None if day is None else datetime.combine(day, time(), zone())
