"""Products and their codes."""

from typing import Any

from django import forms as django_forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.setup import forms
from madoguchi.doors.agent.setup.pages import deed, find, form_page, setup_page
from madoguchi.models import Department, Product
from madoguchi.organisation import products


class ProductForm(forms.SetupForm):
    name = forms.text(gettext_lazy("Name"), 200)
    code = forms.text(gettext_lazy("Product code"), 100, required=False)
    description = forms.prose(gettext_lazy("Description"), 2000)
    unit_price = django_forms.DecimalField(
        label=gettext_lazy("Unit price"), required=False, min_value=0, max_digits=14, decimal_places=2
    )
    category = forms.text(gettext_lazy("Category"), 100, required=False)
    manufacturer = forms.text(gettext_lazy("Manufacturer"), 100, required=False)
    departments = forms.Several(None, label=gettext_lazy("Departments whose tickets can name it"))


def show(request: Desked) -> HttpResponse:
    require(request.actor, "administer")
    rows = Product.objects.filter(trashed_at=None).prefetch_related("departments")[:1000]
    return setup_page(request, "agent/setup/products.html", here="products", rows=rows)


def add(request: Desked) -> HttpResponse:
    require(request.actor, "administer")
    form = ProductForm(request.POST or None, initial={"departments": forms.enabled_departments()})
    form.fields["departments"].queryset = forms.enabled_departments()  # type: ignore[attr-defined]

    def save(typed: dict[str, Any]) -> Product:
        departments = typed.pop("departments")
        return products.add_product(typed, departments, by=request.actor)

    back = reverse("products")
    return form_page(request, form, save, to=back, here="products", title=_("New product"), back=back)


def edit(request: Desked, pk: int) -> HttpResponse:
    require(request.actor, "administer")
    row = find(Product.objects.filter(trashed_at=None), pk)
    plain = [name for name in ProductForm.base_fields if name != "departments"]
    initial = {**forms.only(row, plain), "departments": row.departments.all()}
    form = ProductForm(request.POST or None, initial=initial)
    form.fields["departments"].queryset = Department.objects.all()  # type: ignore[attr-defined]

    def save(typed: dict[str, Any]) -> Product:
        departments = typed.pop("departments")
        return products.edit_product(row, typed, departments, by=request.actor)

    back = reverse("products")
    template = "agent/setup/product.html"
    return form_page(
        request, form, save, to=back, here="products", title=row.name, template=template, row=row, back=back
    )


@require_POST
def delete(request: Desked, pk: int) -> HttpResponse:
    require(request.actor, "administer")
    row = find(Product.objects.filter(trashed_at=None), pk)
    back = reverse("products")
    return deed(
        request, lambda: products.trash_product(row, by=request.actor), to=back, here="products", done=_("Deleted.")
    )
