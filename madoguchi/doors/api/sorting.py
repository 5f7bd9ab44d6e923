"""`sortBy=field` ascending, `sortBy=-field` descending; a field that is not offered is refused (API B0)."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from madoguchi.doors.api.errors import unprocessable


def order(sort_by: str, offered: Mapping[str, str], default: tuple[str, ...]) -> list[Any]:
    """The order of a list; empty values come last, equal ones by id."""
    if not sort_by:
        return list(default)
    descending, name = sort_by.startswith("-"), sort_by.removeprefix("-")
    if name not in offered:
        raise unprocessable(_("Cannot sort by “%(name)s”.") % {"name": name[:50]})
    column = F(offered[name])
    if descending:
        return [column.desc(nulls_last=True), "-id"]
    return [column.asc(nulls_last=True), "id"]


def wanted(include: str, offered: set[str]) -> set[str]:
    """The words of an `include` list. Refused: one that is not offered."""
    asked = {word.strip() for word in include.split(",") if word.strip()}
    if unknown := asked - offered:
        raise unprocessable(_("Cannot include “%(name)s”.") % {"name": min(unknown)[:50]})
    return asked
