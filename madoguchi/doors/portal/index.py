"""The contact's tickets: all, open, closed, those of the account; search."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from madoguchi.doors.portal.answer import Helped, page
from madoguchi.doors.portal.words import progress, state_badge
from madoguchi.lists import help_center
from madoguchi.models.people import full_name

LONGEST_QUERY = 300


@require_safe
def show(request: Helped) -> HttpResponse:
    q = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    which = request.GET.get("show", "")
    which = which if which in help_center.WHICH else ""
    account = request.contact.sees_account and request.contact.account_id is not None
    whole = account and request.GET.get("of") == "account"
    shown = help_center.page(request.actor, which=which, account=whole, q=q, cursor=request.GET.get("after", ""))
    for row in shown.rows:
        row["state"] = state_badge(row["state"], row["first_response_s"] is not None)
        row["progress"] = progress(row["state"].kind, row["last"])
        row["contact"] = full_name(row["contact__last_name"], row["contact__first_name"])
    query = {"q": q, "show": which, "of": "account" if whole else ""}
    return page(
        request,
        "portal/index.html",
        here="tickets",
        q=q,
        which=which,
        shown=shown,
        whole=whole,
        chips=chips(request, account=account, whole=whole, which=which, q=q),
        link=lambda **more: address(**{**query, **more}),
    )


def chips(
    request: Helped, *, account: bool, whole: bool, which: str, q: str
) -> list[tuple[Any, str, bool, int | None]]:
    """(label, address, whether it is on, how many)."""
    counted = help_center.counts(request.actor)
    words = {"": _("All"), "open": _("Open"), "closed": _("Closed")}
    of = "account" if whole else ""
    found: list[tuple[Any, str, bool, int | None]] = [
        (label, address(q=q, show=key, of=of), which == key, None if whole else counted[key])
        for key, label in words.items()
    ]
    if account:
        found.append((_("Whole company"), address(q=q, show=which, of="" if whole else "account"), whole, None))
    return found


def address(**query: Any) -> str:
    asked = {k: v for k, v in query.items() if v}
    return reverse("help") + (f"?{urlencode(asked)}" if asked else "")
