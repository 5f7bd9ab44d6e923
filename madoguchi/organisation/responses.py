"""Canned responses (定型文): texts with placeholders, an agent's own, a department's, or everyone's."""

import re
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madoguchi import record
from madoguchi.access import require, require_department
from madoguchi.actor import Actor
from madoguchi.errors import Hidden, Refused
from madoguchi.kit import html as markup
from madoguchi.models import CannedResponse
from madoguchi.organisation import rows

FIELDS = frozenset(["name", "shortcut", "text", "html"])
PLACEHOLDERS = {
    "contact.name": gettext_lazy("Name of the contact"),
    "contact.lastName": gettext_lazy("Family name of the contact"),
    "contact.firstName": gettext_lazy("Given name of the contact"),
    "contact.email": gettext_lazy("Mail address of the contact"),
    "account.name": gettext_lazy("Name of the account"),
    "ticket.number": gettext_lazy("Ticket number"),
    "ticket.subject": gettext_lazy("Subject"),
    "agent.name": gettext_lazy("Name of the agent"),
    "agent.lastName": gettext_lazy("Family name of the agent"),
    "department.name": gettext_lazy("Name of the department"),
}
PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")  # names carry the space around them; no part of this can go back
SHORTCUT = re.compile(r"[\w.\-]{1,30}")


def usable(by: Actor) -> QuerySet[CannedResponse]:
    """What the actor may insert: own ones, those of their departments, those for everyone."""
    if by.agent is None:
        return CannedResponse.objects.none()
    shared = Q(owner=None) & (Q(department=None) | Q(department_id__in=by.agent.own_department_ids))
    return CannedResponse.objects.filter(Q(owner=by.agent) | shared).select_related("department")


@transaction.atomic
def add_response(
    changes: Mapping[str, Any], *, department_id: int | None = None, private: bool, by: Actor
) -> CannedResponse:
    """Private, for a department, or for everyone (neither); shared ones are a supervisor's.

    Refused: NAME_TAKEN, SHORTCUT, SHORTCUT_TAKEN, PLACEHOLDER, by field.
    """
    response = CannedResponse(created_at=record.now(), modified_at=record.now())
    belong(response, department_id, private, by)
    difference = fill(response, {"name": "", "text": "", **changes})
    response.save()
    write_down(response, difference, by)
    return response


@transaction.atomic
def edit_response(
    response: CannedResponse, changes: Mapping[str, Any], *, department_id: int | None, private: bool, by: Actor
) -> CannedResponse:
    """Change it, or whom it serves. Refused: SHARED (it cannot become private), and as `add_response`."""
    response = rows.locked(response)
    require_own(response, by)
    if response.owner_id is None and private:
        raise Refused("SHARED", _("A shared text stays shared. Delete it, or add a private one."), "reach")
    belong(response, department_id, private, by)
    difference = fill(response, changes)
    response.modified_at = record.now()
    response.save()
    write_down(response, difference, by)
    return response


@transaction.atomic
def delete_response(response: CannedResponse, *, by: Actor) -> None:
    require_own(response, by)
    write_down(response, ({"name": response.name}, {"deleted": True}), by)
    CannedResponse.objects.filter(pk=response.pk).delete()


def require_own(response: CannedResponse, by: Actor) -> None:
    """Hidden where it is not the actor's to see, Denied where it is shared and they are no supervisor."""
    if not usable(by).filter(pk=response.pk).exists():
        raise Hidden
    if response.owner_id is None:
        require(by, "supervise")


def belong(response: CannedResponse, department_id: int | None, private: bool, by: Actor) -> None:
    if not private:
        require(by, "supervise")
        if department_id is not None:
            require_department(by, department_id)
    response.owner = by.agent if private else None
    response.department_id = None if private else department_id


def fill(response: CannedResponse, changes: Mapping[str, Any]) -> rows.Difference:
    values = dict(changes)
    if values.get("html"):
        values["html"] = markup.sanitise_prose(values["html"])
        values["text"] = markup.text_from(values["html"]).strip()
    difference = rows.fill(response, values, FIELDS)
    refuse_unknown_placeholders(response)
    refuse_taken(response)
    return difference


def placeholders(text: str) -> list[str]:
    """The names in a text, in order."""
    return [name.strip() for name in PLACEHOLDER.findall(text)]


def refuse_unknown_placeholders(response: CannedResponse) -> None:
    found = placeholders(response.text)
    unknown = [name for name in found if name not in PLACEHOLDERS]
    if unknown:
        message = _("There is no placeholder “%(name)s”.") % {"name": unknown[0][:60]}
        raise Refused("PLACEHOLDER", message, "text")
    if response.html and sorted(placeholders(response.html)) != sorted(found):
        raise Refused("PLACEHOLDER", _("Format a placeholder as a whole, not a part of it."), "text")


def refuse_taken(response: CannedResponse) -> None:
    others = CannedResponse.objects.filter(department=response.department_id, owner=response.owner_id)
    others = others.exclude(pk=response.pk)
    if others.filter(name__iexact=response.name).exists():
        raise Refused("NAME_TAKEN", _("This name is used already."), "name")
    if not response.shortcut:
        return
    if not SHORTCUT.fullmatch(response.shortcut):
        raise Refused("SHORTCUT", _("A shortcut has letters, digits, “_”, “.” and “-” only."), "shortcut")
    if others.filter(shortcut__iexact=response.shortcut).exists():
        raise Refused("SHORTCUT_TAKEN", _("This shortcut is used already."), "shortcut")


def write_down(response: CannedResponse, difference: rows.Difference, by: Actor) -> None:
    """In the history where it concerns others; a private text is nobody else's business."""
    if response.owner_id is None:
        rows.write_down("canned response", response, difference, by=by, department=response.department)
