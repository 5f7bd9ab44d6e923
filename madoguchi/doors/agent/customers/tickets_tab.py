"""The tickets tab of a contact or an account: every figure of the overview leads here, to exactly what it counts (SPEC I3)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import escape

from madoguchi.doors.agent.answer import Desked, page
from madoguchi.doors.agent.components import components
from madoguchi.doors.agent.customers import asked as asking
from madoguchi.doors.agent.customers import frame, since
from madoguchi.doors.agent.jinja import url
from madoguchi.doors.agent.tickets.cells import Cells
from madoguchi.insight import by_state
from madoguchi.insight.by_state import Cells as Counted
from madoguchi.lists import customer_tickets, rows
from madoguchi.lists.customer_tickets import ORDERS, Narrowed
from madoguchi.lists.keyset import PAGE
from madoguchi.models import Account, Contact
from madoguchi.models.organisation import State
from madoguchi.models.ticket import Channel
from madoguchi.organisation.current import statuses

STATES = {"open": State.OPEN, "on_hold": State.ON_HOLD, "closed": State.CLOSED}
COLUMNS = ("status", "assignee", "due", "created", "updated")
LABELS = {
    "contact": gettext_lazy("Contact"),
    "status": gettext_lazy("Status"),
    "assignee": gettext_lazy("Assignee"),
    "due": gettext_lazy("Due date"),
    "created": gettext_lazy("Created"),
    "updated": gettext_lazy("Updated"),
}


def _tab(request: Desked, customer: Contact | Account) -> HttpResponse:
    around = frame.of(request, customer, "tickets")
    given, columns = request.GET, (*(["contact"] if around["kind"] == "account" else []), *COLUMNS)
    asked = {
        "state": given.get("state", "") if given.get("state") in STATES else "",
        "overdue": "1" if given.get("overdue") == "1" else "",
        "channel": given.get("channel", "") if given.get("channel") in Channel.values else "",
    }
    sort = given.get("sort", "") if given.get("sort") in ORDERS else "updated"
    turned = "1" if given.get("turned") == "1" else ""
    order = ORDERS[sort]
    order = replace(order, descending=not order.descending) if turned else order
    narrowed = Narrowed(
        departments=departments(request, around["asked"]),
        state=STATES[asked["state"]] if asked["state"] else "",
        is_overdue=bool(asked["overdue"]),
        channel=asked["channel"],
        since=since.moment(around["asked"]),
    )
    shown = customer_tickets.page(customer, narrowed, order, given.get("after", ""), size=PAGE)
    rows.with_names(shown.rows)
    counted = by_state.read(customer, narrowed.departments, since.first_day(around["asked"]))

    keep = {**asked, "sort": sort if sort != "updated" else "", "turned": turned}

    def link(**change: Any) -> str:
        return str(around["to"]("tickets", **{**keep, **change}))

    return page(
        request,
        "agent/customers/tickets.html",
        **around,
        shown=shown,
        columns=columns,
        labels=LABELS,
        cells=CustomerCells(components(), columns, {s.pk: s for s in statuses()}, (), ""),
        states=list(states(asked, counted)),
        channels=list(channels(asked, counted)),
        orders=ORDERS,
        sort=sort,
        turned=turned,
        order=order,
        link=link,
        keep=keep,
        count=counted.count(state=narrowed.state, channel=narrowed.channel, is_overdue=narrowed.is_overdue),
        is_narrowed=any(asked.values()) or around["asked"].is_narrowed,
    )


of_contact, of_account = frame.both(_tab)


def departments(request: Desked, asked: asking.Asked) -> list[int] | None:
    """Of which departments to show: the one asked for, or all the agent works in; None: all there are."""
    if asked.department is not None:
        return [asked.department.pk]
    return None if request.actor.is_administrator else [department.pk for department in request.departments]


Chip = tuple[dict[str, str], str, int, bool]


def states(asked: Mapping[str, str], counted: Counted) -> Iterator[Chip]:
    """(what it asks for, its words, how many tickets of the channel asked for, whether it is the one shown)."""
    for change, label in (
        ({}, _("All")),
        ({"state": "open"}, _("Open")),
        ({"state": "on_hold"}, _("On hold")),
        ({"state": "closed"}, _("Closed")),
        ({"overdue": "1"}, _("Overdue")),
    ):
        whole = {"state": "", "overdue": "", **change}
        state = STATES.get(whole["state"], "")
        n = counted.count(state=state, channel=asked["channel"], is_overdue=bool(whole["overdue"]))
        yield whole, label, n, all(asked[name] == value for name, value in whole.items())


def channels(asked: Mapping[str, str], counted: Counted) -> Iterator[Chip]:
    """The same of the channels that anything came in by; the one shown can be taken off."""
    state = STATES.get(asked["state"], "")
    for value, label in Channel.choices:
        n = counted.count(state=state, is_overdue=bool(asked["overdue"]), channel=value)
        is_shown = asked["channel"] == value
        if is_shown or counted.count(channel=value):
            yield {"channel": "" if is_shown else value}, str(label), n, is_shown


class CustomerCells(Cells):
    """As in the ticket list; and of what was resolved too late, that it was."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.manner = (*self.manner[:4], f"{self.suffix} of a customer")

    def writer(self, row: Mapping[str, Any]) -> str:
        """Not where all tickets are of one contact, whose page it is."""
        return super().writer(row) if any(name == "contact" for name, *_rest in self.cells) else ""

    def contact(self, row: Mapping[str, Any]) -> str:
        """Without the account: it is the page's own."""
        return f'<a href="{url("contact", pk=row["contact_id"])}">{escape(row["contact"])}</a>'

    def due(self, row: Mapping[str, Any]) -> str:
        if row["is_overdue"] and row["state"] == State.CLOSED:
            return self.once("late", lambda: self.ui.badge(_("Resolved late"), "danger"))
        if row["is_overdue"] and row["state"] == State.ON_HOLD:
            return self.once("late on hold", lambda: self.ui.badge(_("Overdue"), "danger"))
        return super().due(row)
