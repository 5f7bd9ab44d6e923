"""What contacts decide about themselves in the help center (SPEC P1, D13)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from madoguchi import record
from madoguchi.actor import Actor
from madoguchi.errors import Denied
from madoguchi.models import Contact
from madoguchi.organisation import company
from madoguchi.people import details

FIELDS = frozenset(["language", "time_zone"])


@transaction.atomic
def edit_profile(contact: Contact, changes: Mapping[str, Any], *, by: Actor) -> Contact:
    """Change one's own language ('' as the browser asks) and time zone ('' the organisation's). Refused: by field."""
    if by.contact is None or by.contact.pk != contact.pk:
        raise Denied("edit_profile")
    contact = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    before, after = details.apply(contact, changes, FIELDS)
    if contact.time_zone:
        company.refuse_unknown_time_zone(contact.time_zone)
    if after:
        contact.modified_at = record.now()
        contact.save(update_fields=[*FIELDS, "modified_at"])
        record.note("contact.edited", by=by, contact=contact, account=contact.account, before=before, after=after)
    return contact
