"""What a connector knows of the desk: the connection's settings and secrets, and when it may ask."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.models import CrmConnection
from madoguchi.organisation import crm
from madoguchi.reactions.crm.connector import Unauthorised
from madoguchi.reactions.crm.pace import Pace

Secrets = dict[str, str]
# One renewal at a time on all machines; its number is the connection's own table, so that nobody else has it.
ALONE = "SELECT pg_advisory_xact_lock('madoguchi_crmconnection'::regclass::oid::int, 1)"


class Line:
    """May be used from several threads; asks the database only where a token is renewed. Raises Unauthorised where what is
    stored cannot be read."""

    def __init__(self, of: CrmConnection, pace: Pace) -> None:
        self.settings: Mapping[str, Any] = dict(of.settings)
        self.turn = pace.turn
        self._of = of
        self._secrets = _unsealed(of)
        self._lock = threading.Lock()

    def secrets(self) -> Secrets:
        return dict(self._secrets)

    def renewed(self, used: str, renew: Callable[[Secrets], Secrets]) -> Secrets:
        """The secrets after the `access_token` that was `used` was refused: `renew` is asked once, whoever else waits for it.

        It speaks to the CRM while only this lock is held: the connection itself may be read and changed meanwhile.
        """
        with self._lock:
            had_session = database.connection is not None
            try:
                with transaction.atomic(), database.cursor() as cursor:
                    cursor.execute(ALONE)
                    row = CrmConnection.objects.filter(pk=1, connected_at=self._of.connected_at).first() or self._of
                    kept = _unsealed(row)
                    if kept.get("access_token") == used:
                        kept = {**kept, **renew(kept)}
                        crm.keep_secrets(kept, of=row)
            finally:
                if not had_session:
                    database.close()
            self._secrets = kept
            return dict(kept)


def _unsealed(of: CrmConnection) -> Secrets:
    try:
        return crm.secrets_of(of)
    except ValueError:
        raise Unauthorised(
            _("The stored token cannot be read: the key of the desk has changed. Connect again.")
        ) from None
