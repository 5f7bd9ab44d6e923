"""What every page of the built-in CRM shows: its words for money, and what to do while it is switched off."""

from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Any

from django.http import HttpResponse

from madoguchi import crm
from madoguchi.doors.agent.answer import Desked, page
from madoguchi.kit.money import written
from madoguchi.models import CrmStage
from madoguchi.organisation.current import agent_names

View = Callable[..., HttpResponse]


def while_on(view: View) -> View:
    """The page; while another CRM or none is asked, one that says so, and nothing is changed."""

    @wraps(view)
    def answered(request: Desked, **parts: Any) -> HttpResponse:
        if crm.is_on():
            return view(request, **parts)
        if request.method not in ("GET", "HEAD"):
            crm.require_on()
        return page(request, "agent/crm/off.html")

    return answered


def crm_page(request: Desked, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return page(request, template, status=status, money=money, **context)


def money(amount: Decimal | None, currency: str) -> str:
    """¥1,200,000 · $1,200.50, as on the boards; '' for no amount."""
    return "" if amount is None else written(amount, currency)


def stages() -> dict[int, CrmStage]:
    """All stages in their order, by id."""
    return {stage.pk: stage for stage in CrmStage.objects.all()}


def owners() -> list[tuple[int, str]]:
    """The active agents, by name."""
    return sorted(agent_names().items(), key=lambda pair: pair[1])
