"""Search: the page with its filters, and what the bar at the top offers while one types (SPEC D11)."""

import re
import unicodedata
from datetime import UTC, datetime, time, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from madoguchi import prepared
from madoguchi.access import reach
from madoguchi.doors.agent.answer import Desked, page
from madoguchi.lists import keyset, search
from madoguchi.lists import people as lists
from madoguchi.models import Ticket
from madoguchi.models.organisation import State
from madoguchi.models.people import full_name
from madoguchi.models.ticket import Channel
from madoguchi.organisation.current import statuses

NUMBER = re.compile(r"#?(\d{1,18})")
FEW = 5
KINDS = ("tickets", "contacts", "accounts")
WHERE = ("subject", "messages", "contact")
LONGEST = 300


@require_safe
def show(request: Desked) -> HttpResponse:
    """Tickets, contacts or accounts that hold the words; `#123` leads straight to the ticket."""
    q = asked(request)
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else "tickets"
    if q.startswith("#") and (number := ticket_number(request, q)):
        return redirect("ticket", number=number)
    known = {name: value for name in FILTERS if (value := request.GET.get(name, "").strip()[:40])}
    query = {"q": q, "kind": kind if kind != "tickets" else "", **known}
    context: dict[str, Any] = {
        "q": q,
        "kind": kind,
        "asked": {name: known.get(name, "") for name in FILTERS},
        "narrowed": bool(known),
        "link": lambda **more: address(**{**query, **more}),
        "statuses": {s.pk: s for s in statuses()},
    }
    if kind == "tickets":
        found = search.search(request.actor, q, filters(request, known), request.GET.get("after", ""))
        number = ticket_number(request, q) if not request.GET.get("after") else None
        return page(request, "agent/search/tickets.html", found=found, number=number, **context, **choices(request))
    rows: Any = (lists.contacts if kind == "contacts" else lists.accounts)(q)
    shown = keyset.page(rows if q else rows.none(), lists.NEWEST, request.GET.get("after", ""), size=search.PAGE)
    named(shown.rows)
    return page(request, "agent/search/people.html", shown=shown, **context)


@require_safe
def suggest(request: Desked) -> HttpResponse:
    """A few of each kind, as options under the search field."""
    q = asked(request)
    long_enough = len(q) > 1 or not q.isascii()
    number = ticket_number(request, q)
    tickets = search.glimpse(request.actor, q, FEW) if long_enough and not q.startswith("#") else []
    contacts = list(lists.contacts(q).order_by("-pk")[:FEW]) if long_enough and not q.startswith("#") else []
    accounts = list(lists.accounts(q).order_by("-pk")[:3]) if long_enough and not q.startswith("#") else []
    named(contacts)
    return page(
        request,
        "agent/search/_suggestions.html",
        q=q,
        numbered=numbered(request, number) if number else None,
        tickets=[row for row in tickets if row["number"] != number],
        contacts=contacts,
        accounts=accounts,
        statuses={s.pk: s for s in statuses()},
    )


def numbered(request: Desked, number: int) -> dict[str, Any] | None:
    """The ticket of that number as an option, with the department that shares it."""
    names = ("number", "subject", "status_id", "department_id", "department__name")
    row = Ticket.objects.filter(number=number).values(*names).first()
    own = request.actor.is_administrator or (row and row["department_id"] in request.agent.own_department_ids)
    return row and {**row, "is_shared": not own}


def asked(request: Desked) -> str:
    return " ".join(unicodedata.normalize("NFKC", request.GET.get("q", "")[:LONGEST]).split())


def ticket_number(request: Desked, q: str) -> int | None:
    """The number of the ticket behind `#123` or `123`, if the agent may see it. Old numbers lead on."""
    found = NUMBER.fullmatch(q)
    if not found:
        return None
    seen = Ticket.objects.filter(reach(request.actor), trashed_at=None, numbers__number=int(found[1]))
    return seen.values_list("number", flat=True).first()


FILTERS = ("in", "department", "status", "assignee", "channel", "from", "until", "files")


def filters(request: Desked, known: dict[str, str]) -> search.Filters:
    """What the address narrows to; what cannot be meant is passed over."""
    status, assignee = known.get("status", ""), known.get("assignee", "")
    return search.Filters(
        where=cast(search.Where, known["in"]) if known.get("in") in WHERE else "",
        department_id=_id(known.get("department", "")),
        state=status if status in State.values else "",
        status_id=_id(status),
        assignee_id=request.agent.pk if assignee == "me" else _id(assignee),
        unassigned=assignee == "none",
        channel=known.get("channel", "") if known.get("channel") in Channel.values else "",
        created_from=_midnight(known.get("from", "")),
        created_until=_midnight(known.get("until", ""), days=1),
        with_files=known.get("files") == "1",
    )


def _id(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 19 else None


def _midnight(text: str, *, days: int = 0) -> datetime | None:
    """The reader's midnight of a day, some days on."""
    try:
        day = parse_date(text)
        zone = timezone.get_current_timezone()
        return datetime.combine(day + timedelta(days=days), time.min, zone).astimezone(UTC) if day else None
    except (ValueError, OverflowError):
        return None


COLLEAGUES = """
SELECT a.id, a.last_name, a.first_name FROM madoguchi_agent a WHERE a.is_active AND EXISTS (
  SELECT FROM madoguchi_membership m WHERE m.agent_id = a.id AND m.department_id = ANY(%s::bigint[])) ORDER BY a.id
"""


def choices(request: Desked) -> dict[str, Any]:
    """What the filters offer."""
    agents = prepared.fetch(COLLEAGUES, [[d.pk for d in request.departments]])
    states = [(state.value, state.label) for state in State]
    return {
        "wheres": [("subject", _("Subject")), ("messages", _("Messages and comments")), ("contact", _("Contact"))],
        "states": states,
        "assignees": [
            ("me", _("Me")),
            ("none", _("Unassigned")),
            *((pk, full_name(last, first)) for pk, last, first in agents if pk != request.agent.pk),
        ],
        "channels": Channel.choices,
    }


def named(rows: list[dict[str, Any]]) -> None:
    """Give contacts their name as people read it; accounts have one."""
    for row in rows:
        if "last_name" in row:
            row["name"] = full_name(row["last_name"], row["first_name"])


def address(**query: Any) -> str:
    return f"{reverse('search')}?{urlencode({k: v for k, v in query.items() if v})}"
