"""Which connector asks which CRM. A new CRM is one file and one line here (docs/crm.md)."""

from collections.abc import Callable
from dataclasses import dataclass

from madoguchi.models import CrmConnection
from madoguchi.reactions.crm import hubspot, zoho
from madoguchi.reactions.crm.connector import Connector
from madoguchi.reactions.crm.line import Line
from madoguchi.reactions.crm.pace import Pace


@dataclass(frozen=True, slots=True)
class Kind:
    """`per_minute`: requests, unless the connection's settings say otherwise."""

    make: Callable[[Line], Connector]
    per_minute: int


KINDS: dict[str, Kind] = {
    CrmConnection.Kind.ZOHO: Kind(zoho.make, per_minute=300),
    CrmConnection.Kind.HUBSPOT: Kind(hubspot.make, per_minute=240),
}


def per_minute(connection: CrmConnection) -> int:
    return int(connection.settings.get("per_minute") or KINDS[connection.kind].per_minute)


def connector(connection: CrmConnection, pace: Pace | None = None) -> Connector:
    """What asks the CRM of this connection. KeyError where it is not asked over the network."""
    return KINDS[connection.kind].make(Line(connection, pace or Pace(per_minute(connection))))
