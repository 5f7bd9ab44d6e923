"""The tickets of a contact, an account, a product (API B2)."""

from django.http import HttpResponse
from ninja import Query

from madoguchi.doors.api import finders
from madoguchi.doors.api.call import Call, me
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.ticket_filters import Listed, due, page

door = Door("Tickets")


@door.at("GET /contacts/{int:contact_id}/tickets", gives="TicketRow[]")
def list_contact_tickets(request: Call, contact_id: int, query: Query[Listed]) -> HttpResponse:
    """The tickets of a contact."""
    found = finders.seen_tickets(request.actor).filter(contact=finders.contact(contact_id))
    return page(request, found, query)


class OfAccount(Listed):
    dueDate: str = ""


@door.at("GET /accounts/{int:account_id}/tickets", gives="TicketRow[]")
def list_account_tickets(request: Call, account_id: int, query: Query[OfAccount]) -> HttpResponse:
    """The tickets of an account."""
    found = finders.seen_tickets(request.actor).filter(account=finders.account(account_id))
    if query.dueDate:
        found = found.filter(due(query.dueDate, me(request).time_zone))
    return page(request, found, query)


@door.at("GET /products/{int:product_id}/tickets", gives="TicketRow[]")
def list_product_tickets(request: Call, product_id: int, query: Query[Listed]) -> HttpResponse:
    """The tickets about a product."""
    found = finders.seen_tickets(request.actor).filter(product=finders.product(product_id, request.actor))
    return page(request, found, query)
