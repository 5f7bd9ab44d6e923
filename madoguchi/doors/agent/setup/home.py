"""The home of the settings, and the organisation's own pages."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked, page
from madoguchi.doors.agent.setup import menu
from madoguchi.doors.agent.setup.forms import SetupForm, language, only, switch, text, time_zone
from madoguchi.doors.agent.setup.pages import form_page
from madoguchi.organisation import company
from madoguchi.organisation.current import the_organisation

MB = 2**20
PLAIN = ("name", "acknowledges", "has_help_center", "bin_days")


class CompanyForm(SetupForm):
    name = text(gettext_lazy("Name"), 150)
    acknowledges = switch(
        gettext_lazy("Acknowledge new tickets by mail"),
        hint=gettext_lazy(
            "The customer gets a short notice with the number of the ticket. It is no entry of the ticket."
        ),
    )
    has_help_center = switch(
        gettext_lazy("Help center"),
        hint=gettext_lazy("Customers see their tickets under /help, write, answer and close them."),
    )
    bin_days = forms.IntegerField(
        label=gettext_lazy("Days in the recycle bin"),
        min_value=1,
        max_value=3650,
        help_text=gettext_lazy("After that what lies there is deleted for good."),
    )
    max_file_mb = forms.IntegerField(label=gettext_lazy("Largest file (MB)"), min_value=1, max_value=200)
    max_sent_mb = forms.IntegerField(label=gettext_lazy("Largest mail sent (MB)"), min_value=1, max_value=200)
    max_received_mb = forms.IntegerField(
        label=gettext_lazy("Largest mail received (MB)"),
        min_value=1,
        max_value=200,
        help_text=gettext_lazy("Larger mail goes to quarantine."),
    )
    sections = (
        ("", ("name", "acknowledges", "has_help_center")),
        (gettext_lazy("Recycle bin"), ("bin_days",)),
        (gettext_lazy("Limits"), ("max_file_mb", "max_sent_mb", "max_received_mb")),
    )


class LocalisationForm(SetupForm):
    language = language(hint=gettext_lazy("For pages and mails to people whose own language is not known."))
    time_zone = time_zone()


def show(request: Desked) -> HttpResponse:
    """Everything there is to set, for whom it serves."""
    groups = menu.counted(menu.groups(request.actor), request.actor)
    return page(request, "agent/setup/home.html", groups=groups)


def edit_company(request: Desked) -> HttpResponse:
    require(request.actor, "administer")
    row = the_organisation()
    sizes = {
        name: getattr(row, name.replace("_mb", "_bytes")) // MB for name in CompanyForm.base_fields if "_mb" in name
    }
    form = CompanyForm(request.POST or None, initial={**only(row, PLAIN), **sizes})
    return form_page(
        request, form, lambda typed: _save(typed, request), to=request.path, here="company", title=_("Company")
    )


def _save(typed: dict, request: Desked) -> object:
    values = {name.replace("_mb", "_bytes"): value * MB if "_mb" in name else value for name, value in typed.items()}
    return company.edit_organisation(values, by=request.actor)


def edit_localisation(request: Desked) -> HttpResponse:
    require(request.actor, "administer")
    form = LocalisationForm(request.POST or None, initial=only(the_organisation(), ("language", "time_zone")))
    title = _("Language and time zone")

    def save(typed: dict) -> object:
        return company.edit_organisation(typed, by=request.actor)

    return form_page(request, form, save, to=request.path, here="localisation", title=title)
