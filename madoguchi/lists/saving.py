"""Custom views: make, change, delete (SPEC D6). Everyone has private ones; for others one needs `share_views`."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi import record
from madoguchi.access import can, require, require_department
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.kit import criteria as grammar
from madoguchi.kit.characters import one_line
from madoguchi.lists import columns, criteria
from madoguchi.models import CustomField, CustomView, Department

MOST = 100
Audience = CustomView.Audience


@transaction.atomic
def create_view(department: Department, changes: Mapping[str, Any], *, by: Actor) -> CustomView:
    """A view of the agent's own, made in a department: `name audience criteria columns sort`.

    Refused, by field: EMPTY, TOO_LONG, NOT_A_CHOICE, TOO_MANY, CRITERIA_…
    """
    require_department(by, department.pk)
    view = CustomView(owner=by.agent, department=department)
    require_for(Audience(changes.get("audience") or Audience.PRIVATE), by)
    if CustomView.objects.filter(owner=by.agent).count() >= MOST:
        raise Refused("TOO_MANY", _("An agent has at most %(n)s views.") % {"n": MOST}, "name")
    _fill(view, department, {"audience": Audience.PRIVATE, "name": "", "criteria": {}, **changes})
    view.save()
    _told(view, {}, {"added": True, "audience": view.audience}, by)
    return view


@transaction.atomic
def edit_view(view: CustomView, department: Department, changes: Mapping[str, Any], *, by: Actor) -> CustomView:
    """Change a view; `department` is the one it is for from now on, where it is not for all."""
    require_may_change(view, by)
    require_department(by, department.pk)
    view = _locked(view)
    require_may_change(view, by)
    if "audience" in changes:
        require_for(Audience(changes["audience"]), by)
        if changes["audience"] == Audience.PRIVATE and by.agent is not None and view.owner_id != by.agent.pk:
            raise Refused("NOT_YOURS", _("Only the agent who made this view can make it private."), "audience")
    before = _values(view)
    _fill(view, department, changes)
    view.modified_at = timezone.now()
    view.save()
    after = _values(view)
    differ = [name for name in after if before[name] != after[name]]
    if differ:
        _told(view, {name: before[name] for name in differ}, {name: after[name] for name in differ}, by)
    return view


@transaction.atomic
def delete_view(view: CustomView, *, by: Actor) -> None:
    require_may_change(view, by)
    view = _locked(view)
    _told(view, _values(view), {"deleted": True}, by)
    view.delete()


def may_see(view: CustomView, by: Actor) -> bool:
    if view.audience == Audience.ALL:
        return True
    if view.audience == Audience.PRIVATE and (by.agent is None or view.owner_id != by.agent.pk):
        return False
    return by.is_administrator or (by.agent is not None and view.department_id in by.agent.own_department_ids)


def may_change(view: CustomView, by: Actor) -> bool:
    """One's own private ones; those for others with `share_views`."""
    return may_see(view, by) and can(by, "save_views" if view.audience == Audience.PRIVATE else "share_views")


def require_may_change(view: CustomView, by: Actor) -> None:
    if not may_see(view, by):
        raise Hidden
    if not may_change(view, by):
        raise Denied("share_views")


def require_for(audience: Audience, by: Actor) -> None:
    require(by, "save_views" if audience == Audience.PRIVATE else "share_views")


def _locked(view: CustomView) -> CustomView:
    found = CustomView.objects.select_for_update().filter(pk=view.pk).first()
    if found is None:
        raise Hidden
    return found


def _fill(view: CustomView, department: Department, changes: Mapping[str, Any]) -> None:
    if "name" in changes:
        view.name = _name(changes["name"])
    if "audience" in changes:
        view.audience = Audience(changes["audience"])
    is_for_all = view.audience == Audience.ALL
    view.department = None if is_for_all else department
    customs = [] if is_for_all else list(CustomField.objects.filter(department=department, is_active=True))
    fields = criteria.fields_with(customs)
    tree = criteria.parse(changes.get("criteria", view.criteria), fields)
    view.criteria = grammar.plain(tree)
    view.columns = _columns(changes.get("columns", view.columns), columns.known(customs))
    if "sort" in changes:
        view.sort = _sort(changes["sort"])


def _name(value: Any) -> str:
    name = one_line(str(value or ""))
    if not name:
        raise Refused("EMPTY", _("Enter a name."), "name")
    if len(name) > 100:
        raise Refused("TOO_LONG", _("At most %(n)s characters.") % {"n": 100}, "name")
    return name


def _columns(names: Sequence[str], known: Mapping[str, Any]) -> list[str]:
    wanted = list(dict.fromkeys(names))
    for name in wanted:
        if name not in known:
            raise Refused("NOT_A_CHOICE", _("This column does not exist (any more)."), "columns")
    if len(wanted) > columns.MOST:
        raise Refused("TOO_MANY", _("At most %(n)s columns.") % {"n": columns.MOST}, "columns")
    return wanted


def _sort(value: str) -> str:
    if value.removeprefix("-") not in columns.BY_COLUMN:
        raise Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."), "sort")
    return value


def _values(view: CustomView) -> dict[str, Any]:
    names = ("name", "audience", "criteria", "columns", "sort")
    return {name: getattr(view, name) for name in names}


def _told(view: CustomView, before: dict[str, Any], after: dict[str, Any], by: Actor) -> None:
    """A view for others is part of the set-up, and its changes are written down; a private one is nobody's business."""
    if view.audience != Audience.PRIVATE or before.get("audience", view.audience) != Audience.PRIVATE:
        told = {"what": f"view {view.pk}", "name": view.name, **after}
        record.note("setup.changed", by=by, department=view.department, before=before, after=told)
