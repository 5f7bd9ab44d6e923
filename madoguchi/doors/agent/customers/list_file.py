"""A list of contacts or accounts as CSV: as it is narrowed and sorted on the page, with the same figures."""

from collections.abc import Callable, Iterator
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.customers.listing import Listing
from madoguchi.insight import many
from madoguchi.kit import tables
from madoguchi.lists import customers as lists
from madoguchi.lists import keyset
from madoguchi.models import CrmClass
from madoguchi.models.organisation import LANGUAGES
from madoguchi.models.people import full_name

TOGETHER, MOST = 1_000, 50_000
Row = dict[str, Any]
Cell = Callable[[Row], Any]


def of(request: Desked, asked: Listing) -> StreamingHttpResponse:
    """At most MOST rows, read piece by piece while they are sent."""
    columns = contact_columns(asked) if asked.kind == "contacts" else account_columns()
    language, zone = translation.get_language(), timezone.get_current_timezone()

    def cells() -> Iterator[list[str]]:
        for row in rows(asked):
            with translation.override(language), timezone.override(zone):
                line = [written(cell(row)) for _label, cell in columns]
            yield line  # outside: whoever reads it, or stops reading, keeps their own language

    pieces = tables.write([label for label, _cell in columns], cells())
    answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{asked.kind}-{timezone.localdate():%Y%m%d}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


def rows(asked: Listing) -> Iterator[Row]:
    """With `name`, `figures`, and for accounts `contacts`."""
    kind, cursor, given = asked.kind.removesuffix("s"), "", 0
    while given < MOST:
        shown = keyset.page(asked.rows, asked.order, cursor, size=TOGETHER)
        found = [row["id"] for row in shown.rows]
        figures = many.summaries(kind, found, asked.asker.departments)
        contacts = lists.contacts_of(found) if kind == "account" else {}
        for row in shown.rows:
            name = row["name"] if kind == "account" else full_name(row["last_name"], row["first_name"])
            yield {**row, "name": name, "figures": figures[row["id"]], "contacts": contacts.get(row["id"], 0)}
        given, cursor = given + len(found), shown.older
        if not cursor:
            return


def contact_columns(asked: Listing) -> list[tuple[str, Cell]]:
    classes, languages = dict(CrmClass.choices), dict(LANGUAGES)
    return [
        (_("Name"), lambda row: row["name"]),
        (_("Account"), lambda row: row["account__name"]),
        (_("Job title"), lambda row: row["title"]),
        (_("Mail address"), lambda row: row["emails"]),
        (_("Phone"), lambda row: row["numbers"]),
        (_("Language"), lambda row: languages.get(row["language"], "")),
        *([(_("Customer class"), lambda row: classes[row["crm_class"]])] if asked.has_crm else []),
        *figure_columns(),
    ]


def account_columns() -> list[tuple[str, Cell]]:
    return [
        (_("Name"), lambda row: row["name"]),
        (_("Mail domains"), lambda row: row["domains"]),
        (_("Mail address"), lambda row: row["email"]),
        (_("Phone"), lambda row: row["phone"]),
        (_("Industry"), lambda row: row["industry"]),
        (_("Contacts"), lambda row: row["contacts"]),
        *figure_columns(),
    ]


def figure_columns() -> list[tuple[str, Cell]]:
    return [
        (_("Total tickets"), lambda row: row["figures"].total),
        (_("Open"), lambda row: row["figures"].open),
        (_("Overdue"), lambda row: row["figures"].overdue),
        (_("Satisfaction (%)"), lambda row: row["figures"].satisfaction),
        (_("Ratings"), lambda row: row["figures"].rated),
        (_("Last ticket"), lambda row: row["last_ticket_at"]),
        (_("Added"), lambda row: row["created_at"]),
        ("ID", lambda row: row["id"]),
    ]


def written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(value)
    return f"{timezone.localtime(value):%Y-%m-%d %H:%M}" if hasattr(value, "tzinfo") else str(value)
