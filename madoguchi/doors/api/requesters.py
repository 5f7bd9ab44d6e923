"""A new ticket, and who asks: a contact by id, else by e-mail or phone, else a new one (API B2)."""

from django.utils.translation import gettext as _

from madoguchi import people
from madoguchi.actor import Actor
from madoguchi.doors.api import finders
from madoguchi.doors.api.errors import Unfit
from madoguchi.doors.api.ticket_fields import TicketFields
from madoguchi.doors.api.wire import Body, Id
from madoguchi.kit import addresses
from madoguchi.models import Contact


class ContactGiven(Body):
    lastName: str | None = None
    firstName: str | None = None
    email: str | None = None
    phone: str | None = None


class NewTicket(TicketFields):
    departmentId: Id
    contact: ContactGiven | None = None


def requester(body: NewTicket, by: Actor) -> Contact:
    """The contact by id, else by e-mail or phone, else a new one."""
    if body.contactId is not None:
        found = finders.named(Contact, body.contactId, "/contactId")
        assert found is not None
        return found
    given = body.contact
    if given is None:
        raise Unfit("/contactId", "missing")
    known = people.contact_by_address(given.email) if given.email else None
    known = known or (people.contact_by_phone(given.phone) if given.phone and not given.email else None)
    if known is not None and known.trashed_at is None:
        return known
    names = {"last_name": given.lastName or "", "first_name": given.firstName or ""}
    phones = [("phone", given.phone)] if given.phone else []
    if not given.email:
        if not names["last_name"].strip():
            raise Unfit("/contact/lastName", "missing")
        return people.create_contact(names, phone_numbers=phones, by=by)
    if not addresses.is_valid(given.email):
        raise Unfit("/contact/email", text=_("This is not a mail address: %(a)s") % {"a": given.email[:100]})
    found = people.identify(given.email, by=by)
    if known is None and names["last_name"].strip():
        found = people.edit_contact(found, names, phone_numbers=phones, by=by)
    return found
