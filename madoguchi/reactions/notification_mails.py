"""Mail agents what they are to know (SPEC D9, S8): at once where nothing was mailed of late, else gathered.

A mail and the mark on what it tells are written in one transaction; from there on it leaves like any other
(`post.send`). A worker that dies in between leaves what was to be mailed, to be mailed once.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from madoguchi.access import can, shared_with
from madoguchi.actor import Actor
from madoguchi.kit.letters.subjects import stripped
from madoguchi.lists.notifications import excerpt, sentence, who
from madoguchi.models import Agent, Event, Mailbox, Notification, Permission, Ticket
from madoguchi.organisation import current
from madoguchi.prepared import fetch
from madoguchi.reactions.post.notice import queue_notice
from madoguchi.record import now

log = logging.getLogger("madoguchi.notifications")
GATHERED_S = 600
MOST, MOST_TOLD = 200, 30
SHARED = "shared_received"
ANY = """
SELECT EXISTS (SELECT FROM madoguchi_notification
  WHERE mail_after <= %s::timestamptz AND mail_after IS NOT NULL AND mailed_at IS NULL)"""
DUE = """
SELECT agent_id, ticket_id, kind = 'shared_received' FROM madoguchi_notification
WHERE mail_after <= %s::timestamptz AND mail_after IS NOT NULL AND mailed_at IS NULL
GROUP BY 1, 2, 3 ORDER BY min(mail_after) LIMIT %s
"""


def is_anything_due() -> bool:
    return bool(fetch(ANY, [now().isoformat()])[0][0])


def mail_due(most: int = MOST) -> int:
    """Mail all that is due. Returns how many mails that were."""
    sent = 0
    while due := fetch(DUE, [now().isoformat(), most]):
        for agent, ticket, is_shared in due:
            try:
                sent += mail(agent, ticket, is_shared)
            except Exception:
                log.exception("agent %s could not be mailed about ticket %s", agent, ticket)
                later = now() + timedelta(seconds=GATHERED_S)
                _waiting(agent, ticket, is_shared).update(mail_after=later)
    return sent


@transaction.atomic
def mail(agent_id: int, ticket_id: int, is_shared: bool = False) -> int:
    """Mail an agent what waits about a ticket; or later, where they were mailed about it in the last ten minutes. Returns how
    many mails that were.

    Asked again: may they see the ticket, are they still here, have they read it meanwhile? The mail about a ticket that
    was shared goes each time and at once (SPEC S8).
    """
    waiting = _waiting(agent_id, ticket_id, is_shared)
    rows = list(waiting.select_for_update(of=("self",)).order_by("pk"))
    if not rows:
        return 0  # in another worker's hands a moment ago
    agent = Agent.objects.for_request().get(pk=agent_id)
    ticket = Ticket.objects.select_related("department").get(pk=ticket_id)
    ids = [row.pk for row in rows]
    if not (agent.is_active and can(Actor(agent=agent), "read", ticket)):
        return _let_be(ids)
    told = list(
        Notification.objects.filter(pk__in=ids).order_by("pk")
        .select_related("event__agent", "event__by_contact", "event__entry")
    )  # fmt: skip
    if is_shared:
        return sum(_mail_share(agent, ticket, one) for one in told)
    unread = [one for one in told if one.read_at is None]
    _let_be([one.pk for one in told if one.read_at is not None])
    if not unread:
        return 0
    since = now() - timedelta(seconds=GATHERED_S)
    mailed = Notification.objects.filter(agent=agent, ticket=ticket, mailed_at__gt=since).exclude(kind=SHARED)
    last = mailed.order_by("-mailed_at").values_list("mailed_at", flat=True).first()
    if last is not None:
        waiting.update(mail_after=last + timedelta(seconds=GATHERED_S))
        return 0
    with override(agent.language):
        text = of_events(agent, ticket, unread)
    return _send(agent, ticket, unread, "%(subject)s", text)


def _waiting(agent_id: int, ticket_id: int, is_shared: bool) -> QuerySet[Notification]:
    rows = Notification.objects.filter(agent_id=agent_id, ticket_id=ticket_id, mail_after__isnull=False, mailed_at=None)
    return rows.filter(kind=SHARED) if is_shared else rows.exclude(kind=SHARED)


def _let_be(ids: Iterable[int]) -> int:
    """These want no mail any more."""
    Notification.objects.filter(pk__in=list(ids)).update(mail_after=None)
    return 0


def _mail_share(agent: Agent, ticket: Ticket, one: Notification) -> int:
    """Nothing where the share is over, or the agent has left the department."""
    with override(agent.language):
        subject, text = _("Shared ticket: %(subject)s"), of_share(agent, ticket, one.event)
    return _send(agent, ticket, [one], subject, text) if text else _let_be([one.pk])


def _send(agent: Agent, ticket: Ticket, told: Sequence[Notification], subject: str, text: str) -> int:
    sent = queue_notice(
        agent.email,
        subject=headline(ticket, subject),
        text=text,
        name=agent.name,
        mailbox=_box(ticket),
        ticket=ticket,
        thread=thread(ticket, agent),
    )
    Notification.objects.filter(pk__in=[one.pk for one in told]).update(mailed_at=now(), mail=sent)
    return int(sent is not None)


def headline(ticket: Ticket, subject: str) -> str:
    """The mail's subject. `subject` takes %(subject)s, the ticket's."""
    return f"[#{ticket.number}] {subject % {'subject': stripped(ticket.subject)}}"


def thread(ticket: Ticket, agent: Agent) -> str:
    """What the mails to one agent about one ticket are threaded by; `mailbox.guards` knows answers by it."""
    return f"notice-t{ticket.pk}-a{agent.pk}"


def _box(ticket: Ticket) -> Mailbox | None:
    """The department's default address, else the desk's."""
    boxes = [box for box in current.mailboxes().values() if box.is_active and box.department_id == ticket.department_id]
    return min(boxes, key=lambda box: (not box.is_default, box.pk), default=None)


def of_events(agent: Agent, ticket: Ticket, told: Sequence[Notification]) -> str:
    """The words of a gathered mail: what happened, the newest last."""
    lines = [f"#{ticket.number} {ticket.subject}", ""]
    more = len(told) - MOST_TOLD
    if more > 0:
        lines += [ngettext("%(n)s more before this", "%(n)s more before these", more) % {"n": more}, ""]
    for one in told[-MOST_TOLD:]:
        lines.append(f"{when(one.created_at, agent)}  {sentence(one.kind, one.event)}")
        if said := excerpt(one.event):
            lines.append(_("    “%(text)s”") % {"text": said})
    why = _("You get this mail because of the notification rules and your own settings. Replies to it are not read.")
    return "\n".join([*lines, "", *_foot(ticket, why)])


def of_share(agent: Agent, ticket: Ticket, event: Event) -> str:
    """The fixed words of S8: which department shared what with whom, how far, why, until when. '' where it is over."""
    there = {str(pk) for pk in shared_with(ticket, agent.department_ids)}
    shares = [share for share in event.after.get("shares", []) if share["department"]["id"] in there]
    if not shares:
        return ""
    lines = [_("Hello %(name)s,") % {"name": agent.name}, ""]
    for share in shares:
        names = {"from": ticket.department.name, "to": share["department"]["label"]}
        lines += [_("The department %(from)s has shared a ticket with %(to)s.") % names, ""]
        lines.append(_line(_("Ticket"), f"#{ticket.number} {ticket.subject}"))
        lines.append(_line(_("Shared by"), who(event)))
        lines.append(_line(_("Permission"), str(Permission[share["level"]].label)))
        if share.get("reason"):
            lines.append(_line(_("Reason"), " ".join(share["reason"].split())))
        if share.get("expires_at"):
            lines.append(_line(_("Until"), when(datetime.fromisoformat(share["expires_at"]), agent)))
        lines.append("")
    why = _(
        "This mail goes to all agents of the department, by its notification rule “When a shared ticket is received”. "
        "Replies to it are not read."
    )
    return "\n".join([*lines, *_foot(ticket, why)])


def _foot(ticket: Ticket, why: str) -> list[str]:
    return [_("Open the ticket:"), f"{settings.URL}/tickets/{ticket.number}/", "", "-- ", why]


def _line(name: str, value: str) -> str:
    return _("%(name)s: %(value)s") % {"name": name, "value": value}


def when(moment: datetime, agent: Agent) -> str:
    """A time as the agent reads it."""
    return f"{moment.astimezone(ZoneInfo(agent.time_zone)):%Y/%m/%d %H:%M}"
