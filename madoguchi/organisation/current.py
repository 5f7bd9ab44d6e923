"""The organisation's own rows that every page needs: kept for a second in each process."""

import time
from typing import Any

from django.conf import settings

from madoguchi import listening, lookups, tally
from madoguchi.models import Agent, CustomField, Mailbox, NotificationRule, Organisation, Status
from madoguchi.models.organisation import State
from madoguchi.models.people import full_name

_kept: dict[str, tuple[float, Any]] = {}


def _fresh(name: str, read: Any) -> Any:
    return kept(name, read, 0 if settings.TESTING else 1)


def kept(name: str, read: Any, seconds: float) -> Any:
    """What `read` gave, so many seconds ago at most; until `forget`."""
    found = _kept.get(name)
    if found is None or time.monotonic() - found[0] > seconds:
        found = _kept[name] = (time.monotonic(), read())
    return found[1]


def organisation() -> Organisation | None:
    """The organisation, None before the first-run page was filled in."""
    return _fresh("organisation", lambda: Organisation.objects.filter(pk=1).first())


def the_organisation() -> Organisation:
    found = organisation()
    assert found is not None, "the desk is not set up yet"
    return found


def statuses() -> list[Status]:
    """All statuses in their order."""
    return _fresh("statuses", lambda: list(Status.objects.all()))


def custom_fields(department_id: int) -> list[CustomField]:
    """All custom fields of a department, those out of use too."""
    fields = _fresh("custom_fields", lambda: list(CustomField.objects.all()))
    return [field for field in fields if field.department_id == department_id]


def default_status(state: State | str) -> Status:
    return next(s for s in statuses() if s.state == state and s.is_default)


def mailboxes() -> dict[int, Mailbox]:
    """All mailboxes with their departments, by id."""
    return _fresh("mailboxes", lambda: Mailbox.objects.select_related("department").in_bulk())


def mailbox_addresses() -> frozenset[str]:
    """The folded addresses of all mailboxes: our own."""
    return frozenset(box.folded for box in mailboxes().values())


def notification_rules() -> dict[tuple[int, str], tuple[bool, bool]]:
    """(department, kind) → (in app, by mail) where a department switched something (`notification_rules`)."""
    rows = NotificationRule.objects.values_list("department_id", "kind", "in_app", "by_mail")
    return _fresh("notification_rules", lambda: {(row[0], row[1]): (row[2], row[3]) for row in rows})


def agent_names() -> dict[int, str]:
    """The names of all active agents, by id."""
    rows = Agent.objects.filter(is_active=True).order_by().values_list("pk", "last_name", "first_name")
    return _fresh("agent_names", lambda: {pk: full_name(last, first) for pk, last, first in rows})


def forget() -> None:
    """After a change of these rows in this process."""
    _kept.clear()
    listening.forget()
    lookups.forget()
    tally.forget()
