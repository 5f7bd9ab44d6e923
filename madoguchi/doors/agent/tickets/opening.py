"""A new ticket, mostly by phone (SPEC D1): who called, what it is about, what they said."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madoguchi import people, tickets
from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked, go, page
from madoguchi.doors.agent.customers.finding import find_contact
from madoguchi.doors.agent.tickets import editing, writing
from madoguchi.doors.agent.tickets.finding import address, find
from madoguchi.doors.agent.tickets.once import Repeated, use_up
from madoguchi.errors import Hidden, Refused
from madoguchi.kit import addresses
from madoguchi.lists import people as lists
from madoguchi.models import Agent, Attachment, Contact, Department, Product, Ticket
from madoguchi.models.people import full_name
from madoguchi.models.ticket import Channel
from madoguchi.people import holding
from madoguchi.people.identify import split_name
from madoguchi.prepared import Prepared
from madoguchi.tickets import family
from madoguchi.tickets.assigning import may_take
from madoguchi.transactions import all_or_nothing

FOUND = 12
CONTACT = Prepared(lambda mark: Contact.objects.select_related("account").filter(pk=mark.number("pk")).order_by())


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Desked) -> HttpResponse:
    """The form; `look` in the POST only looks people up or changes the department, and keeps what was typed."""
    require(request.actor, "open")
    if request.department is None:
        return page(request, "agent/no_department.html")
    if request.method != "POST" or "look" in request.POST:
        return form(request)
    files: list[Attachment] = []
    try:
        files = writing.uploads(request)
        ticket, parent = written(request, files)
    except Repeated:
        return redirect("tickets")
    except Refused as refusal:
        return form(request, refusal, files)
    if parent is not None:
        said = _("#%(n)s opened as a child of #%(parent)s.") % {"n": ticket.number, "parent": parent.number}
        return go(request, reverse("ticket_children", args=[parent.number]), said)
    return go(request, address(ticket), _("#%(n)s opened.") % {"n": ticket.number})


def written(request: Desked, files: list[Attachment]) -> tuple[Ticket, Ticket | None]:
    """The ticket and its parent, if any. Begun again where the contact was merged or got another account at this moment."""
    for _round in range(holding.ROUNDS):
        try:
            with all_or_nothing():
                use_up(request)
                ticket = open_one(request, files)
                parent = asked_parent(request)
                if parent is not None:
                    family.relate(parent, [ticket], by=request.actor)
                return ticket, parent
        except holding.Moved:
            continue
    raise holding.overtaken()


def form(request: Desked, refusal: Refused | None = None, kept: list[Attachment] | None = None) -> HttpResponse:
    typed = request.POST if request.method == "POST" else request.GET
    parent = asked_parent(request)
    department = asked_department(request, parent)
    contact = None if typed.get("look") == "other" else asked_contact(typed.get("contact", ""))
    who = typed.get("who", "").strip()
    if parent is not None and request.method != "POST" and contact is None and not who:
        contact = parent.contact
    fields = editing.custom_fields(department)
    return page(
        request,
        "agent/tickets/new.html",
        status=422 if refusal else 200,
        typed=typed,
        parent=parent,
        refusal=refusal,
        chosen=department,
        contact=contact,
        who=who,
        found=found(who) if who and contact is None else [],
        guess=guess(who),
        fields=fields,
        agents=[(a.pk, a.name) for a in editing.assignable(department)],
        products=[(p.pk, str(p)) for p in products(department)],
        channels=Channel.choices,
        errors={refusal.field: str(refusal.text)} if refusal else {},
        kept=[a for a in kept or [] if a.entry_id is None],
        once=writing.new_key(),
    )


def asked_parent(request: Desked) -> Ticket | None:
    """The ticket the new one is to be a child of. Hidden where there is none, Denied where it may not be related."""
    wanted = request.POST.get("parent") or request.GET.get("parent") or ""
    if not (wanted.isdecimal() and len(wanted) < 19):
        return None
    parent = find(request, int(wanted))
    require(request.actor, "relate", parent)
    return parent


def asked_department(request: Desked, parent: Ticket | None = None) -> Department:
    wanted = request.POST.get("department") or request.GET.get("department")
    assert request.department is not None
    usual = parent.department if parent is not None else request.department
    return next((d for d in request.departments if str(d.pk) == wanted), usual)


def asked_contact(pk: str) -> Contact | None:
    """The one with this id, or whom they were merged into."""
    return led(find_contact(int(pk))) if pk.isdecimal() and len(pk) < 19 else None


def led(contact: Contact) -> Contact:
    return contact if contact.merged_into_id is None else find_contact(contact.merged_into_id)


def found(who: str) -> list[dict[str, Any]]:
    """Contacts by name, address or phone."""
    rows = list(lists.contacts(who).order_by("-pk")[:FOUND])
    for row in rows:
        row["name"] = full_name(row["last_name"], row["first_name"])
    return rows


def guess(who: str) -> dict[str, str]:
    """What was searched for, as the start of a new contact."""
    if addresses.is_valid(who):
        return {"email": who}
    if any(c.isdecimal() for c in who) and not any(c.isalpha() for c in who):
        return {"phone": who}
    return {"name": who}


def products(department: Department) -> QuerySet[Product]:
    return Product.objects.filter(departments=department, trashed_at=None)


def open_one(request: Desked, files: list[Attachment]) -> Ticket:
    """Find or make the contact, open the ticket, put the tags on."""
    department = asked_department(request)
    more: dict[str, Any] = {"priority": request.POST.get("priority", ""), "category": request.POST.get("category", "")}
    more |= editing.read_new(department, request.POST)
    ticket = tickets.open_ticket(
        department=department,
        contact=the_contact(request),
        subject=request.POST.get("subject", ""),
        channel=one_channel(request.POST.get("channel", "")),
        text=request.POST.get("body", ""),
        attachments=files,
        assignee=asked_assignee(request, department),
        more=more,
        by=request.actor,
    )
    if files and not request.POST.get("body", "").strip():
        raise Refused("EMPTY", _("Write what was said, so that the files have a message to be on."), "body")
    names = [name for name in request.POST.get("tags", "").replace("、", ",").split(",") if name.strip()]
    if names:
        tickets.tag(ticket, names, by=request.actor)
    return ticket


def asked_assignee(request: Desked, department: Department) -> Agent | None:
    """Mostly oneself; one who cannot take tickets of the department is nobody."""
    wanted = request.POST.get("assignee", "")
    if wanted == str(request.agent.pk):
        return request.agent if may_take(request.agent, department) else None
    return next((a for a in editing.assignable(department) if str(a.pk) == wanted), None) if wanted else None


def one_channel(value: str) -> str:
    if value not in Channel.values:
        raise Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."), "channel")
    return value


def the_contact(request: Desked) -> Contact:
    """The chosen one, else by the address typed, else by the phone, else a new one."""
    chosen = request.POST.get("contact", "")
    if chosen.isdecimal() and len(chosen) < 19:
        found: list[Contact] = CONTACT(pk=int(chosen))
        if not found:
            raise Hidden
        return led(found[0])
    name, email, phone = (request.POST.get(f"contact_{part}", "").strip() for part in ("name", "email", "phone"))
    if email:
        if not addresses.is_valid(email):
            raise Refused(
                "NOT_AN_ADDRESS", _("This is not a mail address: %(a)s") % {"a": email[:100]}, "contact_email"
            )
        known = people.contact_by_address(email)
        contact = people.identify(email, name, by=request.actor)
        if known is None and phone:
            people.edit_contact(contact, {}, phone_numbers=[("phone", phone)], by=request.actor)
        return contact
    if phone and (known := people.contact_by_phone(phone)):
        return known
    if not name:
        raise Refused("EMPTY", _("Choose a contact, or enter a name or a mail address."), "contact_name")
    last, first = split_name(name)
    numbers = [("phone", phone)] if phone else []
    return people.create_contact({"last_name": last, "first_name": first}, phone_numbers=numbers, by=request.actor)
