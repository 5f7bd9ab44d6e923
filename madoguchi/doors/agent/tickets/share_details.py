"""How a ticket in the shared view is shared: the badge beside its subject, and the pop-up that badge and link open (SPEC S5).

The pop-up is a `popover`: it opens without script, and no table clips it. Written in Python as the rows are (`cells`).
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy
from markupsafe import escape

from madoguchi.doors.agent import when
from madoguchi.doors.agent.reader import plain as _
from madoguchi.models import Permission

MAY = {
    Permission.READ: gettext_lazy("You can read it and write private comments."),
    Permission.RESTRICTED: gettext_lazy(
        "You can write private comments and forward. Forwarding to the requester’s mail addresses is not possible."
    ),
    Permission.FULL: gettext_lazy("You can reply, forward, comment and change fields."),
}
ONLY_THERE = gettext_lazy("Only the department that shares it can change its status, assignee and sharing.")
FACTS = [
    gettext_lazy("Shared from"),
    gettext_lazy("Shared by"),
    gettext_lazy("Sharing permission"),
    gettext_lazy("Reason"),
    gettext_lazy("Shared until"),
]


def level(row: Mapping[str, Any]) -> str:
    return str(escape(str(Permission(row["share_level"]).label)))


def badge(ui: Any, row: Mapping[str, Any]) -> str:
    return f'<button class="badge badge--shared" {opens(row)}>{ui.icon("share")}{escape(_("Shared"))}</button>'


def link(row: Mapping[str, Any]) -> str:
    return f'<button class="button button--link button--small" {opens(row)}>{escape(_("Shared"))}</button>'


def opens(row: Mapping[str, Any]) -> str:
    label = escape(_("Shared: details of #%(n)s") % {"n": row["number"]})
    return f'type="button" popovertarget="share-{row["id"]}" aria-label="{label}"'


def details(row: Mapping[str, Any]) -> str:
    who, at, until = row["sharer"], when.day_and_clock(row["share_at"]), row["share_expires_at"]
    is_japanese = when.locale() == "ja"
    dot, gap = ("・", "") if is_japanese else (" · ", " ")
    facts = (
        row["department__name"],
        f"{who}{dot}{at}" if who else at,
        str(Permission(row["share_level"]).label),
        row["share_reason"] or _("None"),
        when.day_and_clock(until) if until else _("No end"),
    )
    told = "".join(
        f'<dt>{escape(str(name))}</dt><dd class="facts__value">{escape(text)}</dd>'
        for name, text in zip(FACTS, facts, strict=True)
    )
    title = escape(_("Details of the sharing"))
    return (
        f'<div class="menu share-info" id="share-{row["id"]}" popover role="group" aria-label="{title}">'
        f'<p class="menu__title">{title}</p><dl class="facts">{told}</dl><hr>'
        f'<p class="small muted share-info__can">{escape(str(MAY[row["share_level"]]))}{gap}{escape(str(ONLY_THERE))}</p></div>'
    )
