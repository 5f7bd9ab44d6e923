"""The connection to the CRM (SPEC C6): one at most, made by administrators. Who asks it is `reactions.crm`."""

import json
import secrets as random
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi import bell, lookups, record
from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.kit.characters import storable
from madoguchi.models import Classification, CrmClass, CrmConnection, CrmTrouble, Lookup
from madoguchi.organisation import current
from madoguchi.organisation.secrets import seal, unseal
from madoguchi.prepared import fetch

Kind = CrmConnection.Kind
# The names of the classes on the wire, and of the board's columns.
KEYS = {
    CrmClass.CUSTOMER: "customers",
    CrmClass.DEAL: "potentials",
    CrmClass.CONTACT: "contacts_leads",
    CrmClass.NEW: "unmapped",
}
MOST_A_MINUTE = 6000
SPREAD_A_MINUTE = (
    120  # how many of a great number are asked of over the network, so that fresh wishes find room between them
)
TROUBLES = 50
# The most urgent first, each with its time a little later than the one before.
WISH_OPEN = """
INSERT INTO madoguchi_lookup (contact_id, is_forced, at)
SELECT contact_id, true, %s::timestamptz
  + (row_number() OVER (ORDER BY min(due_at) NULLS LAST, contact_id) - 1) * %s::float8 * interval '1 s'
FROM madoguchi_ticket WHERE state = 'Open' AND trashed_at IS NULL AND NOT is_spam GROUP BY contact_id
RETURNING contact_id
"""
WISH_EVERYBODY = """
INSERT INTO madoguchi_lookup (contact_id, is_forced) SELECT id, true FROM madoguchi_contact WHERE trashed_at IS NULL
RETURNING contact_id
"""
WISH_UNDECIDED = """
INSERT INTO madoguchi_lookup (contact_id) SELECT contact_id FROM madoguchi_classification WHERE deals ?& ARRAY['won', 'open']
RETURNING contact_id
"""
OLD_TROUBLES = """
DELETE FROM madoguchi_crmtrouble WHERE id <= (SELECT id FROM madoguchi_crmtrouble ORDER BY id DESC OFFSET %s LIMIT 1)
RETURNING id
"""


def connection() -> CrmConnection:
    """The connection; one that is not saved, of kind '', where none was made yet."""
    return CrmConnection.objects.filter(pk=1).first() or CrmConnection(pk=1)


def secrets_of(connection: CrmConnection) -> dict[str, str]:
    """Tokens and keys. Raises ValueError where the desk's own key is another one than when they were kept."""
    return json.loads(unseal(connection.secrets)) if connection.secrets else {}


def is_paused(connection: CrmConnection, now: datetime) -> bool:
    return connection.paused_until is not None and connection.paused_until > now


def wire_type(crm_class: int, module: str = "") -> str | None:
    """`zohoCRMContact.type`: customers, potentials, contacts or leads; None for whom the CRM does not know."""
    if crm_class == CrmClass.NEW:
        return None
    return KEYS[CrmClass(crm_class)] if crm_class != CrmClass.CONTACT else module or "contacts"


@transaction.atomic
def connect_builtin(*, by: Actor) -> CrmConnection:
    """Ask the built-in CRM from now on."""
    return connect(Kind.BUILT_IN, settings={}, secrets={}, by=by)


@transaction.atomic
def connect(kind: str, *, settings: Mapping[str, Any], secrets: Mapping[str, str], by: Actor) -> CrmConnection:
    """Ask this CRM from now on. What another one still answers is thrown away; classes stay until they are looked up.

    Over the network the contacts with open tickets are looked up, little by little; in the built-in CRM, all.
    Refused: NOT_A_CHOICE.
    """
    require(by, "administer")
    if kind not in Kind.values or not kind:
        raise Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."), "kind")
    row = _locked()
    was = row.kind
    row.kind, row.settings, row.secrets = kind, {**settings, **_consent()}, _sealed(secrets)
    row.webhook_key = random.token_urlsafe(32)
    row.connected_at, row.connected_by, row.last_ok_at = record.now(), by.agent, None
    _calm(row)
    row.save()
    CrmTrouble.objects.all().delete()
    Lookup.objects.all().delete()
    Classification.objects.filter(tries__gt=0).update(tries=0, error="")
    _wish_all(row)
    _write_down({"kind": was}, {"kind": kind}, by)
    return row


@transaction.atomic
def reconnect(
    *,
    secrets: Mapping[str, str],
    settings: Mapping[str, Any] | None = None,
    of: CrmConnection | None = None,
    by: Actor,
) -> CrmConnection:
    """The same CRM with a new consent: what waits is asked at once. `of`: the connection it was given for.

    Refused: NOT_CONNECTED, also where another one was made meanwhile, which must not get the tokens of this one.
    """
    require(by, "administer")
    row = _connected()
    if of is not None and (row.kind, row.connected_at) != (of.kind, of.connected_at):
        raise Refused("NOT_CONNECTED", _("Someone else connected a CRM meanwhile. Nothing was changed."))
    row.secrets = _sealed(secrets)
    row.settings = {**row.settings, **(settings or {}), **_consent()}
    _calm(row)
    row.save()
    _write_down({}, {"kind": row.kind, "secrets": "•••"}, by)
    return row


@transaction.atomic
def disconnect(*, by: Actor) -> CrmConnection:
    """Ask nobody. Tokens and wishes are forgotten; contacts keep the class they have."""
    require(by, "administer")
    row = _locked()
    if not row.kind:
        return row
    was = row.kind
    row.kind, row.settings, row.secrets, row.webhook_key = Kind.NONE, {}, "", ""
    row.connected_at = row.connected_by = row.last_ok_at = None
    _calm(row)
    row.save()
    Lookup.objects.all().delete()
    CrmTrouble.objects.all().delete()
    _write_down({"kind": was}, {"kind": ""}, by)
    return row


@transaction.atomic
def set_order(*, won_first: bool, by: Actor) -> CrmConnection:
    """Which column has customers with an open and a won deal (SPEC C1). They change it without anybody being asked."""
    require(by, "administer")
    row = _connected()
    if row.won_first != won_first:
        row.won_first = won_first
        row.save(update_fields=["won_first"])
        fetch(WISH_UNDECIDED)
        _write_down({"won_first": not won_first}, {"won_first": won_first}, by)
    return row


@transaction.atomic
def set_rate(*, per_minute: int, by: Actor) -> CrmConnection:
    """How many requests a minute the CRM is asked at most. Refused: NOT_A_NUMBER."""
    require(by, "administer")
    row = _connected()
    if not 1 <= per_minute <= MOST_A_MINUTE:
        text = _("A number from 1 to %(n)s.") % {"n": MOST_A_MINUTE}
        raise Refused("NOT_A_NUMBER", text, "per_minute")
    was = row.settings.get("per_minute")
    if was != per_minute:
        row.settings = {**row.settings, "per_minute": per_minute}
        row.save(update_fields=["settings"])
        _write_down({"per_minute": was}, {"per_minute": per_minute}, by)
    return row


@transaction.atomic
def look_at_all(*, by: Actor) -> int:
    """Look everybody with an open ticket up again. Returns how many."""
    require(by, "administer")
    return _wish_all(_connected())


def waiting() -> int:
    """How many contacts wait to be looked up."""
    return Lookup.objects.values("contact").distinct().count()


def keep_secrets(secrets: Mapping[str, str], *, of: CrmConnection) -> bool:
    """The desk renewed a token. False, and nothing kept, where somebody connected or gave consent anew since `of` was read."""
    found = CrmConnection.objects.filter(pk=1, kind=of.kind, connected_at=of.connected_at, secrets=of.secrets)
    return bool(found.update(secrets=_sealed(secrets)))


def note_trouble(asked: str, text: str, *, status: int | None = None) -> None:
    """For the set-up page: what was asked, and what came of it."""
    CrmTrouble.objects.create(asked=storable(asked)[:300], text=storable(text)[:1000], status=status, at=record.now())
    fetch(OLD_TROUBLES, [TROUBLES])


def _locked() -> CrmConnection:
    CrmConnection.objects.get_or_create(pk=1)
    return CrmConnection.objects.select_for_update().get(pk=1)


def _connected() -> CrmConnection:
    row = _locked()
    if not row.kind:
        raise Refused("NOT_CONNECTED", _("No CRM is connected."))
    return row


def _consent() -> dict[str, str]:
    """What tells one consent from the next, though its tokens change."""
    return {"consented_at": record.now().isoformat()}


def _calm(row: CrmConnection) -> None:
    row.failures, row.paused_until, row.needs_consent = 0, None, False


def _sealed(secrets: Mapping[str, str]) -> str:
    return seal(json.dumps(dict(secrets))) if secrets else ""


def _wish_all(row: CrmConnection) -> int:
    if row.kind == Kind.BUILT_IN:
        return len(fetch(WISH_EVERYBODY))
    return len(fetch(WISH_OPEN, [record.now(), 60 / SPREAD_A_MINUTE]))


def _write_down(before: dict[str, Any], after: dict[str, Any], by: Actor) -> None:
    record.note("setup.changed", by=by, before=before, after={"what": "crm", "name": "CRM", **after})
    lookups.forget()
    current.forget()
    bell.ring(verb="crm.connection")
