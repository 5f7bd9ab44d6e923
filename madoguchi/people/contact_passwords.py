"""Passwords of contacts for the help center; who has none, or forgot it, uses a mailed link (SPEC P1)."""

from datetime import timedelta

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi import record
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Refused
from madoguchi.kit import addresses
from madoguchi.models import Contact, HelpSession
from madoguchi.people import help_sessions, passwords, tries

LOCKED = timedelta(minutes=15)
MOST_OF_ADDRESS, MOST_OF_PLACE = 10, 100
LONGEST = 1000


def sign_in(address: str, password: str, *, place: str) -> str:
    """Sign in by password. Returns the secret of the session.

    Refused: TOO_MANY after ten tries for an address within a quarter of an hour; WRONG, in the same time and words for
    a wrong password, an unknown address and a contact without a password.
    """
    folded = addresses.fold(address)
    tries.count("password place", place, most=MOST_OF_PLACE, within=LOCKED)
    tries.count("password", folded, most=MOST_OF_ADDRESS, within=LOCKED)
    contact = Contact.objects.filter(help_sessions.welcome(), addresses__folded=folded).exclude(password="").first()
    if not _is_right(contact, password):
        raise Refused("WRONG", _("The mail address or the password is not right."))
    assert contact is not None
    tries.forgive("password", folded)
    with transaction.atomic():
        return help_sessions.begin(contact, by_link=False)


def _is_right(contact: Contact | None, password: str) -> bool:
    if contact is None or len(password) > LONGEST or passwords.is_refused(password):
        make_password(password[:LONGEST])  # the time it takes to compare
        return False
    return check_password(password, contact.password, lambda raw: _rehash(contact, raw))


def _rehash(contact: Contact, password: str) -> None:
    """The hash of an older way of hashing, made anew."""
    Contact.objects.filter(pk=contact.pk).update(password=make_password(password))


def set_password(contact: Contact, new: str, *, current: str = "", session: HelpSession, by: Actor) -> None:
    """Choose a password; other browsers are signed out. Who came by a link need not know the `current` one.

    Refused: WRONG, TOO_MANY, TOO_LONG, BAD_PASSWORD.
    """
    if by.contact is None or by.contact.pk != contact.pk or session.contact_id != contact.pk:
        raise Denied("set_password")
    if contact.password and not session.by_link:
        tries.count("current password", str(contact.pk), most=MOST_OF_ADDRESS, within=LOCKED)
        if not _is_right(contact, current):
            raise Refused("WRONG", _("This is not your password."), "current")
    if len(new) > LONGEST:
        raise Refused("TOO_LONG", _("At most %(n)s characters.") % {"n": LONGEST}, "new")
    try:
        password_validation.validate_password(new, contact)  # type: ignore[arg-type]
    except ValidationError as error:
        raise Refused("BAD_PASSWORD", " ".join(error.messages), "new") from None
    with transaction.atomic():
        contact.password = make_password(new)
        contact.save(update_fields=["password"])
        help_sessions.end_all(contact, but=session)
        record.note("contact.password_set", by=by, contact=contact)
