"""Forms of the settings: they read what was typed; rules are the verbs'."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.models import Agent, Department
from madoguchi.models.organisation import LANGUAGES

COMMON_ZONES = ["Asia/Tokyo", "Asia/Seoul", "Asia/Shanghai", "Asia/Singapore", "Europe/Berlin", "Europe/London", "UTC"]


class SetupForm(forms.Form):
    """`sections` groups fields under headings: (heading, names)."""

    use_required_attribute = False
    sections: tuple[tuple[Any, tuple[str, ...]], ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def refused(self) -> None:
        """Called when the form goes back to whoever typed."""


class Several(forms.ModelMultipleChoiceField):
    """Rows to tick."""

    widget = forms.CheckboxSelectMultiple


def one_row(label: Any) -> "forms.ModelChoiceField[Any]":
    """One of the rows a view puts in `queryset`."""
    return forms.ModelChoiceField(None, label=label, empty_label=None)


def zones() -> list[tuple[str, str]]:
    """Time zones: the usual ones first, then all."""
    return [(name, name) for name in [*COMMON_ZONES, *sorted(available_timezones() - set(COMMON_ZONES))]]


def text(label: Any, most: int, *, required: bool = True, hint: Any = "", **attrs: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(label=label, max_length=most, required=required, help_text=hint, widget=widget)


def prose(label: Any, most: int, *, hint: Any = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=False, help_text=hint, widget=forms.Textarea)


def switch(label: Any, *, hint: Any = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, help_text=hint)


def pick(
    label: Any, choices: Any, *, hint: Any = "", required: bool = True, initial: str | None = None
) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, help_text=hint, required=required, initial=initial)


def language(label: Any = _("Language"), *, hint: Any = "") -> forms.ChoiceField:
    return pick(label, LANGUAGES, hint=hint)


def time_zone() -> forms.ChoiceField:
    return pick(_("Time zone"), zones)


def enabled_departments() -> Any:
    return Department.objects.filter(is_enabled=True)


def active_agents() -> Any:
    return Agent.objects.filter(is_active=True)


def lines(value: str) -> list[str]:
    """One entry a line."""
    return [line.strip() for line in value.splitlines() if line.strip()]


def only(row: Any, names: Iterable[str]) -> dict[str, Any]:
    """The row's values to begin with."""
    return {name: getattr(row, name) for name in names}
