"""The rows of the queue beside a ticket as HTML, written in Python as those of the list are (`cells`)."""

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

from markupsafe import Markup, escape

from madoguchi.doors.agent import when
from madoguchi.doors.agent.jinja import url
from madoguchi.doors.agent.lately import lately
from madoguchi.doors.agent.reader import moment
from madoguchi.doors.agent.tickets.cells import Row
from madoguchi.models import Status

SHOWN = itemgetter(
    "number", "subject", "contact", "priority", "channel", "status_id", "modified_at", "due_at", "due_left_s", "state", "waiting_since"
)  # fmt: skip


def queue_rows(ui: Any, rows: Iterable[Row], statuses: Mapping[int, Status], suffix: str, current: int) -> Markup:
    """`suffix` ends the address of each ticket, `current` is the id of the one that is open."""
    badges = {status.pk: str(ui.status_badge(status)) for status in statuses.values()}
    manner = ("queue", moment(), suffix, tuple(badges.values()))

    def made(row: Row) -> str:
        is_current = row["id"] == current
        key = (manner, is_current, SHOWN(row))
        return lately(key, lambda: _row(ui, row, badges[row["status_id"]], suffix, is_current))

    return Markup("".join(map(made, rows)))


def _row(ui: Any, row: Row, badge: str, suffix: str, is_current: bool) -> str:
    unread = " ticket-row--unread" if row["waiting_since"] is not None and row["state"] == "Open" else ""
    current = ' aria-current="true"' if is_current else ""
    changed = row["modified_at"]
    return (
        f'<li><a class="ticket-row{unread}" href="{url("ticket", number=row["number"])}{suffix}"{current}>'
        f'{ui.priority(row["priority"])}<span class="ticket-row__line"><span class="ticket-row__who cut">'
        f"{escape(row['contact'])}</span>{when.element(changed, when.ago(changed))}</span>"
        f'<span class="ticket-row__subject">{escape(row["subject"])}</span><span class="ticket-row__meta">'
        f'{ui.channel(row["channel"])}<span class="number">#{row["number"]}</span>{badge}'
        f"{ui.due(row['due_at'], row['state'], row['due_left_s'])}</span></a></li>\n"
    )
