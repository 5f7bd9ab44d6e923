"""The activity tab of a contact or an account: what was done, by whom, and the status then (SPEC I2)."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from madoguchi.doors.agent.answer import Desked, page
from madoguchi.doors.agent.customers import deeds, frame, since
from madoguchi.doors.agent.customers.tickets_tab import departments
from madoguchi.lists import activity
from madoguchi.models import Account, Contact
from madoguchi.organisation.current import statuses


def _tab(request: Desked, customer: Contact | Account) -> HttpResponse:
    around = frame.of(request, customer, "activity")
    kind = request.GET.get("kind", "")
    kind = kind if kind in activity.KINDS else ""
    asked = activity.Asked(
        departments=departments(request, around["asked"]),
        with_customer=around["asked"].department is None,
        kind=kind,
        since=since.moment(around["asked"]),
    )
    after = request.GET.get("after", "")
    shown = activity.page(customer, asked, after)

    keep = {"kind": kind}

    def link(**change: Any) -> str:
        return str(around["to"]("activity", **{**keep, **change}))

    return page(
        request,
        "agent/customers/activity.html",
        **around,
        shown=shown,
        kinds=[(name, label, name == kind) for name, label in kinds()],
        is_narrowed=bool(kind) or around["asked"].is_narrowed,
        after=after,
        link=link,
        keep=keep,
        deed=deeds,
        look_back=activity.LOOK_BACK,
        statuses={s.pk: s for s in statuses()},
        names={d.pk: d.name for d in request.departments},
        several=len(request.departments) > 1,
    )


of_contact, of_account = frame.both(_tab)


def kinds() -> list[tuple[str, str]]:
    return [
        ("", _("All")),
        ("replies", _("Replies")),
        ("comments", _("Comments")),
        ("status", _("Status")),
        ("family", _("Merging, sharing, relating")),
        ("ratings", _("Ratings")),
    ]
