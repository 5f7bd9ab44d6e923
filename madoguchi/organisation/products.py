"""Products (商品) and the departments whose tickets may name them."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi import record
from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import Department, Product
from madoguchi.organisation import rows

FIELDS = frozenset(["name", "code", "description", "unit_price", "category", "manufacturer", "owner"])


@transaction.atomic
def add_product(changes: Mapping[str, Any], departments: Collection[Department], *, by: Actor) -> Product:
    """Refused: CODE_TAKEN, NO_DEPARTMENT, OUT_OF_RANGE, by field."""
    require(by, "administer")
    product = Product(created_at=record.now(), modified_at=record.now())
    difference = rows.fill(product, {"name": "", **changes}, FIELDS)
    _refuse(product, departments)
    product.save()
    product.departments.set(departments)
    record.note("product.created", by=by, after={"product": product.pk, **difference[1]})
    return product


@transaction.atomic
def edit_product(
    product: Product, changes: Mapping[str, Any], departments: Collection[Department] | None = None, *, by: Actor
) -> Product:
    require(by, "administer")
    product = rows.locked(product)
    before, after = rows.fill(product, changes, FIELDS)
    old = sorted(d.name for d in product.departments.all())
    new = old if departments is None else sorted(d.name for d in departments)
    _refuse(product, product.departments.all() if departments is None else departments)
    if old != new:
        before["departments"], after["departments"] = old, new
    if before or after:
        product.modified_at = record.now()
        product.save()
        if departments is not None:
            product.departments.set(departments)
        record.note(
            "product.edited", by=by, before=before, after={"product": product.pk, "name": product.name, **after}
        )
    return product


@transaction.atomic
def trash_product(product: Product, *, by: Actor) -> None:
    """Tickets that name the product keep it; new ones cannot."""
    require(by, "administer")
    product = rows.locked(product)
    if product.trashed_at is None:
        product.trashed_at = record.now()
        product.save(update_fields=["trashed_at"])
        record.note("product.trashed", by=by, after={"product": product.pk, "name": product.name})


def _refuse(product: Product, departments: Collection[Department]) -> None:
    if product.code:
        others = Product.objects.filter(code__iexact=product.code, trashed_at=None).exclude(pk=product.pk)
        if others.exists():
            raise Refused("CODE_TAKEN", _("Another product has this code."), "code")
    if not departments:
        raise Refused("NO_DEPARTMENT", _("Choose at least one department."), "departments")
    price = product.unit_price
    if price is not None and not 0 <= Decimal(str(price)) < 10**12:
        raise Refused("OUT_OF_RANGE", _("This is not a price."), "unit_price")
