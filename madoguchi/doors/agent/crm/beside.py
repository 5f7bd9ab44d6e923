"""What the page of a help-desk contact shows of the CRM (`agent/crm/_of_contact.html`)."""

from typing import Any

from madoguchi import crm, lookups
from madoguchi.crm import keys
from madoguchi.doors.agent.crm.frame import money, stages
from madoguchi.lists import crm as lists
from madoguchi.models import Classification, Contact

MOST = 5


def of_contact(contact: Contact) -> dict[str, Any]:
    """Class and age, whichever CRM is asked; from the built-in one the records with their deals."""
    found: dict[str, Any] = {"kind": lookups.kind(), "is_builtin": crm.is_on(), "people": [], "money": money}
    if found["kind"]:
        found["told"] = Classification.objects.filter(contact=contact).first()
    if found["is_builtin"]:
        people = list(keys.people_like(contact).order_by("kind", "-pk")[:MOST])  # contacts before leads
        deals = lists.deals_of([person.pk for person in people]) if people else {}
        of_stage = stages() if deals else {}
        found["people"] = [
            (p, [(deal, of_stage[deal.stage_id]) for deal in deals.get(p.pk, [])[:MOST]]) for p in people
        ]
    return found
