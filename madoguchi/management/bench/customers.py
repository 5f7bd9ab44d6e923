"""Customers at both ends: contacts with one ticket, and the account with the most."""

from madoguchi import people, tickets
from madoguchi.actor import Actor
from madoguchi.models import Account, Contact, Department
from madoguchi.prepared import fetch

WITH_ONE, NAME = 20, "一件"
LARGEST = """
SELECT subject_id FROM madoguchi_tally WHERE subject = 'account' AND day IS NULL AND measure LIKE 'tickets.%%'
GROUP BY 1 ORDER BY sum(count) DESC LIMIT 1
"""


def with_one_ticket(department: Department) -> list[Contact]:
    """Made by the verbs the first time they are asked for: everybody who was loaded has more."""
    by = Actor.desk()
    for n in range(Contact.objects.filter(last_name__startswith=NAME).count(), WITH_ONE):
        contact = people.create_contact({"last_name": f"{NAME}{n}"}, emails=[f"one{n}@customer.example"], by=by)
        tickets.open_ticket(
            department=department, contact=contact, subject="一件だけの問い合わせ", text="お願いします。", by=by
        )
    return list(Contact.objects.filter(last_name__startswith=NAME).order_by("pk"))


def largest_account() -> Account:
    """By the ledger, so that asking takes no count of all tickets."""
    return Account.objects.get(pk=fetch(LARGEST)[0][0])
