"""A deal of the built-in CRM: its page, and what is done with it."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi import crm
from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked, came_from, go
from madoguchi.doors.agent.crm import forms, history
from madoguchi.doors.agent.crm.finding import find_deal, find_person
from madoguchi.doors.agent.crm.frame import crm_page, stages, while_on
from madoguchi.errors import Refused
from madoguchi.lists import crm as lists
from madoguchi.models import CrmDeal, CrmPerson

CHOICES = 20


def here(deal: CrmDeal) -> str:
    return reverse("crm_deal", kwargs={"pk": deal.pk})


@require_safe
@while_on
def show(request: Desked, pk: int) -> HttpResponse:
    return _shown(request, find_deal(pk))


def _shown(request: Desked, deal: CrmDeal, refusal: Refused | None = None) -> HttpResponse:
    of_stage = stages()
    return crm_page(
        request,
        "agent/crm/deal.html",
        status=422 if refusal else 200,
        deal=deal,
        stages=of_stage,
        refusal=refusal,
        lines=list(history.lines(history.of(f"deal {deal.pk}"), of_stage)),
        asks="delete" if request.GET.get("edit") == "delete" else "",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@while_on
def new(request: Desked) -> HttpResponse:
    """Of the contact in `?contact=`; without one it is chosen first."""
    require(request.actor, "edit_crm")
    person = _chosen(request)
    if person is None:
        return choose(request, reverse("new_crm_deal"))
    if request.method != "POST":
        return forms.deal_form(request, person, {"owner": request.agent.pk})
    try:
        deal = crm.create_deal(forms.read_deal(request, person), by=request.actor)
    except Refused as refusal:
        return forms.deal_form(request, person, request.POST, refusal=refusal)
    return go(request, here(deal), _("Deal added."))


@require_http_methods(["GET", "HEAD", "POST"])
@while_on
def edit(request: Desked, pk: int) -> HttpResponse:
    deal = find_deal(pk)
    require(request.actor, "edit_crm")
    if request.GET.get("contact") == "choose":
        return choose(request, reverse("edit_crm_deal", kwargs={"pk": pk}), deal)
    person = _chosen(request) or deal.person
    if request.method != "POST":
        return forms.deal_form(request, person, forms.deal_values(deal), deal)
    try:
        crm.edit_deal(deal, forms.read_deal(request, person, deal), expected=forms.seen(request), by=request.actor)
    except Refused as refusal:
        return forms.deal_form(request, person, request.POST, find_deal(pk), refusal=refusal)
    return go(request, here(deal), _("Saved."))


def _chosen(request: Desked) -> CrmPerson | None:
    given = request.GET.get("contact", "")
    return find_person(int(given)) if given.isascii() and given.isdecimal() and len(given) < 19 else None


def choose(request: Desked, back: str, deal: CrmDeal | None = None) -> HttpResponse:
    """Whose deal it is: the contacts that were changed last, or those a word finds."""
    q = request.GET.get("q", "").strip()
    rows = lists.person_rows(lists.people(CrmPerson.Kind.CONTACT, q)).order_by("-modified_at", "-id")[:CHOICES]
    return crm_page(request, "agent/crm/choose.html", rows=list(rows), back=back, deal=deal)


@require_POST
@while_on
def move(request: Desked, pk: int) -> HttpResponse:
    """To another stage, at a click; `seen` is the stage it stood in."""
    deal = find_deal(pk)
    known = stages()
    stage = known.get(forms.number(request.POST.get("stage")) or 0)
    seen = known.get(forms.number(request.POST.get("seen")) or 0)
    try:
        crm.edit_deal(deal, {"stage": stage}, expected={"stage": seen} if seen else None, by=request.actor)
    except Refused as refusal:
        return _shown(request, find_deal(pk), refusal)
    done = _("%(deal)s: now “%(stage)s”.") % {"deal": deal.name, "stage": stage}
    return go(request, came_from(request, here(deal)), done)


@require_POST
@while_on
def delete(request: Desked, pk: int) -> HttpResponse:
    deal = find_deal(pk)
    crm.delete_deal(deal, by=request.actor)
    return go(
        request, reverse("crm_person", kwargs={"pk": deal.person_id}), _("%(name)s deleted.") % {"name": deal.name}
    )
