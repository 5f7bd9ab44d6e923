"""A contact or an account beside the list: who it is, four figures, the latest tickets (SPEC I1)."""

from typing import Any

from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.crm.told import told
from madoguchi.doors.agent.customers import facts
from madoguchi.doors.agent.customers.figure_links import links
from madoguchi.doors.agent.customers.finding import find_account, find_contact, tickets_of
from madoguchi.doors.agent.customers.frame import initial, kind_of
from madoguchi.insight import many
from madoguchi.lists import customer_notes
from madoguchi.lists.customers import contacts_of
from madoguchi.models import Account, Classification, Contact
from madoguchi.organisation.current import statuses

TICKETS, NOTES = 8, 2


def of_contact(request: Desked, pk: int | None) -> dict[str, Any] | None:
    contact = _found(find_contact, pk)
    if contact is None:
        return None
    rows = Classification.objects.filter(contact=contact).values("source", "deals", "checked_at")
    found = [{**row, "at": row["checked_at"] and row["checked_at"].isoformat()} for row in rows]
    return {**_of(request, contact), "contact": contact, "told": told(contact.crm_class, found[0] if found else None)}


def of_account(request: Desked, pk: int | None) -> dict[str, Any] | None:
    account = _found(find_account, pk)
    if account is None:
        return None
    return {**_of(request, account), "account": account, "contacts_n": contacts_of([account.pk])[account.pk]}


def _found(find: Any, pk: int | None) -> Any:
    """None where nobody is open. Who was merged is shown as whom they were merged into."""
    if pk is None:
        return None
    found = find(pk)
    return found if found.merged_into_id is None else find(found.merged_into_id)


def _of(request: Desked, customer: Contact | Account) -> dict[str, Any]:
    kind, departments = kind_of(customer), request.agent.own_department_ids
    said = said_above(customer)
    notes = customer_notes.of(customer)
    return {
        "kind": kind,
        "customer": customer,
        "initial": initial(customer.name),
        "figures": many.summaries(kind, [customer.pk], departments)[customer.pk],
        "figure_links": links(customer),
        "facts": [fact for fact in facts.of(customer) if fact[1] not in said],
        "tickets": list(
            tickets_of(request, customer).order_by("-pk").values("number", "subject", "status_id")[:TICKETS]
        ),
        "statuses": {s.pk: s for s in statuses()},
        "notes": [
            {"text": n.text, "name": n.agent.name if n.agent else "", "at": n.created_at, "is_accounts": False}
            for n in notes[:NOTES]
        ],
        "notes_n": notes.count(),
    }


def said_above(customer: Contact | Account) -> set[str]:
    """What stands beside the name already."""
    if isinstance(customer, Contact):
        return {
            customer.title, *(row.address for row in customer.addresses.all()), *(row.number for row in customer.phones.all())
        }  # fmt: skip
    return {customer.email, customer.phone, customer.industry, ", ".join(row.domain for row in customer.domains.all())}
