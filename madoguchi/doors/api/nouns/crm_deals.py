"""Deals of the built-in CRM (ours)."""

from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import BeforeValidator, Field, WithJsonSchema

from madoguchi import crm
from madoguchi.crm import stages
from madoguchi.doors.api import answers, finders
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import Unfit
from madoguchi.doors.api.present import crm as present
from madoguchi.doors.api.sorting import order
from madoguchi.doors.api.wire import Body, Id, Paged
from madoguchi.lists import crm as lists
from madoguchi.models import Agent, CrmDeal, CrmPerson, CrmStage

NAMES = {"name": "dealName", "person": "contactId", "closing_date": "closingDate"}
SORT = {
    "dealName": "name",
    "amount": "amount",
    "closingDate": "closing_date",
    "createdTime": "created_at",
    "modifiedTime": "modified_at",
}
PLAIN = {
    "dealName": "name",
    "amount": "amount",
    "currency": "currency",
    "closingDate": "closing_date",
    "description": "description",
}
door = Door("CRM", names=NAMES)
Category = Literal["open", "won", "lost"]


def to_amount(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | str | None):
        raise ValueError("not an amount")
    return value


AMOUNT = {"anyOf": [{"type": "number", "minimum": 0, "maximum": 99999999999999}, {"type": "string"}, {"type": "null"}]}
Amount = Annotated[Any, BeforeValidator(to_amount), WithJsonSchema(AMOUNT)]


def deals() -> QuerySet[CrmDeal]:
    return CrmDeal.objects.select_related("stage")


def one(deal_id: int) -> CrmDeal:
    crm.require_on()
    return finders.one(deals(), deal_id)


class Deals(Paged):
    contactId: Id | None = None
    stageCategory: Category | None = None
    ownerId: Id | None = None
    searchStr: str = Field("", description="words in the deal's name, or in its contact's name or company")
    sortBy: str = ""


@door.at("GET /crm/deals", gives="CrmDeal[]")
def list_crm_deals(request: Call, query: Query[Deals]) -> HttpResponse:
    """List or search deals, latest change first."""
    crm.require_on()
    found = lists.deals(query.searchStr, category=query.stageCategory or "", owner=query.ownerId)
    if query.contactId is not None:
        found = found.filter(person=query.contactId)
    page = found.select_related("stage").order_by(*order(query.sortBy, SORT, ("-modified_at", "-id")))[query.cut()]
    return answers.rows([present.deal(row) for row in page])


@door.at("GET /crm/deals/{int:deal_id}", gives="CrmDeal")
def get_crm_deal(request: Call, deal_id: int) -> object:
    """A deal."""
    return present.deal(one(deal_id))


class DealFields(Body):
    dealName: str | None = None
    contactId: Id | None = None
    stage: str | None = Field(
        None, description="a stage's name in either language; left out: the first of its category"
    )
    stageCategory: Category | None = None
    amount: Amount = None
    currency: str | None = Field(None, description="ISO 4217; JPY if not given")
    closingDate: str | None = Field(None, description="2026-12-31")
    description: str | None = None
    ownerId: Id | None = None


class NewDeal(DealFields):
    dealName: str
    contactId: Id


def values(body: DealFields, deal: CrmDeal | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {PLAIN[name]: value for name, value in body.given(*PLAIN).items()}
    if "contactId" in body.model_fields_set:
        found["person"] = finders.named(CrmPerson, body.contactId, "/contactId")
    if "ownerId" in body.model_fields_set:
        found["owner"] = finders.named(Agent, body.ownerId, "/ownerId")
    if (stage := stage_of(body, deal)) is not None:
        found["stage"] = stage
    return found


def stage_of(body: DealFields, deal: CrmDeal | None) -> CrmStage | None:
    """The stage that is named, else the first of the category, else the one the deal has; None: left to the verb.

    Unfit where there is no such stage, or where stage and category contradict each other.
    """
    if body.stage is not None:
        found = stages.named(body.stage)
        if found is None:
            choices = ", ".join(s.name for s in CrmStage.objects.filter(is_active=True))
            raise Unfit("/stage", text=_("Choose one of: %(choices)s") % {"choices": choices})
        if body.stageCategory not in (None, found.category):
            text = _("The stage “%(stage)s” is of the category “%(category)s”.")
            raise Unfit("/stageCategory", text=text % {"stage": found, "category": found.category})
        return found
    if body.stageCategory is not None and (deal is None or deal.stage.category != body.stageCategory):
        return stages.first_of(body.stageCategory)
    return None


@door.at("POST /crm/deals", gives="CrmDeal")
def create_crm_deal(request: Call, body: NewDeal) -> object:
    """Add a deal of a CRM contact."""
    return present.deal(crm.create_deal(values(body), by=request.actor))


@door.at("PATCH /crm/deals/{int:deal_id}", gives="CrmDeal")
def change_crm_deal(request: Call, deal_id: int, body: DealFields) -> object:
    """Change a deal, or move it to another stage."""
    deal = one(deal_id)
    return present.deal(crm.edit_deal(deal, values(body, deal), by=request.actor))


@door.at("DELETE /crm/deals/{int:deal_id}", status=204)
def delete_crm_deal(request: Call, deal_id: int) -> HttpResponse:
    """Delete a deal for good."""
    crm.delete_deal(one(deal_id), by=request.actor)
    return answers.nothing()
