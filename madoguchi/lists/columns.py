"""The columns a list can show, and the orders it can be read in."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madoguchi.lists.criteria import CUSTOM
from madoguchi.lists.keyset import Order
from madoguchi.models import CustomField

# Orders that an index serves, in the department and the state: ticket_by_state, …_by_department, …_by_assignee,
# …_by_creation, …_by_due (of what is not closed), and the unique number.
ORDERS = {
    "updated": Order("modified_at"),
    "due": Order("due_at", descending=False, nullable=True),
    "created": Order("created_at"),
    "number": Order("number", kind=int),
}
BY_COLUMN = {order.column: name for name, order in ORDERS.items()}

COLUMNS: dict[str, Any] = {
    "contact": _("Contact"),
    "account": _("Account"),
    "status": _("Status"),
    "priority": _("Priority"),
    "assignee": _("Assignee"),
    "team": _("Team"),
    "due": _("Due date"),
    "updated": _("Updated"),
    "created": _("Created"),
    "closed": pgettext_lazy("time", "Closed"),
    "response_due": _("Response due"),
    "customer_message": _("Last message of the customer"),
    "number": pgettext_lazy("ticket", "Number"),
    "channel": _("Channel"),
    "product": _("Product"),
    "category": _("Category"),
    "tags": _("Tags"),
    "crm_class": _("Customer class"),
    "threads": _("Number of messages"),
    "attachments": _("Files"),
    "shared_to": _("Shared with"),
}
OF_SHARED: dict[str, Any] = {  # of the tickets that other departments share
    "owner": _("Owning department"),
    "level": _("Sharing permission"),
    **{name: label for name, label in COLUMNS.items() if name != "shared_to"},
}
READS = {
    "team": "team__name",
    "product": "product__name",
    "closed": "closed_at",
    "response_due": "response_due_at first_response_s",
    "customer_message": "last_customer_message_at",
    "threads": "thread_n",
    "attachments": "attachment_n",
    "category": "category",
    "shared_to": "shared_to",
    "crm_class": "contact__crm_class",
}
MOST = 12


def known(customs: Iterable[CustomField]) -> dict[str, Any]:
    """Names and labels of what can be shown in a department."""
    return {**COLUMNS, **{f"{CUSTOM}{field.api_name}": field.label for field in customs}}


def read_for(columns: Iterable[str]) -> list[str]:
    """What `selecting.rows` has to read for them beyond the usual."""
    return [
        read
        for name in columns
        if name in READS or name.startswith(CUSTOM)
        for read in ([f"custom/{name.removeprefix(CUSTOM)}"] if name.startswith(CUSTOM) else READS[name].split())
    ]
