"""The three times of the overview: mean, median, 90th percentile, how many, and how each is computed (SPEC I6–I9)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from madoguchi.doors.agent import when
from madoguchi.doors.agent.customers.asked import CLOCK, Asked
from madoguchi.doors.agent.customers.spans import Parts, parts, span
from madoguchi.insight.figures import Figures


@dataclass(frozen=True, slots=True)
class Time:
    """`mean` is empty where nothing has the time."""

    key: str
    name: str
    how: str
    mean: Parts
    median: str
    p90: str
    counted: str


def of(figures: Figures, asked: Asked) -> Sequence[Time]:
    in_days = asked.hours == CLOCK
    names = {
        "first_response": _("First response time"),
        "response": _("Average response time"),
        "resolution": _("Average resolution time"),
    }
    found = []
    for key, spans in figures.times().items():
        time = spans.of(asked.hours)
        mean = parts(time.mean_s, in_days=in_days) if time.mean_s is not None else []
        median, p90 = span(time.median_s, in_days=in_days), span(time.p90_s, in_days=in_days)
        found.append(Time(key, names[key], how(key, asked), mean, median, p90, counted(key, time.count, figures)))
    return found


def how(key: str, asked: Asked) -> str:
    """What it is, of which tickets, by which hours, and what stands beside the mean."""
    what = {
        "first_response": _(
            "The average time from when a ticket was created until an agent first replied. Automatic replies do not count."
        ),
        "response": _("The average time each message of the customer waited for an agent’s reply."),
        "resolution": _(
            "The average time from when a ticket was created until it was resolved. For a reopened one, until it was last closed."
        ),
    }[key]
    days = {
        "first_response": _("Of the tickets created in these days."),
        "response": _("Of the tickets created in these days."),
        "resolution": _("Of the tickets closed in these days."),
    }[key]
    by = (
        _("Counted by the clock, nights and holidays included.")
        if asked.hours == CLOCK
        else _(
            "Counted in the department’s business hours (round the clock where it has none), shown in hours, not days."
        )
    )
    spread = _("Median: half took less. 90th percentile: nine out of ten took no longer.")
    return sentences(what, days if asked.days else "", by, spread)


def sentences(*parts: str) -> str:
    """In one paragraph; Japanese has no space between sentences."""
    return ("" if when.locale() == "ja" else " ").join(part for part in parts if part)


def counted(key: str, n: int, figures: Figures) -> str:
    if key == "response":
        return ngettext("%(num)s message", "%(num)s messages", n) % {"num": when.number(n)}
    words = ngettext("%(num)s ticket", "%(num)s tickets", n) % {"num": when.number(n)}
    if key == "first_response" and figures.unanswered > 0:
        less = ngettext("%(num)s not answered yet", "%(num)s not answered yet", figures.unanswered)
        return _("%(counted)s (without %(less)s)") % {
            "counted": words,
            "less": less % {"num": when.number(figures.unanswered)},
        }
    return words
