"""What must hold after contacts or accounts were merged."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from madoguchi.models import Account, Contact


def fields_to(model: type[models.Model]) -> Iterator[tuple[str, Any]]:
    for each in apps.get_models():
        for field in each._meta.get_fields():
            if field.concrete and field.is_relation and field.related_model is model:
                yield f"{each.__name__}.{field.name}", field


def relations(model: type[models.Model]) -> set[str]:
    """All that points to it, as `Ticket.contact`."""
    return {name for name, _field in fields_to(model)}


def rows_of(row: Contact | Account) -> dict[str, list[Any]]:
    """What points to the row, by relation."""
    found = {
        name: list(field.model._base_manager.filter(**{field.name: row}).order_by("pk").values_list("pk", flat=True))
        for name, field in fields_to(type(row))
    }
    return {name: ids for name, ids in found.items() if ids}


def assert_led() -> None:
    """Who was merged away leads to one who was not, and has nothing left."""
    for model in (Contact, Account):
        for husk in model.objects.exclude(merged_into=None).select_related("merged_into"):
            assert husk.merged_into.merged_into_id is None and husk.trashed_at is not None
            assert (
                not {"Ticket.contact", "Ticket.account", "Contact.account", "ContactAddress.contact"}
                & rows_of(husk).keys()
            )


@contextmanager
def lock_kinds() -> Iterator[list[str]]:
    """The statements inside that lock rows."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as asked:
        yield found
    found += [q["sql"] for q in asked if " FOR " in q["sql"] and ("UPDATE" in q["sql"].split(" FOR ")[-1])]
