"""An agent's own API tokens; the secret is shown once."""

from datetime import timedelta

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.setup import forms
from madoguchi.doors.agent.setup.pages import deed, find, settle, setup_page
from madoguchi.models import ApiToken
from madoguchi.people import tokens

TERMS = [
    ("90", gettext_lazy("90 days")),
    ("30", gettext_lazy("30 days")),
    ("365", gettext_lazy("1 year")),
    ("", gettext_lazy("Until it is revoked")),
]


class NewToken(forms.SetupForm):
    name = forms.text(gettext_lazy("What for"), 100, placeholder="")
    days = forms.pick(gettext_lazy("Valid for"), TERMS, required=False, initial="90")


def show(request: Desked) -> HttpResponse:
    """The list, and the form for a new one. The answer to the form holds the secret and is kept nowhere."""
    form, secret = NewToken(request.POST or None), ""
    if request.method == "POST":

        def make(typed: dict[str, str]) -> str:
            expires_at = timezone.now() + timedelta(days=int(typed["days"])) if typed["days"] else None
            return tokens.make_token(request.agent, typed["name"], expires_at=expires_at, by=request.actor)[1]

        if made := settle(form, make):
            form, secret = NewToken(), made[0]
    rows = ApiToken.objects.filter(agent=request.agent, revoked_at=None)
    response = setup_page(
        request,
        "agent/setup/tokens.html",
        here="api_tokens",
        status=422 if form.is_bound and form.errors else 200,
        rows=rows,
        form=form,
        secret=secret,
        now=timezone.now(),
    )
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def revoke(request: Desked, pk: int) -> HttpResponse:
    row = find(ApiToken.objects.filter(agent=request.agent), pk)
    to = reverse("api_tokens")
    return deed(request, lambda: tokens.revoke(row, by=request.actor), to=to, here="api_tokens", done=_("Revoked."))
