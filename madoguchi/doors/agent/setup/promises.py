"""What one department promises: its hours, its targets by priority, whether it asks for ratings (SPEC D5, I5)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from madoguchi import sla
from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.setup import spans, week_words
from madoguchi.doors.agent.setup.hours import HERE, recounts
from madoguchi.doors.agent.setup.pages import deed, setup_page
from madoguchi.doors.agent.setup.spans import TypedSpan
from madoguchi.errors import Hidden, Refused
from madoguchi.models import Department, Hours
from madoguchi.organisation import promises
from madoguchi.organisation.promises import PRIORITIES, Aim
from madoguchi.organisation.week import length_of_a_day

NONE = "none"


@dataclass(slots=True)
class Row:
    """One priority of the table, as it is kept or was typed."""

    priority: str
    response: TypedSpan
    resolution: TypedSpan
    by_clock: bool = False

    @property
    def key(self) -> str:
        return self.priority or NONE


def edit(request: Desked, pk: int) -> HttpResponse:
    """The whole of it is one form."""
    require(request.actor, "supervise")
    department = one(request, pk)
    if request.method != "POST":
        return sheet(request, department, kept(department))
    rows = [typed(request.POST, priority) for priority in PRIORITIES]
    try:
        with transaction.atomic():
            hours = hours_of(request.POST.get("hours", ""))
            promises.assign_hours(department, hours, by=request.actor)
            promises.set_targets(department, aims_of(rows, hours), by=request.actor)
            promises.ask_for_ratings(department, "asks_for_ratings" in request.POST, by=request.actor)
    except Refused as refusal:
        return sheet(request, department, rows, refusal)
    return go(request, request.path, _("Saved."))


@require_POST
def recount(request: Desked, pk: int) -> HttpResponse:
    """Count the times of the tickets that are there already anew, by the hours the department has now."""
    require(request.actor, "supervise")
    department = one(request, pk)
    to = f"{reverse('promises', args=[pk])}#counted"
    return deed(
        request,
        lambda: sla.start_recount(department, by=request.actor),
        to=to,
        here=HERE,
        done=_("Counting has begun."),
    )


def one(request: Desked, pk: int) -> Department:
    found = next((d for d in request.departments if d.pk == pk), None)
    if found is None:
        raise Hidden
    return Department.objects.select_related("hours").get(pk=found.pk)


def hours_of(chosen: str) -> Hours | None:
    if not chosen:
        return None
    found = (
        Hours.objects.filter(pk=chosen).first()
        if chosen.isascii() and chosen.isdecimal() and len(chosen) < 19
        else None
    )
    if found is None:
        raise Refused("GONE", _("This choice does not exist (any more)."), "hours")
    return found


def kept(department: Department) -> list[Row]:
    there = {target.priority: target for target in department.targets.all()}
    rows = []
    for priority in PRIORITIES:
        target = there.get(priority)
        by_clock = target is not None and target.by_clock
        day_s = day_of(department.hours, by_clock)
        response, resolution = (target.response_s, target.resolution_s) if target else (None, None)
        rows.append(Row(priority, spans.shown(response, day_s), spans.shown(resolution, day_s), by_clock))
    return rows


def typed(posted: Mapping[str, str], priority: str) -> Row:
    key = priority or NONE
    response, resolution = spans.typed(posted, f"response-{key}"), spans.typed(posted, f"resolution-{key}")
    return Row(priority, response, resolution, posted.get(f"by-{key}") == "clock")


def aims_of(rows: list[Row], hours: Hours | None) -> dict[str, Aim]:
    """What the verb is to keep. Refused, by field as the verb does: NOT_A_NUMBER."""
    found = {}
    for row in rows:
        day_s = day_of(hours, row.by_clock)
        response = spans.seconds_of(row.response, day_s, f"{row.priority}.response_s")
        resolution = spans.seconds_of(row.resolution, day_s, f"{row.priority}.resolution_s")
        found[row.priority] = Aim(response, resolution, row.by_clock)
    return found


def day_of(hours: Hours | None, by_clock: bool) -> int:
    """Seconds of what the form calls a day."""
    return spans.DAY_S if by_clock or hours is None else length_of_a_day(hours.week)


def sheet(request: Desked, department: Department, rows: list[Row], refusal: Refused | None = None) -> HttpResponse:
    error = marked(rows, refusal) if refusal else ""
    hours = department.hours
    chosen = request.POST.get("hours", "") if refusal else department.hours_id or ""
    offered = [each for each in Hours.objects.all() if each.is_active or each.pk == department.hours_id]
    return setup_page(
        request,
        "agent/setup/hours/department.html",
        here=HERE,
        status=422 if refusal else 200,
        row=department,
        title=department.name,
        rows=rows,
        hours=hours,
        outlook=week_words.outlook(hours) if hours else None,
        offered=[(each.pk, f"{each.name}　{_(', ').join(week_words.summary(each.week))}") for each in offered],
        chosen=chosen,
        asks="asks_for_ratings" in request.POST if refusal else department.asks_for_ratings,
        hours_error=str(refusal.text) if refusal and refusal.field == "hours" else "",
        error=error,
        day_s=length_of_a_day(hours.week) if hours else None,
        recount=recounts().get(department.pk),
        back=reverse(HERE),
    )


def marked(rows: list[Row], refusal: Refused) -> str:
    """Put the refusal at its field; what the banner says."""
    priority, _dot, name = refusal.field.rpartition(".")
    row = next((row for row in rows if row.priority == priority), None)
    if row is None or name not in ("response_s", "resolution_s"):
        return str(refusal.text)
    (row.response if name == "response_s" else row.resolution).error = str(refusal.text)
    return _("%(name)s: %(why)s") % {"name": label_of(priority), "why": refusal.text}


def label_of(priority: str) -> str:
    return pgettext("priority", priority) if priority else _("No priority")
