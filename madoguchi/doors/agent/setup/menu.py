"""The menu of the settings: only what works, only for whom it serves (SPEC G8)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madoguchi import access
from madoguchi.actor import Actor
from madoguchi.models import Agent, ApiToken, Department, Hours, Mailbox, Product, Role, Status, Team


@dataclass(frozen=True)
class Link:
    """`name` is the url name, or an address that begins with a slash; `n` counts what is behind it. `part` is the page
    of it that works so far, named below it."""

    name: str
    label: Any
    icon: str
    needs: str = "administer"
    count: Callable[[Actor], int] | None = None
    n: int | None = None
    part: Any = ""


@dataclass(frozen=True)
class Group:
    label: Any
    icon: str
    links: tuple[Link, ...]


MENU = (
    Group(
        _("Organisation"),
        "building",
        (
            Link("company", _("Company"), "building"),
            Link("departments", _("Departments"), "flag", count=lambda by: Department.objects.count()),
            Link("localisation", _("Language and time zone"), "globe"),
            Link("hours", _("Business hours & SLA"), "clock", "supervise", count=lambda by: Hours.objects.count()),
        ),
    ),
    Group(
        _("People and rights"),
        "people",
        (
            Link("agents", _("Agents"), "people", count=lambda by: Agent.objects.filter(is_active=True).count()),
            Link("teams", _("Teams"), "user", count=lambda by: Team.objects.count()),
            Link("roles", _("Roles and permissions"), "key", count=lambda by: Role.objects.count()),
        ),
    ),
    Group(
        _("Channels"),
        "mail",
        (
            Link("mailboxes", pgettext_lazy("settings", "Mail"), "mail", count=lambda by: Mailbox.objects.count()),
            Link("outbox", _("Outbox"), "send", "see_outbox"),
            Link("quarantine", _("Quarantine"), "spam", "see_quarantine"),
        ),
    ),
    Group(
        _("Customization"),
        "sliders",
        (
            Link("ticket_settings", pgettext_lazy("settings", "General"), "sliders", "supervise", part=_("Tickets")),
            Link("custom_fields", _("Fields"), "template", "supervise"),
            Link("responses", _("Canned responses"), "note", "read"),
            Link("statuses", _("Statuses"), "refresh", count=lambda by: Status.objects.filter(is_active=True).count()),
            Link("products", _("Products"), "tag", count=lambda by: Product.objects.filter(trashed_at=None).count()),
        ),
    ),
    Group(
        _("Automation"),
        "bolt",
        (
            Link("notification_rules", pgettext_lazy("settings", "Notifications"), "bell", "supervise"),
            Link("rules", _("Rules"), "bolt", "supervise"),
        ),
    ),
    Group(
        _("Integrations"),
        "handshake",
        (Link("crm_settings", "CRM", "handshake"), Link("crm_stages", _("Stages of deals"), "flag")),
    ),
    Group(_("Data administration"), "database", (Link("recycle_bin", _("Recycle bin"), "trash", "see_bin"),)),
    Group(
        _("Developers"),
        "code",
        (
            Link(
                "api_tokens",
                _("API tokens"),
                "key",
                "read",
                count=lambda by: ApiToken.objects.filter(agent=by.agent, revoked_at=None).count(),
            ),
            Link("/api/v1/docs", _("API documentation"), "book", "read"),
        ),
    ),
)


def groups(by: Actor) -> list[Group]:
    """What this actor may use."""
    found = [replace(group, links=tuple(x for x in group.links if access.can(by, x.needs))) for group in MENU]
    return [group for group in found if group.links]


def counted(menu: list[Group], by: Actor) -> list[Group]:
    """With the numbers beside the links, for the home of the settings."""
    return [
        replace(group, links=tuple(replace(x, n=x.count(by) if x.count else None) for x in group.links))
        for group in menu
    ]


def group_of(menu: list[Group], name: str) -> Group | None:
    return next((group for group in menu if any(link.name == name for link in group.links)), None)
