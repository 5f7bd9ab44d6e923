"""The rows of the list as HTML, written in Python: fifty rows of macros take longer than all the rest of the page.

Everything a person typed passes `escape`; whatever many rows share (a status, an assignee) is made once for each page.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup, escape

from madoguchi.doors.agent import when
from madoguchi.doors.agent.history import joined
from madoguchi.doors.agent.jinja import url
from madoguchi.doors.agent.lately import lately
from madoguchi.doors.agent.reader import moment
from madoguchi.doors.agent.reader import plain as _
from madoguchi.doors.agent.tickets import share_details
from madoguchi.lists.criteria import CUSTOM
from madoguchi.models import CustomField, Status

Row = Mapping[str, Any]
MOST_TAGS = 5
ALWAYS = {"status", "due"}  # shown on a phone, too


class Cells:
    """`ui` are the components. Cells are made for the language and time zone that are active."""

    def __init__(
        self,
        ui: Any,
        columns: Sequence[str],
        statuses: Mapping[int, Status],
        customs: Iterable[CustomField],
        suffix: str,
    ) -> None:
        self.ui, self.statuses, self.suffix = ui, statuses, suffix
        self.customs = {f"{CUSTOM}{field.api_name}": field for field in customs}
        self.shared: dict[Any, str] = {}
        self.cells = [(name, "" if name in ALWAYS else ' class="table__extra"', self._maker(name)) for name in columns]
        self.words = {name: escape(_(name)) for name in ("No account", "Unassigned", "No due date")}
        badges = tuple((s.pk, s.name, s.label, s.state, s.is_default) for s in statuses.values())
        self.manner = (moment(), tuple(columns), tuple(field.kind for field in customs), badges, suffix)

    def once(self, key: Any, make: Callable[[], Any]) -> str:
        found = self.shared.get(key)
        if found is None:
            found = self.shared[key] = str(make()).strip()
        return found

    def table(self, rows: Iterable[Row], ticked: Collection[int], *, is_bulk: bool) -> Markup:
        return Markup("".join(self.lately(row, row["id"] in ticked, is_bulk) for row in rows))

    def lately(self, row: Row, is_ticked: bool, is_bulk: bool) -> str:
        """The row, not made anew where one just like it was made in this half minute, on whatever page."""
        values = tuple(tuple(value) if type(value) is list else value for value in row.values())
        return lately((self.manner, is_ticked, is_bulk, values), lambda: self.row(row, is_ticked, is_bulk))

    def row(self, row: Row, is_ticked: bool, is_bulk: bool) -> str:
        pk, number = row["id"], row["number"]
        tick = ""
        if is_bulk:
            label = escape(_("Select #%(n)s") % {"n": number})
            on = " checked" if is_ticked else ""
            tick = (
                f'<td class="table__tick"><input class="check" type="checkbox" name="ids" value="{pk}" form="bulk"'
                f' aria-label="{label}"{on}></td>'
            )
        unread = ' class="unread"' if row["waiting_since"] and row["state"] == "Open" else ""
        channel = self.once(("channel", row["channel"]), lambda: self.ui.channel(row["channel"]))
        cells = "".join(f"<td{kind}>{make(row)}</td>" for _name, kind, make in self.cells)
        is_shared = "share_level" in row
        badge, details = (share_details.badge(self.ui, row), share_details.details(row)) if is_shared else ("", "")
        return (
            f'<tr id="row-{pk}"{unread}>{tick}<th scope="row" class="table__main"><span class="subject">'
            f'<span class="subject__line"><a href="{url("ticket", number=number)}{self.suffix}">{escape(row["subject"])}</a>{badge}</span>'
            f'<span class="subject__meta">{channel}<span>#{number}</span>{self.tag_line(row["tags"])}'
            f"{self.writer(row)}</span></span>{details}</th>{cells}</tr>\n"
        )

    def writer(self, row: Row) -> str:
        """On a phone, where the columns of people are left out."""
        return f'<span class="only-phone cut">{escape(row["contact"])}</span>'

    def tag_line(self, tags: Sequence[str]) -> str:
        if not tags:
            return ""
        shown = "".join(f'<span class="tag tag--small">{escape(tag)}</span>' for tag in tags[:MOST_TAGS])
        return shown + ("<span>…</span>" if len(tags) > MOST_TAGS else "")

    def _maker(self, name: str) -> Callable[[Row], str]:
        if name.startswith(CUSTOM):
            return lambda row: self.custom(self.customs[name], row[f"custom/{name.removeprefix(CUSTOM)}"])
        if name in TIMES:
            column = TIMES[name]
            return lambda row: ago(row[column])
        if name in TEXTS:
            column = TEXTS[name]
            return lambda row: str(escape(row[column] or ""))
        made: Callable[[Row], str] = getattr(self, name)
        return made

    def contact(self, row: Row) -> str:
        account = escape(row["account__name"]) if row["account__name"] else self.words["No account"]
        there = url("contact", pk=row["contact_id"])
        return f'<span class="two"><a href="{there}">{escape(row["contact"])}</a><small>{account}</small></span>'

    def account(self, row: Row) -> str:
        if not row["account_id"]:
            return ""
        return f'<a href="{url("account", pk=row["account_id"])}">{escape(row["account__name"])}</a>'

    def status(self, row: Row) -> str:
        return self.once(("status", row["status_id"]), lambda: self.ui.status_badge(self.statuses[row["status_id"]]))

    def priority(self, row: Row) -> str:
        return self.once(("priority", row["priority"]), lambda: self.ui.priority(row["priority"]))

    def channel(self, row: Row) -> str:
        return self.once(("channel", row["channel"]), lambda: self.ui.channel(row["channel"]))

    def assignee(self, row: Row) -> str:
        pk, name = row["assignee_id"], row["assignee"]
        if not pk:
            return f'<span class="muted">{self.words["Unassigned"]}</span>'
        return self.once(
            ("agent", pk), lambda: f'<span class="row">{self.ui.avatar(name, pk, "xs")}{escape(name)}</span>'
        )

    def due(self, row: Row) -> str:
        if row["due_at"] is None or row["state"] == "Closed":
            rests = row["due_left_s"] is not None
            return self.once(("due", row["state"], rests), lambda: self.ui.due(None, row["state"], row["due_left_s"]))
        return self.until(row["due_at"])

    def until(self, at: datetime) -> str:
        late = when.lateness(at)
        kind = f" due--{late}" if late else ""
        clock = self.once("clock", lambda: self.ui.icon("clock"))
        return f'<span class="due{kind}" title="{escape(when.day_and_clock(at))}">{clock}{escape(when.due(at))}</span>'

    def owner(self, row: Row) -> str:
        who = _("Assigned to %(name)s") % {"name": row["assignee"]} if row["assignee_id"] else self.words["Unassigned"]
        return f'<span class="two"><span>{escape(row["department__name"])}</span><small>{escape(who)}</small></span>'

    def level(self, row: Row) -> str:
        return f'<span class="row">{share_details.level(row)}{share_details.link(row)}</span>'

    def shared_to(self, row: Row) -> str:
        names = joined(row["shared_to"])
        return (
            f'<span class="row">{self.once("share", lambda: self.ui.icon("share"))}{escape(names)}</span>'
            if names
            else ""
        )

    def number(self, row: Row) -> str:
        return f"#{row['number']}"

    def response_due(self, row: Row) -> str:
        at = row["response_due_at"]
        if at is None:
            return ""
        is_open = row["first_response_s"] is None and row["state"] != "Closed"
        return self.until(at) if is_open else str(escape(when.day_and_clock(at)))

    def crm_class(self, row: Row) -> str:
        known = row["contact__crm_class"]
        return self.once(("crm", known), lambda: self.ui.crm_class(known))

    def tags(self, row: Row) -> str:
        return str(escape("・".join(row["tags"])))

    def custom(self, field: CustomField, value: str | None) -> str:
        if not value:
            return ""
        if field.kind == CustomField.Kind.CHECKBOX:
            return str(escape(_("Yes"))) if value == "true" else ""
        return str(escape(when.written_day(value) if field.kind == CustomField.Kind.DATE else value))


def ago(at: Any) -> str:
    return f'<span class="muted">{when.element(at, when.ago(at))}</span>' if at else ""


TIMES = {
    "updated": "modified_at",
    "created": "created_at",
    "closed": "closed_at",
    "customer_message": "last_customer_message_at",
}
TEXTS = {
    "team": "team__name",
    "product": "product__name",
    "category": "category",
    "threads": "thread_n",
    "attachments": "attachment_n",
}
