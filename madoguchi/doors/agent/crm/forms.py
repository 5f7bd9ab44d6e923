"""The forms of leads, contacts and deals: filled from the row or from what was typed, read into the verbs' words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from madoguchi.crm import fields
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.crm import history
from madoguchi.doors.agent.crm.frame import crm_page, owners, stages
from madoguchi.errors import Refused, Stale
from madoguchi.models import Agent, Contact, CrmDeal, CrmPerson

PERSON = ("last_name", "first_name", "account_name", "title", "email", "phone", "mobile", "description")
DEAL = ("name", "amount", "currency", "closing_date", "description")
CURRENCIES = ("JPY", "USD", "EUR", "GBP", "CNY", "KRW", "TWD", "SGD")


def person_form(
    request: Desked,
    kind: str,
    values: Mapping[str, Any],
    person: CrmPerson | None = None,
    refusal: Refused | None = None,
) -> HttpResponse:
    return _form(request, "agent/crm/person_form.html", person, refusal, values=values, kind=kind, person=person)


def deal_form(
    request: Desked,
    whose: CrmPerson,
    values: Mapping[str, Any],
    deal: CrmDeal | None = None,
    refusal: Refused | None = None,
) -> HttpResponse:
    used = values.get("currency") or "JPY"
    offered = [(s.pk, s) for s in stages().values() if s.is_active or (deal is not None and s.pk == deal.stage_id)]
    return _form(
        request,
        "agent/crm/deal_form.html",
        deal,
        refusal,
        values=values,
        deal=deal,
        whose=whose,
        stages=offered,
        currencies=[*CURRENCIES, *([used] if used not in CURRENCIES and used in fields.currencies() else [])],
    )


def _form(
    request: Desked, template: str, row: CrmPerson | CrmDeal | None, refusal: Refused | None, **more: Any
) -> HttpResponse:
    offered = owners()
    if row is not None and row.owner is not None and row.owner_id not in dict(offered):
        offered = [*offered, (row.owner.pk, row.owner.name)]
    now = row.modified_at.isoformat() if row else ""
    return crm_page(
        request,
        template,
        status=422 if refusal else 200,
        owners=offered,
        errors=errors_of(refusal),
        seen=now if refusal is None or isinstance(refusal, Stale) else request.POST.get("seen", ""),
        stale=refusal if isinstance(refusal, Stale) else None,
        changes=[(str(history.FIELDS[c["field"]]), said(c["now"])) for c in getattr(refusal, "changes", [])],
        said=said_of(refusal),
        **more,
    )


def errors_of(refusal: Refused | None) -> dict[str, str]:
    """One text at each field that is wrong."""
    if refusal is None:
        return {}
    each: list[Refused] = getattr(refusal, "each", [refusal])
    return {fault.field: str(fault.text) for fault in each if fault.field}


def said_of(refusal: Refused | None) -> str:
    """A refusal that is about no field."""
    return str(refusal.text) if refusal and not refusal.field and not isinstance(refusal, Stale) else ""


def said(value: Any) -> str:
    """A told value (`record.told`) in words."""
    found = value.get("label") if isinstance(value, dict) else value
    return str(found) if found not in (None, "") else _("(none)")


def person_values(person: CrmPerson) -> dict[str, Any]:
    return {**{name: getattr(person, name) for name in PERSON}, "owner": person.owner_id or ""}


def deal_values(deal: CrmDeal) -> dict[str, Any]:
    found = {name: getattr(deal, name) for name in DEAL}
    amount = "" if deal.amount is None else f"{deal.amount:,}".removesuffix(".00")
    day = deal.closing_date.isoformat() if deal.closing_date else ""
    return {**found, "amount": amount, "closing_date": day, "owner": deal.owner_id or "", "stage": deal.stage_id}


def offered(request: Desked) -> dict[str, Any]:
    """What is known already of the help-desk contact in `?contact=` who is to be added to the CRM."""
    pk = number(request.GET.get("contact"))
    contact = Contact.objects.select_related("account").filter(pk=pk, trashed_at=None).first() if pk else None
    if contact is None:
        return {"owner": request.agent.pk}
    return {
        "last_name": contact.last_name,
        "first_name": contact.first_name,
        "title": contact.title,
        "account_name": contact.account.name if contact.account else "",
        "email": contact.email,
        "phone": contact.phone_of("phone") or contact.phone_of("other"),
        "mobile": contact.phone_of("mobile"),
        "owner": request.agent.pk,
    }


def read_person(request: Desked, person: CrmPerson | None = None) -> dict[str, Any]:
    values: dict[str, Any] = {name: request.POST.get(name, "") for name in PERSON}
    return {**values, "owner": owner(request, person)}


def read_deal(request: Desked, whose: CrmPerson, deal: CrmDeal | None = None) -> dict[str, Any]:
    values: dict[str, Any] = {name: request.POST.get(name, "") for name in DEAL}
    stage = stages().get(number(request.POST.get("stage")) or 0)
    return {**values, "person": whose, "owner": owner(request, deal), "stage": stage}


def owner(request: Desked, row: CrmPerson | CrmDeal | None) -> Agent | None:
    """Refused: NOT_A_CHOICE."""
    if not (given := request.POST.get("owner", "")):
        return None
    found = Agent.objects.filter(pk=number(given) or 0).first()
    if found is None:
        raise Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."), "owner")
    return found


def number(text: str | None) -> int | None:
    """The id in a form, if it is one."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None


def seen(request: Desked) -> dict[str, Any] | None:
    """When what was edited had last been changed."""
    try:
        return {"modified_at": datetime.fromisoformat(request.POST.get("seen", ""))}
    except ValueError:
        return None
