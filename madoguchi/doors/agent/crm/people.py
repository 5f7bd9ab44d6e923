"""A lead or a contact of the built-in CRM: its page, and what is done with it."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi import crm
from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.crm import forms, history
from madoguchi.doors.agent.crm.finding import at_the_desk, find_person
from madoguchi.doors.agent.crm.frame import crm_page, stages, while_on
from madoguchi.errors import Refused
from madoguchi.models import CrmPerson
from madoguchi.organisation.current import statuses

DEALS = 100
LISTS = {CrmPerson.Kind.LEAD: "crm_leads", CrmPerson.Kind.CONTACT: "crm_contacts"}


def here(person: CrmPerson) -> str:
    return reverse("crm_person", kwargs={"pk": person.pk})


def list_of(person: CrmPerson) -> str:
    return LISTS[CrmPerson.Kind(person.kind)]


@require_safe
@while_on
def show(request: Desked, pk: int) -> HttpResponse:
    """Facts and the help desk's own contacts at the left, deals and history at the right."""
    person = find_person(pk)
    deals = list(person.deals.order_by("-modified_at", "-pk")[:DEALS])
    of_stage = stages()
    events = history.of(f"person {pk}", *(f"deal {deal.pk}" for deal in deals))
    return crm_page(
        request,
        "agent/crm/person.html",
        person=person,
        list_name=list_of(person),
        deals=deals,
        stages=of_stage,
        desk=at_the_desk(request, person),
        statuses={s.pk: s for s in statuses()},
        lines=list(history.lines(events, of_stage)),
        asks="delete" if request.GET.get("edit") == "delete" else "",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@while_on
def new_lead(request: Desked) -> HttpResponse:
    return _new(request, CrmPerson.Kind.LEAD)


@require_http_methods(["GET", "HEAD", "POST"])
@while_on
def new_contact(request: Desked) -> HttpResponse:
    return _new(request, CrmPerson.Kind.CONTACT)


def _new(request: Desked, kind: CrmPerson.Kind) -> HttpResponse:
    require(request.actor, "edit_crm")
    if request.method != "POST":
        return forms.person_form(request, kind, forms.offered(request))
    try:
        person = crm.create_person(kind, forms.read_person(request), by=request.actor)
    except Refused as refusal:
        return forms.person_form(request, kind, request.POST, refusal=refusal)
    return go(request, here(person), _("%(name)s added.") % {"name": person.name})


@require_http_methods(["GET", "HEAD", "POST"])
@while_on
def edit(request: Desked, pk: int) -> HttpResponse:
    person = find_person(pk)
    require(request.actor, "edit_crm")
    if request.method != "POST":
        return forms.person_form(request, person.kind, forms.person_values(person), person)
    try:
        crm.edit_person(person, forms.read_person(request, person), expected=forms.seen(request), by=request.actor)
    except Refused as refusal:
        return forms.person_form(request, person.kind, request.POST, find_person(pk), refusal=refusal)
    return go(request, here(person), _("Saved."))


@require_POST
@while_on
def convert(request: Desked, pk: int) -> HttpResponse:
    """A lead becomes a contact."""
    person = crm.convert_lead(find_person(pk), by=request.actor)
    return go(request, here(person), _("%(name)s is now a CRM contact.") % {"name": person.name})


@require_POST
@while_on
def delete(request: Desked, pk: int) -> HttpResponse:
    person = find_person(pk)
    crm.delete_person(person, by=request.actor)
    return go(request, reverse(list_of(person)), _("%(name)s deleted.") % {"name": person.name})
