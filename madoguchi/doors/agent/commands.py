"""The command palette: what this agent can do from here, with words to find it by in Japanese, kana and romaji."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from madoguchi import crm
from madoguchi.access import can, reach
from madoguchi.board import modes
from madoguchi.doors.agent.answer import Desked, page
from madoguchi.doors.agent.jinja import url_if
from madoguchi.doors.agent.keywords import WORDS
from madoguchi.doors.agent.setup import menu
from madoguchi.lists import beside
from madoguchi.models import Agent, Ticket
from madoguchi.models.organisation import State
from madoguchi.organisation.current import statuses

ICONS = {State.OPEN: "refresh", State.ON_HOLD: "clock", State.CLOSED: "done"}
NUMBER_S = 19


@require_safe
def show(request: Desked) -> HttpResponse:
    """Every command the agent may give, of the open ticket first."""
    found = [*of_ticket(request), *places(request), *of_modes(request), *of_views(request), *settings(request)]
    found += [*departments(request), *themes()]
    return JsonResponse({"texts": texts(), "commands": found})


@require_safe
def shortcuts(request: Desked) -> HttpResponse:
    """The help sheet: a page of its own, and what the `?` key opens."""
    return page(request, "agent/shortcuts.html")


def texts() -> dict[str, str]:
    tickets = reverse("tickets")
    return {
        "title": _("Commands"),
        "placeholder": _("Type a command, a number or words to search"),
        "none": _("Nothing found."),
        "jump": _("Go to #%(n)s"),
        "jump_at": reverse("ticket", kwargs={"number": 0}),
        "search": _("Search for “%(q)s”"),
        "search_at": f"{url_if('search')}?q=%25q" if url_if("search") else f"{tickets}?view=all&q=%25q",
    }


def command(group: Any, label: Any, icon: str, key: str = "", words: str = "", **does: Any) -> dict[str, Any]:
    """`does`: href, post + fields, press (a control of the page), or help."""
    found = WORDS.get(words, "").split()
    return {"group": str(group), "label": str(label), "icon": icon, "key": key, "words": [*found, words], **does}


def of_ticket(request: Desked) -> Iterator[dict[str, Any]]:
    number = request.GET.get("ticket", "")
    if not number.isdecimal() or len(number) >= NUMBER_S:
        return
    found = Ticket.objects.select_related("status", "department").filter(
        reach(request.actor), numbers__number=int(number)
    )
    ticket = found.first()
    if ticket is None:
        return
    group, agent = _("This ticket"), request.agent
    at = reverse("ticket", kwargs={"number": ticket.number})

    def may(verb: str) -> bool:
        return can(request.actor, verb, ticket)

    def to(name: str) -> str:
        return reverse(name, kwargs={"number": ticket.number})

    if ticket.is_live:
        for mode, verb, icon, key, label in (
            ("reply", "reply", "reply", "r", _("Reply")),
            ("note", "comment_private", "lock", "n", _("Comment")),
            ("forward", "forward", "forward", "f", _("Forward")),
        ):
            if may(verb):
                yield command(group, label, icon, key, mode, press=f'.composer a[data-mode="{mode}"]')
        if may("set_status"):
            fields: dict[str, Any] = {"_method": "DELETE"} if ticket.is_closed else {}
            label, icon = (_("Reopen"), "refresh") if ticket.is_closed else (_("Close ticket"), "check")
            words = "reopen" if ticket.is_closed else "close"
            yield command(group, label, icon, "e", words, post=to("ticket_closure"), fields=fields)
        if may("assign") and ticket.assignee_id != agent.pk:
            fields = {"field": "assignee", "value": agent.pk, "seen": ticket.assignee_id or ""}
            yield command(
                group, _("Assign to me"), "user", "a", "assign_me", post=to("ticket_assignment"), fields=fields
            )
        if may("set_status"):
            for status in statuses():
                if status.is_active and status.pk != ticket.status_id:
                    label = _("Set to “%(status)s”") % {"status": status.label}
                    fields = {"value": status.pk, "seen": ticket.status_id}
                    icon = ICONS[State(status.state)]
                    yield command(group, label, icon, "", "status", post=to("ticket_status"), fields=fields)
        for verb, name, icon, label in (
            ("set_status", "status", "refresh", _("Change the status")),
            ("assign", "assignee", "user", _("Change the assignee")),
            ("edit", "priority", "flag", _("Change the priority")),
            ("edit", "subject", "note", _("Change the subject")),
            ("edit", "due_at", "calendar", _("Change the due date")),
            ("tag", "tags", "tag", _("Change tags")),
            ("move", "move", "move", _("Move to a department")),
            ("trash", "bin", "trash", _("Delete")),
        ):
            if may(verb):
                yield command(group, label, icon, "s" if name == "status" else "", name, href=f"{at}?edit={name}")
        if may("share"):
            yield command(group, _("Share with other departments"), "share", "h", "share", href=to("ticket_shares"))
        if may("merge"):
            yield command(group, _("Merge with other tickets"), "merge", "m", "merge", href=to("ticket_merges"))
        if ticket.department.has_families:
            yield command(group, _("Parent-Child"), "family", "", "family", href=to("ticket_children"))
            if may("relate") and ticket.parent_id is None:
                yield command(group, _("Associate child tickets"), "family", "", "relate", href=to("new_children"))
        if may("mark_spam"):
            yield command(group, _("Spam"), "spam", "", "spam", post=to("ticket_spam"), fields={})
    yield command(group, _("Who can see this ticket"), "eye", "", "access", href=to("ticket_access"))
    yield command(group, _("Resolution"), "done", "", "resolution", href=to("ticket_resolution"))
    yield command(group, _("History"), "history", "", "history", href=to("ticket_history"))


def places(request: Desked) -> Iterator[dict[str, Any]]:
    group = _("Go to")
    for name, icon, key, label in (
        ("home", "home", "g h", _("Home")),
        ("tickets", "ticket", "g t", _("Tickets")),
        ("contacts", "people", "g c", _("Contacts")),
        ("accounts", "building", "", _("Accounts")),
        ("notifications", "bell", "g n", _("Notifications")),
        ("responses", "note", "", _("Canned responses")),
        ("profile", "user", "", _("My settings")),
        ("my_notifications", "bell", "", _("Notification settings")),
    ):
        yield command(group, label, icon, key, name, href=reverse(name))
    if request.department and can(request.actor, "open"):
        yield command(group, _("New ticket"), "plus", "c", "new_ticket", href=reverse("new_ticket"))
    if crm.is_on():
        yield command(group, _("CRM contacts"), "handshake", "", "crm_contacts", href=reverse("crm_contacts"))
        yield command(group, _("Leads"), "handshake", "", "crm_leads", href=reverse("crm_leads"))
        yield command(group, _("Deals"), "handshake", "", "crm_deals", href=reverse("crm_deals"))
    yield command(group, _("Keyboard shortcuts"), "help", "?", "shortcuts", help=True)


def of_modes(request: Desked) -> Iterator[dict[str, Any]]:
    if request.department is not None:
        for mode in modes.MODES.values():
            address = reverse("work_mode", kwargs={"mode": mode.key})
            yield command(_("Work mode"), mode.label, mode.icon, "", f"mode_{mode.key}", href=address)


def of_views(request: Desked) -> Iterator[dict[str, Any]]:
    tickets = reverse("tickets")
    if request.department is not None:
        for view in beside.read(request.department.pk, request.agent.pk).views.values():
            yield command(_("Views"), view.name, view.icon, "", view.key, href=f"{tickets}?view={view.key}")


def settings(request: Desked) -> Iterator[dict[str, Any]]:
    for group in menu.groups(request.actor):
        for link in group.links:
            address = link.name if link.name.startswith("/") else reverse(link.name)
            if link.name != "responses":
                yield command(_("Settings"), link.label, link.icon, "", link.name, href=address)


def departments(request: Desked) -> Iterator[dict[str, Any]]:
    if len(request.departments) > 1:
        for each in request.departments:
            label = _("Switch to %(department)s") % {"department": each.name}
            fields = {"department": each.pk}
            address = reverse("switch_department")
            yield command(_("Department"), label, "building", "", "department", post=address, fields=fields)


def themes() -> Iterator[dict[str, Any]]:
    icons = {"auto": "sliders", "light": "sun", "dark": "moon"}
    for value, label in Agent.THEMES:
        address, fields = reverse("theme"), {"theme": value}
        yield command(_("Appearance"), label, icons[value], "", value, post=address, fields=fields)
