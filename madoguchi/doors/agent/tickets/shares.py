"""The panel 問い合わせの共有: share with other departments, change how, end it (SPEC S1, S4). Over the ticket's page.

One form holds the departments to add and those there are, so that one press of [共有] does it all or nothing. What its
other buttons ask for (`do`: another row, the question before a share is ended) is answered by the form again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from madoguchi import tickets
from madoguchi.access import require
from madoguchi.doors.agent import when
from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.history import joined
from madoguchi.doors.agent.tickets.finding import find, find_whole
from madoguchi.doors.agent.tickets.show import done, whole
from madoguchi.errors import Hidden, Refused, Stale
from madoguchi.models import Department, Permission, Share, Ticket
from madoguchi.tickets import Wish
from madoguchi.tickets.seeing import agents_in
from madoguchi.tickets.sharing import MOST

STALE = gettext_lazy(
    "Someone else changed the sharing meanwhile. Nothing was saved yet. Look at what stands there now."
)
OLD = re.compile(r"old-[0-9]{1,18}-seen")
LEVELS = (Permission.FULL, Permission.RESTRICTED, Permission.READ)


@dataclass(slots=True)
class Row:
    """One department in the form. `key` starts its fields' names; `seen` is what the agent saw of its share, '' for none."""

    key: str
    department: str = ""
    level: str = str(Permission.FULL.value)
    until: str = ""
    why: str = ""
    seen: str = ""
    share: Share | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_touched(self) -> bool:
        """Whether it asks for anything: a new department, or what stands there differently."""
        return bool(self.department) if self.share is None else self.seen != sign(self.level, self.until, self.why)


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: Desked, number: int) -> HttpResponse:
    """GET: the panel. POST: share with those named, change those changed; `do` only changes the form."""
    ticket = find(request, number)
    require(request.actor, "share", ticket)
    if request.method != "POST":
        return panel(request, number, [Row("new")], ends=request.GET.get("end", ""))
    there = {str(share.department_id): share for share in tickets.shares_of(ticket)}
    rows = [read(request, "new-", n) for n in range(wanted_rows(request))]
    old = [read(request, "old-", int(pk), share) for pk, share in there.items()]
    do, _of, what = request.POST.get("do", "").partition(":")
    if do:
        if do == "more" and len(rows) + len(old) < MOST:
            rows.append(Row("new"))
        if do == "drop":
            rows = [row for row in rows if row.key != what] or [Row("new")]
        return panel(request, number, rows, old, ends=what if do == "end" else "")
    try:
        return shared(request, ticket, rows, old)
    except Refused as refusal:
        return again(request, number, rows, old, refusal)


@require_http_methods(["POST", "DELETE"])
def change(request: Desked, number: int, department: int) -> HttpResponse:
    """DELETE: the department sees the ticket no more. Where it does not already, that is said."""
    ticket = find(request, number)
    require(request.actor, "share", ticket)
    found = Department.objects.filter(pk=department).first()
    if found is None or "DELETE" not in (request.method, request.POST.get("_method")):
        raise Hidden
    was = str(found.pk) in ticket.shared
    tickets.unshare(ticket, [found], by=request.actor)
    said = (
        _("No longer shared with %(department)s.") if was else _("The sharing with %(department)s had ended already.")
    )
    words = said % {"department": found.name}
    if not ticket.shared:
        return done(request, ticket, words)
    return go(request, reverse("ticket_shares", kwargs={"number": ticket.number}), words)


# -- reading


def wanted_rows(request: Desked) -> int:
    rows = request.POST.get("rows", "")
    return max(1, min(MOST, int(rows))) if rows.isdecimal() and len(rows) < 4 else 1


def read(request: Desked, kind: str, n: int, share: Share | None = None) -> Row:
    """A row as the form sent it. A share the form did not know of is shown as it is."""
    key = f"{kind}{n}"
    if share is not None and f"{key}-seen" not in request.POST:
        return of(share)
    row = Row(key, share=share)
    for name in ("department", "level", "until", "why", "seen"):
        setattr(row, name, " ".join(request.POST.get(f"{key}-{name}", "").split()))
    row.level = row.level or str(Permission.FULL.value)
    if share is not None:
        row.department = str(share.department_id)
    return row


def of(share: Share) -> Row:
    """A share as it is, in the form."""
    level, until = str(share.level), when.for_input(share.expires_at)
    department = str(share.department_id)
    return Row(f"old-{department}", department, level, until, share.reason, sign(level, until, share.reason), share)


def sign(level: str, until: str, why: str) -> str:
    return f"{level}|{until}|{' '.join(why.split())}"


def wish(row: Row, known: dict[str, Department]) -> Wish:
    """What the row asks for. Refused: NOT_A_CHOICE, NOT_A_TIME; beside its field."""
    if row.department not in known:
        row.errors["department"] = _("Choose a department.")
    if row.level not in {str(level.value) for level in LEVELS}:
        row.errors["level"] = _("This choice does not exist (any more).")
    try:
        until = moment(row)
    except ValueError:
        row.errors["until"] = _("This is not a date and time.")
    if row.errors:
        raise Refused("NOT_A_CHOICE", next(iter(row.errors.values())))
    return Wish(known[row.department], Permission(int(row.level)), until, row.why)


def moment(row: Row) -> datetime | None:
    """The time typed; the very one of the share where it was left as it is."""
    if row.share is not None and row.until == when.for_input(row.share.expires_at):
        return row.share.expires_at
    return when.from_input(row.until)


# -- doing


def shared(request: Desked, ticket: Ticket, rows: Sequence[Row], old: Sequence[Row]) -> HttpResponse:
    touched = [row for row in (*old, *rows) if row.is_touched]
    gone = ended_meanwhile(request, old)
    if not touched and not gone:
        rows[0].errors["department"] = _("Choose a department.")
        raise Refused("NOT_A_CHOICE", rows[0].errors["department"])
    known = {str(department.pk): department for department in Department.objects.filter(is_enabled=True)}
    known |= {row.department: row.share.department for row in old if row.share}
    wishes = {row.department: wish(row, known) for row in touched}
    if len(wishes) < len(touched):
        raise Refused("SHARE_TWICE", _("Name each department once."))
    gone += [
        row.department
        for row in touched
        if is_stale(row) and row.share and Wish.of(row.share) != wishes[row.department]
    ]
    if gone:
        raise Stale(STALE, [{"field": int(pk)} for pk in gone])
    expected = {int(row.department): Wish.of(row.share) if row.share else None for row in touched}
    tickets.share(ticket, list(wishes.values()), expected=expected, by=request.actor)
    names = joined([wished.department.name for wished in wishes.values()])
    return done(request, ticket, _("Shared with %(departments)s.") % {"departments": names})


def ended_meanwhile(request: Desked, old: Sequence[Row]) -> list[str]:
    """Departments whose share the form was to change, and which have none any more."""
    there = {row.key for row in old}
    keys = [name.removesuffix("-seen") for name in request.POST if OLD.fullmatch(name)]
    rows = [read(request, "old-", int(key.removeprefix("old-"))) for key in keys if key not in there]
    return [row.key.removeprefix("old-") for row in rows if row.seen != sign(row.level, row.until, row.why)]


def is_stale(row: Row) -> bool:
    return row.share is not None and row.seen != of(row.share).seen


# -- showing


def again(request: Desked, number: int, rows: list[Row], old: list[Row], refusal: Refused) -> HttpResponse:
    """The form with what was typed, the reason beside the field it concerns. What others changed is shown as it is now."""
    if isinstance(refusal, Stale):
        now = {str(s.department_id): s for s in tickets.shares_of(find(request, number))}
        changed = {str(each["field"]) for each in refusal.changes}
        fresh = {row.department: row for row in old}
        old = [of(s) if pk in changed or pk not in fresh else fresh[pk] for pk, s in now.items()]
        rows = [row for row in rows if row.department not in now] or [Row("new")]
        return panel(request, number, rows, old, refusal=refusal, changed=changed)
    if not any(row.errors for row in (*rows, *old)):
        name, row = blamed(refusal, [row for row in (*rows, *old) if row.is_touched])
        row.errors[name] = str(refusal.text)
    return panel(request, number, rows, old, refusal=refusal)


def blamed(refusal: Refused, rows: Sequence[Row]) -> tuple[str, Row]:
    """The field and row the refusal is about."""
    part = {"expiresAt": "until", "reason": "why"}.get(refusal.field.partition(".")[2], "department")
    at_fault: dict[str, Any] = {
        "SHARE_EXPIRY": lambda row, _n: row.until and (moment(row) or timezone.now()) <= timezone.now(),
        "SHARE_REASON": lambda row, _n: len(row.why) > 500,
        "SHARE_TWICE": lambda row, n: row.department in [other.department for other in rows[:n]],
    }
    test = at_fault.get(refusal.code, lambda _row, n: n == len(rows) - 1)
    return part, next((row for n, row in enumerate(rows) if test(row, n)), rows[0])


def panel(
    request: Desked,
    number: int,
    rows: Sequence[Row],
    old: Sequence[Row] | None = None,
    *,
    ends: str = "",
    refusal: Refused | None = None,
    changed: set[str] = frozenset(),  # type: ignore[assignment]
) -> HttpResponse:
    ticket = find_whole(request, number)
    old = [of(share) for share in tickets.shares_of(ticket)] if old is None else old
    taken = {row.department for row in old} | {str(ticket.department_id)}
    enabled = Department.objects.filter(is_enabled=True)
    rows = [Row(f"new-{n}", *(r.department, r.level, r.until, r.why), errors=r.errors) for n, r in enumerate(rows)]
    return whole(
        request,
        ticket,
        panel="agent/tickets/shares/_panel.html",
        status=422 if refusal else 200,
        rows=rows,
        old=old,
        choices=[(str(d.pk), d.name) for d in enabled if str(d.pk) not in taken],
        levels=LEVELS,
        level_choices=[(level.value, level.label) for level in LEVELS],
        agents=agents_in([int(row.department) for row in old]),
        ends=ends,
        told_off=refusal,
        changed=changed,
        most=MOST,
    )
