"""The first page of a new desk: the organisation, its first department and administrator. It works once."""

from typing import Any

from django import forms as django_forms
from django.contrib.auth import login, password_validation
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from madoguchi.doors.agent.answer import go, page
from madoguchi.doors.agent.desk import open_to_all
from madoguchi.doors.agent.setup import forms
from madoguchi.errors import Hidden, Refused
from madoguchi.kit import addresses
from madoguchi.models import Agent, Organisation, Role
from madoguchi.organisation import current, founding

BACKEND = "madoguchi.doors.agent.backend.AgentBackend"


def address(label: Any, name: str, *, required: bool, hint: Any = "") -> django_forms.CharField:
    return forms.text(label, 254, required=required, hint=hint, inputmode="email", autocomplete=name)


class FirstRun(forms.SetupForm):
    name = forms.text(gettext_lazy("Name of the organisation"), 150, autocomplete="organization")
    language = forms.language()
    time_zone = forms.time_zone()
    last_name = forms.text(gettext_lazy("Family name"), 80, autocomplete="family-name")
    first_name = forms.text(gettext_lazy("Given name"), 80, required=False, autocomplete="given-name")
    email = address(gettext_lazy("Mail address"), "username", required=True, hint=gettext_lazy("For signing in."))
    password = django_forms.CharField(
        label=gettext_lazy("Password"),
        max_length=200,
        strip=False,
        help_text=gettext_lazy("At least 10 characters."),
        widget=django_forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    department = forms.text(gettext_lazy("First department"), 150, hint=gettext_lazy("For example: Customer support"))
    address = address(
        gettext_lazy("Its mail address"),
        "off",
        required=False,
        hint=gettext_lazy(
            "Answers leave from here. Can be added later; until a server is set, mail stays in the outbox."
        ),
    )
    sections = (
        (gettext_lazy("Organisation"), ("name", "language", "time_zone")),
        (gettext_lazy("First administrator"), ("last_name", "first_name", "email", "password")),
        (gettext_lazy("First department"), ("department", "address")),
    )

    def clean_email(self) -> str:
        return valid(self.cleaned_data["email"])

    def clean_address(self) -> str:
        given: str = self.cleaned_data["address"]
        return valid(given) if given else ""

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if typed.get("password"):
            probe = Agent(**{name: typed.get(name, "") for name in ("email", "last_name", "first_name")})
            try:
                password_validation.validate_password(typed["password"], probe)
            except ValidationError as error:
                self.add_error("password", error)
        return typed

    def refused(self) -> None:
        """The password is not sent back to the page."""
        if "password" not in self.errors:
            self.add_error("password", _("Enter the password again."))


def valid(text: str) -> str:
    if not addresses.is_valid(text):
        raise ValidationError(_("This is not a mail address: %(a)s") % {"a": text[:100]})
    return text


@open_to_all
def show(request: HttpRequest) -> HttpResponse:
    if Organisation.objects.exists():
        raise Hidden
    form = FirstRun(request.POST or None, initial={"language": get_language(), "time_zone": "Asia/Tokyo"})
    if request.method == "POST":
        if form.is_valid():
            agent = begin(form.cleaned_data)
            login(request, agent, backend=BACKEND)
            return go(request, reverse("home"), _("The desk is open. Welcome."))
        form.refused()
    status = 422 if form.is_bound else 200
    return page(request, "agent/setup/first_run.html", status=status, form=form)


def begin(typed: dict[str, Any]) -> Agent:
    """All of it or nothing; whoever comes second finds the desk founded."""
    try:
        with transaction.atomic():
            founding.found(name=typed["name"], language=typed["language"], time_zone=typed["time_zone"])
            department = founding.add_department(
                typed["department"], address=typed["address"], language=typed["language"], is_default=True
            )
            return founding.add_agent(
                typed["email"],
                typed["last_name"],
                typed["first_name"],
                base=Role.Base.ADMINISTRATOR,
                departments=[department],
                password=typed["password"],
                language=typed["language"],
                time_zone=typed["time_zone"],
            )
    except (Refused, IntegrityError):
        raise Hidden from None
    finally:
        current.forget()
