"""The names of a department's notification switches on the wire (ours; SPEC S8, D9)."""

from madoguchi.organisation.notification_rules import KINDS, Kind

WAYS = {"in_app": "InApp", "by_mail": "ByMail"}


def name_of(kind: Kind, way: str) -> str:
    """`ticketCreatedByMail`; what is told in one way only has its bare name, `sharedTicketReceived`."""
    is_only = not all(kind.offers(each) for each in WAYS)
    return kind.api if is_only else f"{kind.api}{WAYS[way]}"


SWITCHES = {name_of(kind, way): (kind.key, way) for kind in KINDS.values() for way in WAYS if kind.offers(way)}
