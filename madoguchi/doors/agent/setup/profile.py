"""What agents set for themselves: name, language, time zone, theme; the ways to password, second factor, tokens."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.http import HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.answer import page as whole_page
from madoguchi.doors.agent.setup import forms
from madoguchi.doors.agent.setup.pages import settle
from madoguchi.models import Agent, ApiToken
from madoguchi.people import preferences


class ProfileForm(forms.SetupForm):
    last_name = forms.text(gettext_lazy("Family name"), 80)
    first_name = forms.text(gettext_lazy("Given name"), 80, required=False)
    language = forms.language()
    time_zone = forms.time_zone()
    theme = forms.pick(gettext_lazy("Appearance"), Agent.THEMES)
    uses_keys = forms.switch(
        gettext_lazy("Keyboard shortcuts of a single key"),
        hint=gettext_lazy("Switch them off where they get in the way, such as with speech input. Ctrl+K always works."),
    )


def edit(request: Desked) -> HttpResponse:
    form = ProfileForm(request.POST or None, initial=forms.only(request.agent, ProfileForm.base_fields))

    def save(typed: dict[str, Any]) -> Agent:
        return preferences.edit_preferences(typed, by=request.actor)

    if request.method == "POST" and (made := settle(form, save)):
        with translation.override(made[0].language):
            return go(request, reverse("profile"), _("Saved."))
    return whole_page(
        request,
        "agent/setup/profile.html",
        status=422 if form.is_bound and form.errors else 200,
        form=form,
        is_guarded=Authenticator.objects.filter(user=request.agent, type=Authenticator.Type.TOTP).exists(),
        token_n=ApiToken.objects.filter(agent=request.agent, revoked_at=None).count(),
    )
