"""Customers at both ends: contacts with one ticket, accounts with ten, and the account with the most.

The small ones are made by the verbs the first time they are asked for: everybody who was loaded has more.
"""

from madoguchi import people, tickets
from madoguchi.actor import Actor
from madoguchi.models import Account, Contact, Department
from madoguchi.prepared import fetch

WITH_ONE, ONE = 20, "一件"
WITH_TEN, TEN = 5, "十件"
LARGEST = """
SELECT subject_id FROM madoguchi_tally WHERE subject = 'account' AND day IS NULL AND measure LIKE 'tickets.%%'
GROUP BY 1 ORDER BY sum(count) DESC LIMIT 1
"""


def with_one_ticket(department: Department) -> list[Contact]:
    for n in range(Contact.objects.filter(last_name__startswith=ONE).count(), WITH_ONE):
        _ask(department, f"{ONE}{n}", f"one{n}@customer.example", times=1)
    return list(Contact.objects.filter(last_name__startswith=ONE).order_by("pk"))


def with_ten_tickets(department: Department) -> list[Account]:
    for n in range(Account.objects.filter(name__startswith=TEN).count(), WITH_TEN):
        account = people.create_account({"name": f"{TEN}商会{n}"}, by=Actor.desk())
        _ask(department, f"{TEN}{n}", f"ten{n}@customer.example", times=10, account=account)
    return list(Account.objects.filter(name__startswith=TEN).order_by("pk"))


def _ask(department: Department, name: str, address: str, *, times: int, account: Account | None = None) -> None:
    by = Actor.desk()
    contact = people.create_contact({"last_name": name, "account": account}, emails=[address], by=by)
    for _time in range(times):
        tickets.open_ticket(
            department=department, contact=contact, subject="小さなお客様の問い合わせ", text="お願いします。", by=by
        )


def largest_account() -> Account:
    """By the ledger, so that asking takes no count of all tickets."""
    return Account.objects.get(pk=fetch(LARGEST)[0][0])
