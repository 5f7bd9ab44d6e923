"""The address the CRM calls when something changed there: whoever knows it may only have contacts looked up again."""

import hmac
import secrets

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi import record
from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import CrmConnection


@transaction.atomic
def change_address(*, by: Actor) -> CrmConnection:
    """A new key; the old address is nobody's at once. Refused: NOT_CONNECTED."""
    require(by, "administer")
    row = CrmConnection.objects.select_for_update().filter(pk=1).exclude(kind="").first()
    if row is None:
        raise Refused("NOT_CONNECTED", _("No CRM is connected."))
    row.webhook_key = secrets.token_urlsafe(32)
    row.save(update_fields=["webhook_key"])
    record.note("setup.changed", by=by, before={}, after={"what": "crm", "name": "CRM", "webhook_key": "•••"})
    return row


def kind_of(key: str) -> str:
    """The CRM whose key this is; '' for any other. Compared in constant time."""
    row = CrmConnection.objects.filter(pk=1).exclude(kind="").values_list("kind", "webhook_key").first()
    kind, own = row if row is not None else ("", "")
    return kind if own and hmac.compare_digest(own.encode(), key.encode("utf-8", "replace")) else ""
