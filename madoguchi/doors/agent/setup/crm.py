"""設定 → 連携 → CRM: which CRM is asked, how it is going, and what is set about it (SPEC C6). For administrators."""

from typing import Any

from django import forms as django_forms
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from madoguchi import record
from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.setup import forms
from madoguchi.doors.agent.setup.pages import chosen, deed, settle, setup_page
from madoguchi.kit.characters import one_line
from madoguchi.models import CrmConnection, CrmTrouble
from madoguchi.organisation import crm, crm_webhook
from madoguchi.reactions.crm import health, kinds, zoho_oauth
from madoguchi.reactions.crm.connector import Down, Misunderstood, Unauthorised

HERE = "crm_settings"
Kind = CrmConnection.Kind
ERRORS_SHOWN = 20
NEEDS = (
    (
        Kind.BUILT_IN,
        "crm_builtin",
        gettext_lazy("Leads, contacts and deals are kept in Madoguchi itself. Needs nothing."),
    ),
    (
        Kind.ZOHO,
        "crm_zoho",
        gettext_lazy(
            "Needs a client of Zoho's API console, and the consent of a user who may read contacts, leads and deals."
        ),
    ),
    (Kind.HUBSPOT, "crm_hubspot", gettext_lazy("Needs the token of a private app that may read contacts and deals.")),
)


class Rules(forms.SetupForm):
    won_first = forms.pick(
        gettext_lazy("With both an open and a won deal, a customer stands under"),
        [("", gettext_lazy("Deals")), ("1", gettext_lazy("Customers"))],
        required=False,
    )
    per_minute = django_forms.IntegerField(
        label=gettext_lazy("Requests to the CRM a minute, at most"),
        min_value=1,
        max_value=crm.MOST_A_MINUTE,
        help_text=gettext_lazy("All workers together. Lower it where the CRM counts requests of others, too."),
    )


@require_safe
def show(request: Desked) -> HttpResponse:
    require(request.actor, "administer")
    return index(request, crm.connection())


def index(request: Desked, connection: CrmConnection, form: Rules | None = None) -> HttpResponse:
    """The whole page; `form` comes back with what was refused."""
    tested = request.session.pop("crm_tested", None)
    response = setup_page(
        request,
        "agent/setup/crm/index.html",
        here=HERE,
        status=422 if form else 200,
        row=connection,
        waiting=crm.waiting() if connection.kind else 0,
        is_paused=crm.is_paused(connection, record.now()),
        troubles=CrmTrouble.objects.all()[:ERRORS_SHOWN] if connection.kind else [],
        choices=[(kind.label, reverse(name), hint) for kind, name, hint in NEEDS if kind != connection.kind],
        form=form or rules(connection),
        webhook=webhook(connection),
        centre=zoho_oauth.centres().get(connection.settings.get("data_centre", "")),
        tested=tested if tested and tested["kind"] == connection.kind else None,
    )
    response["Cache-Control"] = "no-store"
    return response


def rules(connection: CrmConnection, typed: Any = None) -> Rules:
    """What may be set of this connection: nobody waits for the built-in CRM."""
    initial: dict[str, Any] = {"won_first": "1" if connection.won_first else ""}
    if connection.kind in kinds.KINDS:
        initial["per_minute"] = kinds.per_minute(connection)
    form = Rules(typed, initial=initial)
    if connection.kind not in kinds.KINDS:
        del form.fields["per_minute"]
    return form


def webhook(connection: CrmConnection) -> str:
    """The address the CRM calls, '' where none does."""
    if connection.kind not in kinds.KINDS or not connection.webhook_key:
        return ""
    return settings.URL + reverse("crm_webhook", args=[connection.webhook_key])


@require_POST
def do(request: Desked, what: str) -> HttpResponse:
    """The buttons of the page."""
    require(request.actor, "administer")
    return chosen(DEEDS, what)(request)


def save_rules(request: Desked) -> HttpResponse:
    connection = crm.connection()
    form = rules(connection, request.POST)

    def save(typed: dict[str, Any]) -> None:
        crm.set_order(won_first=bool(typed["won_first"]), by=request.actor)
        if "per_minute" in typed:
            crm.set_rate(per_minute=typed["per_minute"], by=request.actor)

    if settle(form, save) is None:
        return index(request, connection, form)
    return go(request, reverse(HERE), _("Saved."))


def test(request: Desked) -> HttpResponse:
    """Ask the CRM who we are there, now; nothing is changed in it."""
    connection = crm.connection()
    if connection.kind in kinds.KINDS:
        ok, text = asked(connection)
        if ok and connection.needs_consent:
            crm.reconnect(secrets=crm.secrets_of(crm.connection()), of=connection, by=request.actor)
        request.session["crm_tested"] = {"kind": connection.kind, "ok": ok, "text": text}
    return HttpResponse(status=303, headers={"Location": f"{reverse(HERE)}#test"})


def asked(connection: CrmConnection) -> tuple[bool, str]:
    """(whether it answers, who we are there or what is wrong in words); what is wrong is kept among the errors."""
    what = _("Test of the connection")
    try:
        name = who_we_are(connection)
    except Unauthorised as why:
        health.is_refused(connection, why, what)
        return False, why.text
    except (Down, Misunderstood) as why:
        crm.note_trouble(what, why.text, status=why.status)
        return False, why.text
    health.is_well(connection, now=record.now())
    return True, name


def who_we_are(connection: CrmConnection) -> str:
    """The name of the account the CRM shows us. Raises what connectors raise."""
    connector: Any = kinds.connector(connection)
    try:
        return one_line(connector.test())
    finally:
        connector.close()


def look_again(request: Desked) -> HttpResponse:
    def look() -> None:
        crm.look_at_all(by=request.actor)

    return deed(
        request, look, to=reverse(HERE), here=HERE, done=_("All contacts with open tickets are being looked up.")
    )


def new_webhook(request: Desked) -> HttpResponse:
    def change() -> None:
        crm_webhook.change_address(by=request.actor)

    to = f"{reverse(HERE)}#webhook"
    return deed(request, change, to=to, here=HERE, done=_("The address is a new one. Enter it in the CRM."))


def end(request: Desked) -> HttpResponse:
    """GET: what happens. POST: it does."""
    require(request.actor, "administer")
    connection = crm.connection()
    if request.method == "POST":
        let_go(connection)
        crm.disconnect(by=request.actor)
        return go(request, reverse(HERE), _("Disconnected."))
    return setup_page(request, "agent/setup/crm/end.html", here=HERE, row=connection, back=reverse(HERE))


def use_builtin(request: Desked) -> HttpResponse:
    """GET: what it is. POST: it is asked from now on."""
    require(request.actor, "administer")
    connection = crm.connection()
    if request.method == "POST":
        if connection.kind != Kind.BUILT_IN:
            let_go(connection)
            crm.connect_builtin(by=request.actor)
        return go(request, reverse(HERE), _("Connected."))
    return setup_page(request, "agent/setup/crm/builtin.html", here=HERE, row=connection, back=reverse(HERE))


def let_go(connection: CrmConnection) -> None:
    """Tell Zoho that its consent is not needed any more, if it can be told."""
    if connection.kind != Kind.ZOHO:
        return
    try:
        place = zoho_oauth.centre(connection.settings.get("data_centre"))
        token = crm.secrets_of(connection).get("refresh_token", "")
    except (Misunderstood, ValueError):
        return
    if token:
        zoho_oauth.revoke(place, token)


DEEDS = {"rules": save_rules, "test": test, "look": look_again, "webhook": new_webhook}
