"""The fields of a contact or an account, in words; those without a value left out."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from madoguchi.doors.agent import when
from madoguchi.models import Account, Contact
from madoguchi.organisation.current import agent_names

Fact = tuple[str, str]


def of(customer: Contact | Account) -> Sequence[Fact]:
    found = of_contact(customer) if isinstance(customer, Contact) else of_account(customer)
    return [(label, value) for label, value in [*found, *of_both(customer)] if value]


def of_contact(contact: Contact) -> list[Fact]:
    return [
        *[(_("Mail address"), row.address) for row in contact.addresses.all()],
        *[(str(row.get_kind_display()), row.number) for row in contact.phones.all()],
        (_("Job title"), contact.title),
        (_("Language"), str(contact.get_language_display())),
        (_("Time zone"), contact.time_zone),
        (_("Help center"), _("Sees all tickets of the account") if contact.sees_account else ""),
        (pgettext("contact", "Kind"), contact.kind),
        ("Facebook", contact.facebook),
        ("X", contact.twitter),
    ]


def of_account(account: Account) -> list[Fact]:
    return [
        (_("Mail address"), account.email),
        (_("Phone"), account.phone),
        (_("Fax"), account.fax),
        (_("Website"), account.website),
        (_("Industry"), account.industry),
        (_("Annual revenue"), account.annual_revenue),
        (_("Code"), account.code),
        (_("Mail domains"), ", ".join(row.domain for row in account.domains.all())),
    ]


def of_both(customer: Contact | Account) -> list[Fact]:
    place = [customer.zip, customer.country, customer.state, customer.city, customer.street]
    return [
        (_("Address"), " ".join(part for part in place if part)),
        (_("Owner"), agent_names().get(customer.owner_id or 0, "")),
        (_("Added"), when.moment(customer.created_at)),
        (_("Description"), customer.description),
    ]
