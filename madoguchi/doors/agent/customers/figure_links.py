"""Where the figures of a customer lead: to exactly what they count (SPEC I3)."""

from collections.abc import Mapping

from madoguchi.doors.agent.customers.frame import tab_address
from madoguchi.models import Account, Contact


def links(customer: Contact | Account) -> Mapping[str, str]:
    tickets, is_account = tab_address(customer, "tickets"), isinstance(customer, Account)
    return {
        "total": tickets,
        "open": f"{tickets}?state=open",
        "overdue": f"{tickets}?overdue=1",
        "rated": tab_address(customer, "ratings"),
        "notes": tab_address(customer, "notes"),
        "contacts": tab_address(customer, "contacts") if is_account else "",
    }
