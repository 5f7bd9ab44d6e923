"""設定 → 組織 → 営業時間と SLA: what each department promises, the business hours, the holiday lists (SPEC D5)."""

from typing import Any

from django import forms as django_forms
from django.db.models import Count, Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from madoguchi import sla
from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.setup import forms, week_form, week_words
from madoguchi.doors.agent.setup.pages import chosen, deed, find, form_page, setup_page
from madoguchi.errors import Refused
from madoguchi.models import Department, HolidayList, Hours
from madoguchi.organisation import hours
from madoguchi.organisation.current import the_organisation

HERE = "hours"
WEEKDAYS = [[[540, 1080]]] * 5 + [[], []]
DEEDS = {
    "on": lambda row, by: hours.edit_hours(row, {"is_active": True}, by=by),
    "off": lambda row, by: hours.edit_hours(row, {"is_active": False}, by=by),
    "delete": lambda row, by: hours.delete_hours(row, by=by),
}


class HoursForm(forms.SetupForm):
    name = forms.text(gettext_lazy("Name"), 100)
    time_zone = forms.time_zone()
    holidays: "django_forms.ModelChoiceField[HolidayList]" = django_forms.ModelChoiceField(
        None,
        label=gettext_lazy("Holidays"),
        required=False,
        empty_label=gettext_lazy("None: holidays are worked"),
        help_text=gettext_lazy("Nobody works on the days of the list."),
    )


@require_safe
def show(request: Desked) -> HttpResponse:
    require(request.actor, "supervise")
    departments = Department.objects.filter(pk__in=[d.pk for d in request.departments], is_enabled=True)
    return setup_page(
        request,
        "agent/setup/hours/index.html",
        here=HERE,
        rows=departments.select_related("hours").prefetch_related("targets"),
        all_hours=Hours.objects.select_related("holidays").prefetch_related("departments"),
        lists=HolidayList.objects.annotate(day_n=Count("days", distinct=True)).prefetch_related("hours"),
        summary=week_words.summary,
    )


def add(request: Desked) -> HttpResponse:
    require(request.actor, "administer")
    zone = the_organisation().time_zone
    form = form_of(request, Hours(time_zone=zone))
    days = week_form.typed(request.POST) if request.method == "POST" else week_form.shown(WEEKDAYS)

    def save(typed: dict[str, Any]) -> Hours:
        return told(days, lambda week: hours.add_hours({**typed, "week": week}, by=request.actor))

    return answer(request, form, save, days, title=_("New business hours"), row=None)


def edit(request: Desked, pk: int) -> HttpResponse:
    """The form for administrators; supervisors see the week. Beside it the next two weeks."""
    require(request.actor, "supervise")
    if request.method == "POST":
        require(request.actor, "administer")
    row = find(Hours.objects.select_related("holidays"), pk)
    form = form_of(request, row)
    own = {department.pk for department in request.departments}
    days = week_form.typed(request.POST) if request.method == "POST" else week_form.shown(row.week)

    def save(typed: dict[str, Any]) -> Hours:
        return told(days, lambda week: hours.edit_hours(row, {**typed, "week": week}, by=request.actor))

    return answer(
        request,
        form,
        save,
        days,
        title=row.name,
        row=row,
        outlook=week_words.outlook(row),
        users=[(each, each.pk in own) for each in row.departments.all()],
        recounts=recounts(),
    )


def answer(request: Desked, form: HoursForm, save: Any, days: list[week_form.TypedDay], **context: Any) -> HttpResponse:
    return form_page(
        request,
        form,
        save,
        to=lambda row: reverse("one_hours", args=[row.pk]),
        here=HERE,
        template="agent/setup/hours/hours.html",
        days=days,
        weekdays=week_words.weekdays(),
        times=week_words.times,
        back=reverse(HERE),
        **context,
    )


@require_POST
def do(request: Desked, pk: int, what: str) -> HttpResponse:
    """Take them into use or out of it, delete them."""
    require(request.actor, "administer")
    row = find(Hours, pk)
    back = reverse("one_hours", args=[pk])
    act, done = chosen(DEEDS, what), _("Deleted.") if what == "delete" else ""
    to = reverse(HERE) if what == "delete" else back
    return deed(request, lambda: act(row, request.actor), to=to, here=HERE, done=done, back=back)


def form_of(request: Desked, row: Hours) -> HoursForm:
    form = HoursForm(request.POST or None, initial=forms.only(row, ("name", "time_zone", "holidays")))
    offered = Q(is_active=True) if row.holidays_id is None else Q(is_active=True) | Q(pk=row.holidays_id)
    form.fields["holidays"].queryset = HolidayList.objects.filter(offered)  # type: ignore[attr-defined]
    return form


def told(days: list[week_form.TypedDay], save: Any) -> Hours:
    """Save the week; a refusal of a day stands at that day."""
    try:
        return save(week_form.week_of(days))
    except Refused as refusal:
        _week, _dot, n = refusal.field.partition(".")
        if n:
            days[int(n)].error = str(refusal.text)
            refusal.text = _("%(name)s: %(why)s") % {"name": week_words.weekdays()[int(n)], "why": refusal.text}
        raise


def recounts() -> dict[int | None, Any]:
    """The last recount of each department."""
    found: dict[int | None, Any] = {}
    for each in sla.recounts():
        found.setdefault(each.department_id, each)
    return found
