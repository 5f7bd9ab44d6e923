"""A new ticket by form, signed in or not (SPEC P1, D1)."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madoguchi import people, tickets
from madoguchi.actor import Actor
from madoguchi.doors.portal.answer import Helped, go, page
from madoguchi.doors.portal.gate import open_to_all
from madoguchi.doors.portal.once import Repeated, use_up
from madoguchi.doors.portal.ticket import address
from madoguchi.doors.portal.words import department_name
from madoguchi.doors.shared.visitors import place_of
from madoguchi.errors import Refused
from madoguchi.kit import addresses
from madoguchi.kit.characters import one_line
from madoguchi.models import Department, Ticket
from madoguchi.organisation.current import mailbox_addresses, the_organisation
from madoguchi.people import links, tries
from madoguchi.tickets import asking

AN_HOUR = timedelta(hours=1)
MOST_OF_ADDRESS, MOST_OF_PLACE = 5, 60
TRAP = "website"


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Helped) -> HttpResponse:
    """Who is not signed in says name and address, and is mailed a link to follow the ticket with.

    That opens the ticket as a mail from the address would, and shows nothing of what the contact has.
    """
    if request.method != "POST":
        return form(request)
    if request.contact is None and request.POST.get(TRAP):
        return sent_to_visitor()  # a field no person sees was filled in
    try:
        with transaction.atomic():
            use_up(request)
            ticket = ask(request) if request.contact is not None else ask_as_visitor(request)
    except Repeated:
        return go(reverse("help"), "repeated") if request.contact is not None else sent_to_visitor()
    except Refused as refusal:
        return form(request, refusal)
    return go(address(ticket), "asked") if request.contact is not None else sent_to_visitor()


def sent_to_visitor() -> HttpResponse:
    return go(reverse("help_sent") + "?request=1")


def ask(request: Helped, by: Actor | None = None) -> Ticket:
    return tickets.ask(
        asked_department(request),
        request.POST.get("subject", ""),
        request.POST.get("text", ""),
        files=request.FILES.getlist("files"),
        by=by or request.actor,
    )


def ask_as_visitor(request: Helped) -> Ticket:
    """The writer is whom the address belongs to, as with a mail. Refused: EMPTY, NOT_AN_ADDRESS, TOO_MANY."""
    name, email = one_line(request.POST.get("name", ""))[:200], request.POST.get("email", "").strip()
    if not name:
        raise Refused("EMPTY", _("Enter your name."), "name")
    links.refuse_no_address(email)
    if addresses.fold(email) in mailbox_addresses():
        raise Refused("NOT_AN_ADDRESS", _("This is our own address. Enter yours."), "email")
    asking.refuse_empty(request.POST.get("subject", ""), request.POST.get("text", ""))
    tries.count("form place", place_of(request), most=MOST_OF_PLACE, within=AN_HOUR)
    tries.count("form", addresses.fold(email), most=MOST_OF_ADDRESS, within=AN_HOUR)
    contact = people.identify(email, name, by=Actor.desk(door="help"))
    ticket = ask(request, Actor(contact=contact, door="help"))
    links.send_link(email, to=address(ticket), language=get_language() or "", number=ticket.number)
    return ticket


def form(request: Helped, refusal: Refused | None = None) -> HttpResponse:
    choices = [(row.pk, department_name(row)) for row in asking.departments()]
    return page(
        request,
        "portal/new.html",
        status=200 if refusal is None else 429 if refusal.code == "TOO_MANY" else 422,
        here="new",
        departments=choices,
        typed=request.POST,
        refusal=refusal,
        errors={refusal.field: str(refusal.text)} if refusal and refusal.field else {},
        most=asking.MOST_FILES,
        limit=the_organisation().max_file_bytes,
        once=secrets.token_urlsafe(12),
    )


def asked_department(request: Helped) -> Department:
    """The one chosen, else the first."""
    wanted = request.POST.get("department", "")
    rows = list(asking.departments())
    if not rows:
        raise Refused("NO_DEPARTMENT", _("Requests cannot be made by form at the moment. Please write us a mail."))
    if not wanted and len(rows) == 1:
        return rows[0]
    found = next((row for row in rows if str(row.pk) == wanted), None)
    if found is None:
        raise Refused("NOT_A_CHOICE", _("Choose whom you write to."), "department")
    return found
