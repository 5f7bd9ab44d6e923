"""Who is told of what: a department's rules (Settings → Automation → Notifications), and what agents want for themselves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from madoguchi.access import can
from madoguchi.doors.agent.answer import Desked, go, page
from madoguchi.doors.agent.setup.pages import setup_page
from madoguchi.errors import Hidden, Refused
from madoguchi.models import Agent, Department, Event, Permission, Ticket
from madoguchi.models.organisation import LANGUAGES
from madoguchi.organisation.notification_rules import KINDS, WAYS, Rule, rules_of, set_rule
from madoguchi.people.notifications import Preference, preferences_of, set_preference
from madoguchi.reactions.notification_mails import headline, of_share
from madoguchi.record import told


@dataclass(frozen=True, slots=True)
class Wish:
    """A kind on an agent's own page: what they want, and the departments that send it at all, by way."""

    preference: Preference
    sent_by: dict[str, list[Department]]


def rules(request: Desked) -> HttpResponse:
    """The rules of one department; the switches save themselves, without script by a button."""
    if not can(request.actor, "supervise"):
        return ask_an_administrator(request)
    department = chosen_department(request)
    here = f"{reverse('notification_rules')}?department={department.pk}"
    refusal = None
    if request.method == "POST":

        def turn(kind: str, way: str, on: bool) -> None:
            set_rule(department, kind, **{way: on}, by=request.actor)

        answer, refusal = save(request, turn, here)
        if answer:
            return answer
    found = rules_of(department)
    return setup_page(
        request,
        "agent/setup/notification_rules.html",
        here="notification_rules",
        status=422 if refusal else 200,
        row=department,
        here_at=here,
        groups_of_rules=[(group, list(those)) for group, those in groupby(found, lambda rule: rule.kind.group)],
        refusal=refusal,
        fixed_mails=fixed_mails(request, department),
        trail=[_("Notifications"), _("Notification rules")],
    )


def mine(request: Desked) -> HttpResponse:
    """What the signed-in agent wants to be told, as far as their departments tell it."""
    refusal = None
    if request.method == "POST":

        def turn(kind: str, way: str, on: bool) -> None:
            set_preference(kind, **{way: on}, by=request.actor)

        answer, refusal = save(request, turn, request.path)
        if answer:
            return answer
    told = {d: {rule.kind.key: rule for rule in rules_of(d)} for d in request.departments if d.is_enabled}
    wishes = [Wish(each, sent_by(each.kind.key, told)) for each in preferences_of(request.agent)]
    return page(
        request,
        "agent/setup/my_notifications.html",
        status=422 if refusal else 200,
        groups_of_wishes=[(g, list(w)) for g, w in groupby(wishes, lambda wish: wish.preference.kind.group)],
        received=KINDS["shared_received"],
        received_by=sent_by("shared_received", told)["by_mail"],
        told=list(told),
        refusal=refusal,
    )


def sent_by(kind: str, told: dict[Department, dict[str, Rule]]) -> dict[str, list[Department]]:
    return {way: [d for d, found in told.items() if getattr(found[kind], way)] for way in WAYS}


def fixed_mails(request: Desked, department: Department) -> list[tuple[str, str, str]]:
    """(language, subject, text) of the mail about a shared ticket, for a ticket that does not exist."""
    found = []
    for language, name in LANGUAGES:
        with override(language):
            sender = Department(name=_("Customer support"))
            ticket = Ticket(number=1042, subject=_("Refund for order 12345"), department=sender)
            ticket.shared = {str(department.pk): [Permission.FULL, None]}
            reader = Agent(last_name=request.agent.last_name, first_name=request.agent.first_name)
            reader.__dict__["department_ids"] = frozenset({department.pk})
            share = {
                "department": told(department),
                "level": Permission.FULL.name,
                "reason": _("Please check the charge."),
            }
            event = Event(verb="ticket.shared", agent=request.agent, after={"shares": [share]})
            subject = headline(ticket, _("Shared ticket: %(subject)s"))
            found.append((language, f"{name}: {subject}", of_share(reader, ticket, event)))
    return found


def chosen_department(request: Desked) -> Department:
    """The one of the address, else the one chosen in the bar. Hidden where it is not the reader's."""
    chosen = request.GET.get("department", "")
    row = next((d for d in request.departments if str(d.pk) == chosen), None if chosen else request.department)
    if row is None:
        raise Hidden
    return row


def save(
    request: Desked, turn: Callable[[str, str, bool], None], here: str
) -> tuple[HttpResponse | None, Refused | None]:
    """Turn what was turned, all or nothing: the answer, or the refusal the page is to show."""
    in_script = "application/json" in request.headers.get("Accept", "")
    try:
        with transaction.atomic():
            for kind, way, on in turned(request):
                turn(kind, way, on)
    except Refused as refusal:
        if in_script:
            return JsonResponse({"text": str(refusal.text)}, status=422), None
        return None, refusal
    return (JsonResponse({}) if in_script else go(request, here, _("Saved."))), None


def turned(request: Desked) -> Iterator[tuple[str, str, bool]]:
    """(kind, way, on): the `one` a script sends; without script those that differ from how the form came (`was`)."""
    if "one" in request.POST:
        names = {request.POST["one"]: request.POST.get("on") == "1"}
    else:
        now, was = set(request.POST.getlist("is")), set(request.POST.getlist("was"))
        names = {name: name in now for name in sorted(now ^ was)}
    for name, on in names.items():
        kind, _dot, way = name.partition(".")
        if way not in WAYS:
            raise Hidden
        yield kind, way, on


def ask_an_administrator(request: Desked) -> HttpResponse:
    text = _("Only administrators and supervisors of the department change its notification rules. Ask an administrator to switch a notification on for the department.")  # fmt: skip
    more: dict[str, Any] = {"icon": "lock", "title": _("Not allowed"), "text": text}
    return page(request, "errors/page.html", status=403, **more)
