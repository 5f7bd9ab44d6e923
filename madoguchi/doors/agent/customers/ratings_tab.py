"""The happiness ratings of a contact or an account: each with its comment, ticket and agent (SPEC I5)."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from madoguchi.doors.agent.answer import Desked, page
from madoguchi.doors.agent.customers import frame, since
from madoguchi.doors.agent.customers.deeds import stamp
from madoguchi.doors.agent.customers.tickets_tab import departments
from madoguchi.insight import figures
from madoguchi.lists import keyset, ratings
from madoguchi.models import Account, Contact, Rating
from madoguchi.models.people import full_name
from madoguchi.models.rating import Satisfaction

COLUMNS = (
    "id rated_at changed_at value comment via entry_id ticket__number counts_for__number counts_for__subject contact_id"
    " contact__last_name contact__first_name agent_id agent__last_name agent__first_name department_id"
).split()
ICONS = {Satisfaction.GOOD: "good", Satisfaction.OKAY: "okay", Satisfaction.BAD: "bad"}


def _tab(request: Desked, customer: Contact | Account) -> HttpResponse:
    around = frame.of(request, customer, "ratings")
    asked, value = around["asked"], request.GET.get("rating", "")
    value = value if value in Satisfaction.values else ""
    whose = {around["kind"]: customer.pk}
    found = ratings.listed(
        request.actor, **whose, department=asked.department.pk if asked.department else None, value=value
    )
    if (start := since.moment(asked)) is not None:
        found = found.filter(rated_at__gte=start)
    shown = keyset.page(found.values(*COLUMNS), keyset.Order("rated_at"), request.GET.get("after", ""))
    for row in shown.rows:
        row["agent"] = full_name(row["agent__last_name"] or "", row["agent__first_name"] or "")
        row["contact"] = full_name(row["contact__last_name"], row["contact__first_name"])
    counted = figures.read(customer, departments(request, asked), asked.in_days)
    numbers = {Satisfaction.GOOD: counted.good, Satisfaction.OKAY: counted.okay, Satisfaction.BAD: counted.bad}

    keep = {"rating": value}

    def link(**change: Any) -> str:
        return str(around["to"]("ratings", **{**keep, **change}))

    return page(
        request,
        "agent/customers/ratings.html",
        **around,
        shown=shown,
        chips=[
            ("", "", _("All"), counted.rated, value == ""),
            *((each.value, ICONS[each], each.label, numbers[each], value == each.value) for each in Satisfaction),
        ],
        via={each.value: each.label for each in Rating.Via},
        is_narrowed=bool(value) or asked.is_narrowed,
        link=link,
        keep=keep,
        stamp=stamp,
    )


of_contact, of_account = frame.both(_tab)
