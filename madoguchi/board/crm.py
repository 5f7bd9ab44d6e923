"""Which CRM the customer classification mode stands on, and how it is (SPEC C6, C7)."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy

from madoguchi.errors import Refused
from madoguchi.models import CrmConnection
from madoguchi.prepared import fetch

WHAT_TO_DO = gettext_lazy(
    "No CRM is connected. An administrator can connect one, or switch on the built-in CRM, in the settings under CRM."
)
READ = "SELECT kind, last_ok_at, failures > 0 OR needs_consent FROM madoguchi_crmconnection WHERE id = 1 AND kind <> ''"


@dataclass(frozen=True, slots=True)
class Connected:
    """`is_failing`: it did not answer of late, so that classes may be old."""

    kind: str
    last_ok_at: datetime | None
    is_failing: bool

    @property
    def label(self) -> str:
        return str(CrmConnection.Kind(self.kind).label)


def connected() -> Connected | None:
    """The CRM that is asked, None while there is none."""
    found = fetch(READ)
    return Connected(*found[0]) if found else None


def require_connected() -> Connected:
    """Refused: NO_CRM."""
    found = connected()
    if found is None:
        raise Refused("NO_CRM", WHAT_TO_DO)
    return found
