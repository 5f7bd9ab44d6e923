"""Products (API B7)."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import BaseModel, Field

from madoguchi import access
from madoguchi.actor import Actor
from madoguchi.doors.api import answers, finders, mass
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import not_yet, unprocessable
from madoguchi.doors.api.present.entry import agent_author
from madoguchi.doors.api.present.words import LAYOUT, ref, time
from madoguchi.doors.api.sorting import order, wanted
from madoguchi.doors.api.wire import Body, Id, Ids, Paged, refuse_unbuilt, to_id
from madoguchi.errors import Hidden
from madoguchi.models import Agent, Department, Product
from madoguchi.organisation import products

NAMES = {"name": "productName", "code": "productCode", "departments": "departmentIds", "category": "productCategory"}
door = Door("Products", names=NAMES)
SORT = {
    "productName": "name",
    "productCode": "code",
    "unitPrice": "unit_price",
    "createdTime": "created_at",
    "modifiedTime": "modified_at",
}
PLAIN = {
    "productName": "name",
    "productCode": "code",
    "description": "description",
    "productCategory": "category",
    "manufacturer": "manufacturer",
    "unitPrice": "unit_price",
}


def seen(by: Actor) -> QuerySet[Product]:
    """The products of own departments."""
    rows = Product.objects.filter(trashed_at=None).prefetch_related("departments")
    if by.is_administrator:
        return rows
    return rows.filter(departments__in=by.agent.own_department_ids).distinct()  # type: ignore[union-attr]


def row(product: Product) -> dict[str, Any]:
    return {
        "id": str(product.pk),
        "productName": product.name,
        "productCode": product.code or None,
        "unitPrice": None if product.unit_price is None else str(product.unit_price),
        "departmentIds": [str(d.pk) for d in product.departments.all()],
    }


def full(product: Product) -> dict[str, Any]:
    return {
        **row(product),
        "description": product.description or None,
        "ownerId": ref(product.owner_id),
        "productCategory": product.category or None,
        "manufacturer": product.manufacturer or None,
        "createdTime": time(product.created_at),
        "modifiedTime": time(product.modified_at),
        "layoutId": LAYOUT,
        "cf": {},
        "customFields": {},
        "isDeleted": product.trashed_at is not None,
    }


class Products(Paged):
    departmentId: str = Field("", description="0 = all one may see")
    ownerId: Id | None = None
    include: str = ""
    sortBy: str = ""


@door.at("GET /products", gives="ProductRow[]")
def list_products(request: Call, query: Query[Products]) -> HttpResponse:
    """List products, by name."""
    found = seen(request.actor)
    if query.departmentId not in ("", "0"):
        try:
            department_id = to_id(query.departmentId)
        except ValueError:
            text = _("The query parameter “%(name)s” is not valid.") % {"name": "departmentId"}
            raise unprocessable(text) from None
        found = found.filter(departments=finders.department(department_id, request.actor))
    if query.ownerId is not None:
        found = found.filter(owner=query.ownerId)
    owner = "owner" in wanted(query.include, {"owner"})
    page = found.order_by(*order(query.sortBy, SORT, ("name", "id")))[query.cut()]
    return answers.rows([{**row(p), **owner_of(p, owner)} for p in page])


def owner_of(product: Product, asked: bool) -> dict[str, Any]:
    return {"owner": agent_author(product.owner) if product.owner else None} if asked else {}


class Included(BaseModel):
    include: str = ""


@door.at("GET /products/{int:product_id}", gives="Product")
def get_product(request: Call, product_id: int, query: Query[Included]) -> object:
    """A product."""
    product = finders.one(seen(request.actor), product_id)
    nested = wanted(query.include, {"departments", "owner"})
    found = {**full(product), **owner_of(product, "owner" in nested)}
    if "departments" in nested:
        found["departments"] = [{"id": str(d.pk), "name": d.name} for d in product.departments.all()]
    return found


class ProductFields(Body):
    productName: str | None = None
    departmentIds: list[Id] | None = Field(None, max_length=500)
    productCode: str | None = None
    unitPrice: Decimal | None = Field(None, ge=0, max_digits=14, decimal_places=2)
    description: str | None = None
    ownerId: Id | None = None
    productCategory: str | None = None
    manufacturer: str | None = None
    cf: dict[str, Any] | None = None
    layoutId: Id | None = None


class NewProduct(ProductFields):
    productName: str
    departmentIds: list[Id] = Field(min_length=1, max_length=500)


def values(body: ProductFields) -> dict[str, Any]:
    refuse_unbuilt(body, "cf")
    if body.layoutId is not None and str(body.layoutId) != LAYOUT:
        raise not_yet("/layoutId")
    found: dict[str, Any] = {PLAIN[name]: value for name, value in body.given(*PLAIN).items()}
    if "ownerId" in body.model_fields_set:
        found["owner"] = finders.named(Agent, body.ownerId, "/ownerId")
    return found


def departments(body: ProductFields) -> list[Department] | None:
    if body.departmentIds is None:
        return None
    return [d for pk in body.departmentIds if (d := finders.named(Department, pk, "/departmentIds"))]


@door.at("POST /products", gives="Product")
def create_product(request: Call, body: NewProduct) -> object:
    """Add a product."""
    return full(products.add_product(values(body), departments(body) or [], by=request.actor))


@door.at("PATCH /products/{int:product_id}", gives="Product")
def change_product(request: Call, product_id: int, body: ProductFields) -> object:
    """Change a product."""
    product = finders.one(seen(request.actor), product_id)
    products.edit_product(product, values(body), departments(body), by=request.actor)
    return full(Product.objects.get(pk=product.pk))


class TrashedProducts(Body):
    productIds: Ids
    departmentId: Id | None = None


@door.at("POST /products/moveToTrash", gives="Result[results]?", status=204)
def trash_products(request: Call, body: TrashedProducts) -> HttpResponse:
    """Remove products; tickets that name them keep them."""
    by = request.actor
    ids = list(dict.fromkeys(body.productIds))
    found = {product.pk: product for product in seen(by).filter(pk__in=ids)}
    if len(found) != len(ids):
        raise Hidden
    access.require(by, "administer")
    return mass.results_if_refused(
        [mass.attempt(pk, lambda p=found[pk]: products.trash_product(p, by=by)) for pk in ids]  # type: ignore[misc]
    )
