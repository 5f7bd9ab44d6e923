"""Holiday lists: the national holidays of Japan and days of one's own, typed or pasted (SPEC D5)."""

from datetime import date
from typing import Any

from django import forms as django_forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from madoguchi.access import require
from madoguchi.doors.agent import when
from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.setup import forms, week_words
from madoguchi.doors.agent.setup.hours import HERE
from madoguchi.doors.agent.setup.pages import chosen, deed, find, form_page, settle, setup_page
from madoguchi.models import Holiday, HolidayList
from madoguchi.organisation import holidays
from madoguchi.organisation.day_lines import Day

DEEDS = {
    "on": lambda row, by: holidays.edit_list(row, {"is_active": True}, by=by),
    "off": lambda row, by: holidays.edit_list(row, {"is_active": False}, by=by),
    "delete": lambda row, by: holidays.delete_list(row, by=by),
}


class ListForm(forms.SetupForm):
    name = forms.text(gettext_lazy("Name"), 100)
    has_japanese = forms.switch(
        gettext_lazy("National holidays of Japan"),
        hint=gettext_lazy("Of every year, with substitute holidays. They need no list."),
    )


class DayForm(forms.SetupForm):
    day = django_forms.DateField(label=gettext_lazy("Day"), widget=django_forms.DateInput(attrs={"type": "date"}))
    name = forms.text(gettext_lazy("Name"), 100, required=False)
    is_yearly = forms.switch(gettext_lazy("Every year"))


class PasteForm(forms.SetupForm):
    text = django_forms.CharField(
        label=gettext_lazy("Days, one a line"),
        max_length=100_000,
        help_text=gettext_lazy("“2026-12-29 Year end” for one year, “12-29 Year end” for every year."),
        widget=django_forms.Textarea(attrs={"rows": 6, "placeholder": "2026-12-29 年末休業"}),
    )


def add(request: Desked) -> HttpResponse:
    require(request.actor, "administer")
    form = ListForm(request.POST or None, initial={"has_japanese": True})

    def save(typed: dict[str, Any]) -> HolidayList:
        return holidays.add_list(typed, by=request.actor)

    def to(row: HolidayList) -> str:
        return reverse("holidays", args=[row.pk])

    title = _("New holiday list")
    return form_page(request, form, save, to=to, here=HERE, title=title, back=reverse(HERE))


def edit(request: Desked, pk: int) -> HttpResponse:
    """Name and national holidays; the days, which have forms of their own."""
    require(request.actor, "supervise")
    if request.method == "POST":
        require(request.actor, "administer")
    row = find(HolidayList, pk)
    form = ListForm(request.POST or None, initial=forms.only(row, ("name", "has_japanese")))
    if request.method == "POST":
        if settle(form, lambda typed: holidays.edit_list(row, typed, by=request.actor)):
            return go(request, reverse("holidays", args=[pk]), _("Saved."))
        row.refresh_from_db()
    return sheet(request, row, form=form)


@require_POST
def put(request: Desked, pk: int) -> HttpResponse:
    """Add one day, or rename it."""
    require(request.actor, "administer")
    row = find(HolidayList, pk)
    form = DayForm(request.POST)
    if made := settle(form, lambda typed: holidays.put_days(row, [Day(**typed)], by=request.actor)):
        return go(request, f"{reverse('holidays', args=[pk])}#days", counted(*made[0]))
    return sheet(request, row, day_form=form)


@require_POST
def paste(request: Desked, pk: int) -> HttpResponse:
    """Add the days of a pasted list, all or none."""
    require(request.actor, "administer")
    row = find(HolidayList, pk)
    form = PasteForm(request.POST)
    if made := settle(form, lambda typed: holidays.import_days(row, typed["text"], by=request.actor)):
        return go(request, f"{reverse('holidays', args=[pk])}#days", counted(*made[0]))
    return sheet(request, row, paste_form=form)


@require_POST
def remove(request: Desked, pk: int, day: int) -> HttpResponse:
    require(request.actor, "administer")
    found = find(Holiday.objects.filter(list=pk).select_related("list"), day)
    to = f"{reverse('holidays', args=[pk])}#days"
    return deed(request, lambda: holidays.remove_day(found, by=request.actor), to=to, here=HERE, done=_("Removed."))


@require_POST
def do(request: Desked, pk: int, what: str) -> HttpResponse:
    """Take the list into use or out of it, delete it."""
    require(request.actor, "administer")
    row = find(HolidayList, pk)
    back = reverse("holidays", args=[pk])
    act, done = chosen(DEEDS, what), _("Deleted.") if what == "delete" else ""
    to = reverse(HERE) if what == "delete" else back
    return deed(request, lambda: act(row, request.actor), to=to, here=HERE, done=done, back=back)


def sheet(request: Desked, row: HolidayList, **typed: Any) -> HttpResponse:
    """The page with what was typed into one of its forms, and all days of this year and the next."""
    this_year = when.today().year
    forms_of_it = {
        "form": ListForm(initial=forms.only(row, ("name", "has_japanese"))),
        "day_form": DayForm(),
        "paste_form": PasteForm(),
        **typed,
    }
    refused = any(form.is_bound and form.errors for form in forms_of_it.values())
    return setup_page(
        request,
        "agent/setup/hours/holidays.html",
        here=HERE,
        status=422 if refused else 200,
        row=row,
        title=row.name,
        own_days=sorted(row.days.all(), key=lambda day: (not day.is_yearly, day.day)),
        years=[(year, days_of(row, year)) for year in (this_year, this_year + 1)],
        users=list(row.hours.all()),
        yearly=yearly,
        short_date=short_date,
        back=reverse(HERE),
        **forms_of_it,
    )


def days_of(row: HolidayList, year: int) -> dict[date, str]:
    """Also of a list that is out of use: what it would say."""
    kept, row.is_active = row.is_active, True
    try:
        return week_words.free_days(row, year)
    finally:
        row.is_active = kept


def yearly(day: date) -> str:
    """A day without its year: 12月29日, Dec 29."""
    return f"{day.month}月{day.day}日" if when.locale() == "ja" else f"{when.month(day)} {day.day}"


def short_date(day: date) -> str:
    """With its weekday, without its year."""
    return f"{yearly(day)}（{when.weekday(day)}）" if when.locale() == "ja" else f"{when.weekday(day)}, {yearly(day)}"


def counted(added: int, renamed: int) -> str:
    told = []
    if added:
        told.append(ngettext("%(num)s day added.", "%(num)s days added.", added) % {"num": added})
    if renamed:
        told.append(ngettext("%(num)s day renamed.", "%(num)s days renamed.", renamed) % {"num": renamed})
    return " ".join(told) or _("All of these days are in the list already.")
