"""The organisation's own settings: name, language, time zone, limits (SPEC G5, D8)."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import Organisation
from madoguchi.organisation import calendar, rows
from madoguchi.organisation.current import the_organisation

FIELDS = frozenset(
    [
        "name",
        "language",
        "time_zone",
        "acknowledges",
        "max_file_bytes",
        "max_sent_bytes",
        "max_received_bytes",
        "bin_days",
        "has_help_center",
    ]
)
SMALLEST, LARGEST = 1 * 2**20, 200 * 2**20
LIMITS = ("max_file_bytes", "max_sent_bytes", "max_received_bytes")


@transaction.atomic
def edit_organisation(changes: Mapping[str, Any], *, by: Actor) -> Organisation:
    """Change the organisation. Refused, by field: NOT_A_TIME_ZONE, OUT_OF_RANGE (1 to 200 MB, 1 to 3,650 days)."""
    require(by, "administer")
    organisation = rows.locked(the_organisation())
    difference = rows.fill(organisation, changes, FIELDS)
    refuse_unknown_time_zone(organisation.time_zone)
    for name in LIMITS:
        if not SMALLEST <= getattr(organisation, name) <= LARGEST:
            raise Refused("OUT_OF_RANGE", _("Between %(a)s and %(b)s.") % {"a": "1 MB", "b": "200 MB"}, name)
    if not 1 <= organisation.bin_days <= 3650:
        raise Refused("OUT_OF_RANGE", _("Between %(a)s and %(b)s.") % {"a": 1, "b": 3650}, "bin_days")
    organisation.save()
    rows.write_down("organisation", organisation, difference, by=by)
    if "time_zone" in difference[1]:
        calendar.soon()
    return organisation


def refuse_unknown_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise Refused("NOT_A_TIME_ZONE", _("This time zone does not exist."), "time_zone")
