"""Signing in to Zoho CRM by OAuth: data centres, the address of the consent, tokens from a code, tokens renewed.

Facts: API.md part C. Zoho answers failures with 200 and {"error": …}. It documents PKCE for mobile and desktop clients
only, so it is not sent; the client secret and a `state` that works once stand in for it (decision 0013).
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from madoguchi.reactions.crm.connector import Down, Misunderstood, Unauthorised
from madoguchi.reactions.crm.http import Wire, origin

SCOPES = (
    "ZohoCRM.modules.contacts.READ",
    "ZohoCRM.modules.leads.READ",
    "ZohoCRM.modules.deals.READ",
    "ZohoCRM.settings.READ",
    "ZohoCRM.org.READ",
    "ZohoSearch.securesearch.READ",
)
TOKEN = re.compile(r"[\x21-\x7e]{8,2000}")
HOUR_S, LONGEST_S = 3600, 24 * 3600
FRESH = 0.85  # of a token's life: it is renewed when less is left than the rest
TOO_OFTEN_S = 600.0
FATAL = {
    "invalid_code": gettext_lazy("Zoho no longer accepts the consent given; it has to be given again."),
    "invalid_grant": gettext_lazy("Zoho no longer accepts the consent given; it has to be given again."),
    "access_denied": gettext_lazy("The consent was refused at Zoho."),
    "invalid_client": gettext_lazy("Zoho does not know this client ID in this data centre."),
    "invalid_client_secret": gettext_lazy("Zoho does not accept this client secret."),
    "invalid_redirect_uri": gettext_lazy("The redirect address is not registered for this client at Zoho."),
    "redirect_uri_mismatch": gettext_lazy("The redirect address is not registered for this client at Zoho."),
    "unauthorized_client": gettext_lazy("Zoho does not allow this client to do that."),
    "invalid_scope": gettext_lazy("Zoho does not grant the rights asked for."),
}


@dataclass(frozen=True, slots=True)
class DataCentre:
    """`location` is what Zoho calls it when it sends the administrator back."""

    key: str
    label: Any
    accounts: str
    domain: str
    location: str

    @property
    def apis(self) -> tuple[str, ...]:
        """Where its API may lie; the first one unless a token says otherwise."""
        if self.key == "own":
            return (self.domain,)
        names = ("www.", "sandbox.", "developer.", "")
        return tuple(f"https://{name}{self.domain}" for name in names)


def _centre(key: str, label: Any, accounts: str, domain: str, location: str = "") -> DataCentre:
    return DataCentre(key, label, f"https://{accounts}", domain, location or key)


CENTRES = (
    _centre("jp", pgettext_lazy("data centre", "Japan (jp)"), "accounts.zoho.jp", "zohoapis.jp"),
    _centre("com", pgettext_lazy("data centre", "United States (com)"), "accounts.zoho.com", "zohoapis.com", "us"),
    _centre("eu", pgettext_lazy("data centre", "Europe (eu)"), "accounts.zoho.eu", "zohoapis.eu"),
    _centre("uk", pgettext_lazy("data centre", "United Kingdom (uk)"), "accounts.zoho.uk", "zohoapis.uk"),
    _centre("in", pgettext_lazy("data centre", "India (in)"), "accounts.zoho.in", "zohoapis.in"),
    _centre(
        "com.au", pgettext_lazy("data centre", "Australia (com.au)"), "accounts.zoho.com.au", "zohoapis.com.au", "au"
    ),
    _centre("ca", pgettext_lazy("data centre", "Canada (ca)"), "accounts.zohocloud.ca", "zohoapis.ca"),
    _centre("sa", pgettext_lazy("data centre", "Saudi Arabia (sa)"), "accounts.zoho.sa", "zohoapis.sa"),
    _centre("com.cn", pgettext_lazy("data centre", "China (com.cn)"), "accounts.zoho.com.cn", "zohoapis.com.cn", "cn"),
)


def centres() -> dict[str, DataCentre]:
    """By key; "own" is the server of MADOGUCHI_CRM_HOSTS that speaks as Zoho does, for tests and trials."""
    found = {each.key: each for each in CENTRES}
    if own := settings.CRM_HOSTS.get("zoho"):
        found["own"] = DataCentre("own", own, own, own, "own")
    return found


def centre(key: Any) -> DataCentre:
    """Raises Misunderstood where there is none of this key (any more)."""
    found = centres().get(str(key))
    if found is None:
        raise Misunderstood(_("This data centre does not exist."))
    return found


def origins() -> set[str]:
    """Every host that may be asked."""
    return {each.accounts for each in centres().values()} | {api for each in centres().values() for api in each.apis}


def consent_address(place: DataCentre, client_id: str, *, state: str, back_to: str) -> str:
    """Where the administrator agrees, at Zoho; Zoho sends them `back_to`."""
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "scope": ",".join(SCOPES),
        "redirect_uri": back_to,
        "access_type": "offline",
        "prompt": "consent",
        "state": state,
    }
    return f"{place.accounts}/oauth/v2/auth?{urlencode(asked)}"


def centre_told(place: DataCentre, told: Mapping[str, str]) -> DataCentre:
    """The data centre Zoho names when it sends the administrator back, else the one chosen.

    Raises Misunderstood where it names one that is not Zoho's: the secret would be sent there.
    """
    server, location = told.get("accounts-server", ""), told.get("location", "")
    if server:
        found = [each for each in centres().values() if each.accounts == origin(server)]
    elif location:
        found = [each for each in centres().values() if each.location == location]
    else:
        return place
    if not found:
        raise Misunderstood(_("The answer names a data centre that is not one of Zoho's."))
    return found[0]


def exchange(
    place: DataCentre, client_id: str, client_secret: str, code: str, *, back_to: str
) -> tuple[dict[str, str], str]:
    """(secrets, address of the API) for the code Zoho gave. Raises Down, Unauthorised, Misunderstood."""
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "client_secret": client_secret,
        "redirect_uri": back_to,
        "code": code,
    }
    told, began = _ask(place, form)
    secrets = {"client_secret": client_secret, **_tokens(told, began)}
    if "refresh_token" not in secrets:
        raise Misunderstood(_("Zoho gave no lasting consent. Revoke the old one at Zoho, then try again."))
    return secrets, api_of(place, told)


def renew(place: DataCentre, client_id: str, secrets: Mapping[str, str]) -> dict[str, str]:
    """The secrets with a new access token. Raises Down, Unauthorised, Misunderstood."""
    form = {
        "grant_type": "refresh_token",
        "client_id": client_id,
        "client_secret": secrets.get("client_secret", ""),
        "refresh_token": secrets.get("refresh_token", ""),
    }
    told, began = _ask(place, form)
    return {**secrets, **_tokens(told, began)}


def revoke(place: DataCentre, refresh_token: str) -> bool:
    """Tell Zoho that the consent is not needed any more; whether it took that."""
    wire = Wire(origins())
    try:
        answer = wire.post_form(f"{place.accounts}/oauth/v2/token/revoke", {"token": refresh_token})
    except (Down, Misunderstood):
        return False
    finally:
        wire.close()
    return answer.status == 200 and isinstance(answer.data, dict) and answer.data.get("status") == "success"


def is_due(secrets: Mapping[str, str]) -> bool:
    """Whether the access token is to be renewed before it is used: near its end, or the clock was set back."""
    try:
        left = float(secrets.get("renew_at", "0")) - time.time()
    except ValueError:
        return True
    return not 0 < left <= LONGEST_S


def api_of(place: DataCentre, told: Mapping[str, Any]) -> str:
    """The address of the API a token answer names. Raises Misunderstood where it is not one of Zoho's."""
    named = told.get("api_domain")
    if named is None:
        return place.apis[0]
    found = origin(named) if isinstance(named, str) else ""
    if found not in {api for each in centres().values() for api in each.apis}:
        raise Misunderstood(_("The answer names an API that is not one of Zoho's."))
    return found


def _ask(place: DataCentre, form: dict[str, str]) -> tuple[dict[str, Any], float]:
    """What the token endpoint says, and when it was asked."""
    began = time.time()
    wire = Wire(origins())
    try:
        answer = wire.post_form(f"{place.accounts}/oauth/v2/token", form)
    finally:
        wire.close()
    told = answer.data if isinstance(answer.data, dict) else {}
    if answer.status >= 400 or "error" in told:
        _refuse(answer.status, told)
    return answer.members(), began


def _refuse(status: int, told: Mapping[str, Any]) -> None:
    shown = status if status >= 400 else None
    error = str(told.get("error", ""))[:60].strip().lower().replace(" ", "_")
    about = str(told.get("error_description", ""))[:200]
    if "too many" in about.lower():
        raise Down(_("Zoho gives no more tokens for a while."), status=shown, retry_after_s=TOO_OFTEN_S)
    if error in FATAL:
        raise Unauthorised(str(FATAL[error]), status=shown)
    if status in (401, 403):
        raise Unauthorised(_("Zoho does not let us in (%(status)s).") % {"status": status}, status=shown)
    if not re.fullmatch(r"[a-z_]{1,60}", error):
        error = "?"
    raise Down(_("Zoho gives no token (%(error)s).") % {"error": error}, status=shown)


def _tokens(told: Mapping[str, Any], began: float) -> dict[str, str]:
    """The tokens of an answer, and when the access token is to be renewed, by our own clock."""
    found = {}
    for name in ("access_token", "refresh_token"):
        value = told.get(name)
        if value is None and name == "refresh_token":
            continue
        if not isinstance(value, str) or not TOKEN.fullmatch(value):
            raise Misunderstood(_("Zoho's answer holds no token that could be used."))
        found[name] = value
    return {**found, "renew_at": str(round(began + _life_s(told) * FRESH))}


def _life_s(told: Mapping[str, Any]) -> float:
    """Seconds a token lives: `expires_in_sec` where old servers give milliseconds as `expires_in`; an hour if unclear."""
    for name in ("expires_in_sec", "expires_in"):
        value = told.get(name)
        if type(value) is int and 0 < value <= LONGEST_S:
            return float(value)
    return float(HOUR_S)
