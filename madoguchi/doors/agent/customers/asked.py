"""What a page of a customer asks for in its address: hours, days, department; the same on every tab."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse

from madoguchi.doors.agent.answer import Desked
from madoguchi.models import Department

BUSINESS, CLOCK = "business", "clock"
DAYS = ("", "90", "30")
COOKIE, KEPT_S = "hours", 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Asked:
    """`days` is one of DAYS, '' for all time; `department` None: all the agent works in; `hours` is BUSINESS or CLOCK."""

    hours: str
    days: str
    department: Department | None

    @property
    def in_days(self) -> int | None:
        return int(self.days) if self.days else None

    @property
    def is_narrowed(self) -> bool:
        return bool(self.days or self.department)

    def departments(self, request: Desked) -> list[int]:
        """The departments whose tickets are counted."""
        return [d.pk for d in ([self.department] if self.department else request.departments)]

    def query(self, **more: Any) -> str:
        """`?days=90&department=3&…`: what every link from one tab to another carries; '' where there is nothing."""
        own = {"days": self.days, "department": self.department.pk if self.department else "", **more}
        asked = {name: value for name, value in own.items() if value not in ("", None)}
        return f"?{urlencode(asked)}" if asked else ""


def read(request: Desked) -> Asked:
    """What is not known counts as not asked. Hours are remembered by the browser (`remember`)."""
    given = request.GET
    days, hours = given.get("days", ""), given.get("hours") or request.COOKIES.get(COOKIE, "")
    return Asked(
        hours=CLOCK if hours == CLOCK else BUSINESS,
        days=days if days in DAYS else "",
        department=next((d for d in request.departments if str(d.pk) == given.get("department")), None),
    )


def remember(request: Desked, response: HttpResponse) -> None:
    """How the agent wants hours counted, for the next customer's page: no secret, so the browser keeps it."""
    chosen = request.GET.get("hours")
    if chosen in (BUSINESS, CLOCK) and chosen != request.COOKIES.get(COOKIE):
        response.set_cookie(
            COOKIE, chosen, max_age=KEPT_S, samesite="Lax", httponly=True, secure=request.is_secure(), path="/"
        )
