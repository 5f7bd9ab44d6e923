"""概要: what there is to know of a contact or an account before answering (SPEC I3–I9)."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.utils.translation import gettext as _

from madoguchi.doors.agent.answer import Desked, page
from madoguchi.doors.agent.customers import asked as asking
from madoguchi.doors.agent.customers import donut, frame, since, times, trend
from madoguchi.insight import figures, many
from madoguchi.insight import trend as months
from madoguchi.lists import customer_page
from madoguchi.models import Account

MEMBERS, LOOKED_AT = 5, 20


def show(request: Desked, customer: frame.Customer) -> HttpResponse:
    asked = asking.read(request)
    own = asked.departments(request)
    found = figures.read(customer, own, asked.in_days)
    shell = frame.of(request, customer, "overview", counted=None if asked.is_narrowed else found)
    response = page(
        request,
        "agent/customers/overview.html",
        **shell,
        figures=found,
        counted_from=counted_from(found, asked),
        slices=donut.slices(found.by_channel),
        slice_link=lambda each: shell["to"]("tickets", channel=each.key),
        rating_link=lambda rating: shell["to"]("ratings", rating=rating),
        per_cent=donut.per_cent,
        voice=customer_page.latest_voice(customer, own, since.moment(asked)) if found.rated else None,
        how_satisfied=how_satisfied(asked),
        times=times.of(found, asked),
        bars=trend.bars(months.months(customer, own), asked.hours) if shell["counts"]["tickets"] else [],
        members=members(customer, own) if isinstance(customer, Account) else [],
    )
    asking.remember(request, response)
    return response


def counted_from(found: figures.Figures, asked: asking.Asked) -> str:
    """From when on is counted, in words."""
    if asked.days:
        return _("Created in the last %(n)s days") % {"n": asked.days}
    if found.since is None:
        return ""
    return _("Since %(month)s") % {"month": trend.month_of(found.since)}


def how_satisfied(asked: asking.Asked) -> str:
    return times.sentences(
        _("Satisfaction = good ÷ all ratings."),
        _("One rating counts for each reply that was rated; a changed rating counts as it is now."),
        _("Rated in these days.") if asked.days else "",
    )


def members(account: Account, departments: Sequence[int]) -> Sequence[tuple[customer_page.Member, many.Summary]]:
    """The contacts who wrote last, as far as their tickets are counted here, with their figures."""
    latest = customer_page.latest_members(account, LOOKED_AT)
    sums = many.summaries("contact", [member.pk for member in latest], departments) if latest else {}
    return [(member, sums[member.pk]) for member in latest if sums[member.pk].total][:MEMBERS]
