"""Connecting Zoho CRM (by consent, OAuth) and HubSpot (by token). Nothing is kept before the CRM has answered.

What was typed for Zoho waits in the administrator's own session, sealed, with a `state` that Zoho brings back: it works
once, for a quarter of an hour, in that session alone.
"""

import hashlib
import hmac
import json
import re
import secrets as random
import time
from typing import Any
from urllib.parse import urlsplit

from django import forms as django_forms
from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.setup import forms
from madoguchi.doors.agent.setup.crm import HERE, let_go, who_we_are
from madoguchi.doors.agent.setup.mailbox_forms import DOTS
from madoguchi.doors.agent.setup.pages import setup_page
from madoguchi.models import CrmConnection
from madoguchi.organisation import crm
from madoguchi.organisation.secrets import seal, unseal
from madoguchi.reactions.crm import hubspot, zoho_oauth
from madoguchi.reactions.crm.connector import Down, Misunderstood, Unauthorised

Kind = CrmConnection.Kind
PENDING, WITHIN_S = "crm_consent", 15 * 60
CLIENT_ID = re.compile(r"[\w.-]{5,100}", re.ASCII)
CODE = re.compile(r"[\x21-\x7e]{1,1000}")


def secret(label: Any, hint: Any = "") -> django_forms.CharField:
    """Never shown again."""
    widget = django_forms.PasswordInput(attrs={"autocomplete": "off"})
    return django_forms.CharField(label=label, required=False, max_length=1000, help_text=hint, widget=widget)


class ZohoForm(forms.SetupForm):
    data_centre = forms.pick(
        gettext_lazy("Data centre"),
        lambda: [(key, each.label) for key, each in zoho_oauth.centres().items()],
        hint=gettext_lazy("Where your Zoho account lies; the end of the address you use Zoho CRM at."),
    )
    client_id = forms.text(gettext_lazy("Client ID"), 100, spellcheck="false")
    client_secret = secret(gettext_lazy("Client secret"))

    def clean_client_id(self) -> str:
        typed = self.cleaned_data["client_id"].strip()
        if not CLIENT_ID.fullmatch(typed):
            raise django_forms.ValidationError(_("This is no client ID."))
        return str(typed)

    def refused(self) -> None:
        if self.data.get("client_secret") and "client_secret" not in self.errors:
            self.add_error("client_secret", _("Enter the secret again."))


class HubSpotForm(forms.SetupForm):
    token = secret(gettext_lazy("Access token"), gettext_lazy("Begins with pat-"))


def back_to() -> str:
    """Where Zoho sends the administrator back; registered there letter by letter."""
    return settings.URL + reverse("crm_consent")


def connect_zoho(request: Desked) -> HttpResponse:
    """GET: what it needs, and the form. POST: keep it for the consent, and show the way to Zoho."""
    require(request.actor, "administer")
    connection = crm.connection()
    known = connection.settings if connection.kind == Kind.ZOHO else {}
    initial = {"data_centre": known.get("data_centre", "jp"), "client_id": known.get("client_id", "")}
    form = ZohoForm(request.POST or None, initial=initial)
    kept = kept_secret(connection)
    form.fields["client_secret"].required = not kept
    if kept:
        form.fields["client_secret"].widget.attrs["placeholder"] = DOTS
        form.fields["client_secret"].help_text = _("A secret is stored. Leave this empty to keep it.")
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        client_secret = typed["client_secret"] or (kept if typed["client_id"] == known.get("client_id") else "")
        if zoho_oauth.TOKEN.fullmatch(client_secret):
            return ask_consent(request, typed["data_centre"], typed["client_id"], client_secret)
        form.add_error("client_secret", _("Enter the client secret."))
    form.refused()
    return zoho_page(request, form, connection)


def zoho_page(request: Desked, form: ZohoForm | None, connection: CrmConnection, *, consent: str = "") -> HttpResponse:
    host = urlsplit(settings.URL).netloc
    response = setup_page(
        request,
        "agent/setup/crm/zoho.html",
        here=HERE,
        status=422 if form and form.is_bound and form.errors else 200,
        form=form,
        consent=consent,
        back=reverse(HERE),
        back_to=back_to(),
        elsewhere="" if request.get_host() == host else settings.URL,
        replaces=connection.get_kind_display() if connection.kind and connection.kind != Kind.ZOHO else "",
    )
    response["Cache-Control"] = "no-store"
    return response


def ask_consent(request: Desked, centre: str, client_id: str, client_secret: str) -> HttpResponse:
    """Keep in the session what the answer needs, and lead to Zoho by a link (the forms of our pages send to nobody else)."""
    state = random.token_urlsafe(32)
    request.session[PENDING] = {
        "state": state,
        "at": time.time(),
        "agent": request.agent.pk,
        "centre": centre,
        "client_id": client_id,
        "secret": seal(client_secret),
    }
    place = zoho_oauth.centre(centre)
    address = zoho_oauth.consent_address(place, client_id, state=state, back_to=back_to())
    return zoho_page(request, None, crm.connection(), consent=address)


def consent_again(request: Desked) -> HttpResponse:
    """The same client as before; nothing has to be typed. GET shows the form instead."""
    require(request.actor, "administer")
    connection = crm.connection()
    client_secret = kept_secret(connection)
    if request.method != "POST" or not client_secret:
        return go(request, reverse("crm_zoho"))
    try:
        place = zoho_oauth.centre(connection.settings.get("data_centre"))
    except Misunderstood:
        return go(request, reverse("crm_zoho"))
    return ask_consent(request, place.key, str(connection.settings.get("client_id", "")), client_secret)


def kept_secret(connection: CrmConnection) -> str:
    """The client secret of the connection to Zoho; '' where there is none that can be read."""
    if connection.kind != Kind.ZOHO:
        return ""
    try:
        return crm.secrets_of(connection).get("client_secret", "")
    except ValueError:
        return ""


@require_GET
def consented(request: Desked) -> HttpResponse:
    """Zoho sends the administrator back: change the code for tokens, ask who we are there, and only then connect."""
    require(request.actor, "administer")
    pending = taken(request)
    if pending is None:
        text = _("This consent was not asked for here a moment ago, or it was used already. Nothing was changed.")
        return refused(request, text)
    if request.GET.get("error"):
        return refused(request, _("The consent was refused at Zoho. Nothing was changed."))
    code = request.GET.get("code", "")
    if not CODE.fullmatch(code):
        return refused(request, _("Zoho sent no code. Nothing was changed."))
    try:
        place = zoho_oauth.centre_told(zoho_oauth.centre(pending["centre"]), request.GET)
        client_secret = unseal(pending["secret"])
        secrets, api = zoho_oauth.exchange(place, pending["client_id"], client_secret, code, back_to=back_to())
        shown = {"data_centre": place.key, "client_id": pending["client_id"], "api_domain": api}
        return connected(request, Kind.ZOHO, shown, secrets)
    except (Down, Unauthorised, Misunderstood) as why:
        return refused(request, why.text)
    except ValueError:
        return refused(request, _("The key of the desk has changed meanwhile. Enter the client secret again."))


def taken(request: Desked) -> dict[str, Any] | None:
    """What waits for this answer, once. An answer with another state leaves it waiting: it was not ours."""
    pending = request.session.get(PENDING)
    state = request.GET.get("state", "")
    if not isinstance(pending, dict) or not hmac.compare_digest(str(pending["state"]).encode(), state.encode()):
        return None
    del request.session[PENDING]
    is_first = cache.add(f"crm-consent-{hashlib.sha256(state.encode()).hexdigest()}", 1, 2 * WITHIN_S)
    is_fresh = is_first and 0 <= time.time() - float(pending["at"]) <= WITHIN_S
    return pending if is_fresh and pending["agent"] == request.agent.pk else None


def connect_hubspot(request: Desked) -> HttpResponse:
    """GET: what it needs, and the form. POST: try the token, and connect."""
    require(request.actor, "administer")
    form = HubSpotForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        token = form.cleaned_data["token"].strip()
        if hubspot.TOKEN.fullmatch(token):
            try:
                return connected(request, Kind.HUBSPOT, {}, {"access_token": token})
            except (Down, Unauthorised, Misunderstood) as why:
                form.add_error("token", why.text)
        else:
            form.add_error("token", _("Enter the token."))
    connection = crm.connection()
    status = 422 if form.is_bound and form.errors else 200
    replaces = connection.get_kind_display() if connection.kind and connection.kind != Kind.HUBSPOT else ""
    return setup_page(
        request,
        "agent/setup/crm/hubspot.html",
        here=HERE,
        status=status,
        form=form,
        back=reverse(HERE),
        replaces=replaces,
    )


def connected(request: Desked, kind: Kind, shown: dict[str, Any], secrets: dict[str, str]) -> HttpResponse:
    """Ask the CRM with the new tokens, and keep them. The same account as before goes on where it was.

    Raises what connectors raise; nothing is changed then.
    """
    tried = CrmConnection(kind=kind, settings=shown, secrets=seal(json.dumps(secrets)))
    name = who_we_are(tried)
    now = crm.connection()
    shown = {**shown, "organisation": name}
    if now.kind == kind and now.settings.get("organisation") == name:
        crm.reconnect(secrets=secrets, settings=shown, of=now, by=request.actor)
    else:
        if now.kind != kind:
            let_go(now)
        crm.connect(kind, settings=shown, secrets=secrets, by=request.actor)
    return go(request, reverse(HERE), _("Connected."))


def refused(request: Desked, text: str) -> HttpResponse:
    return setup_page(request, "agent/setup/refused.html", here=HERE, status=422, text=text, back=reverse("crm_zoho"))
