"""Floor 3: the people served, and the agents who serve."""

from madoguchi.people.accounts import create_account, edit_account, restore_account, trash_account
from madoguchi.people.contacts import create_contact, edit_contact, restore_contact, trash_contact
from madoguchi.people.identify import contact_by_address, contact_by_phone, identify
from madoguchi.people.merging_accounts import merge_accounts
from madoguchi.people.merging_contacts import merge_contacts

__all__ = [
    "contact_by_address",
    "contact_by_phone",
    "create_account",
    "create_contact",
    "edit_account",
    "edit_contact",
    "identify",
    "merge_accounts",
    "merge_contacts",
    "restore_account",
    "restore_contact",
    "trash_account",
    "trash_contact",
]
