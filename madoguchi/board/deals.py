"""The deals of a customer as a card tells of them: 受注 2 件・¥3,480,000; 提案中・¥2,400,000."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from madoguchi.kit.money import written
from madoguchi.models import CrmClass

MOST = Decimal(10**18)
TOLD = {CrmClass.CUSTOMER: "won", CrmClass.DEAL: "open"}


def told(crm_class: int, deals: dict[str, Any]) -> str:
    """Of the deals that put the customer into this class; '' for other classes."""
    category = TOLD.get(CrmClass(crm_class))
    found = deals.get(category) if category else None
    if not found:
        return ""
    n = int(found.get("n") or 0)
    if category == "won":
        what = ngettext("%(n)s deal won", "%(n)s deals won", n) % {"n": n}
    else:
        what = str(found.get("stage") or _("In progress"))
        if n > 1:
            what = _("%(stage)s and %(n)s more") % {"stage": what, "n": n - 1}
    amount = money(found)
    return _("%(deals)s · %(amount)s") % {"deals": what, "amount": amount} if amount else what


def money(found: dict[str, Any]) -> str:
    try:
        amount = Decimal(str(found["amount"]))
    except (KeyError, InvalidOperation):
        return ""
    return written(amount, str(found.get("currency") or "")) if amount.is_finite() and abs(amount) < MOST else ""
