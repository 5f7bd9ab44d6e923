"""Answer the customer by rule (MAIL.md, RFC 3834): never a machine, nor where a mail came back, at most once an hour on a
ticket and so often a day to a customer, who may have a machine that does not say so and opens a ticket with each answer."""

from datetime import timedelta

from django.utils.translation import gettext as _

from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.models import CannedResponse, Ticket
from madoguchi.prepared import fetch
from madoguchi.record import now
from madoguchi.tickets import responding, sending

SINCE, DAY, MOST_A_DAY = timedelta(hours=1), timedelta(days=1), 20
KNOWN = """
SELECT EXISTS (SELECT 1 FROM madoguchi_entry WHERE ticket_id = %(ticket)s::bigint AND kind = 'thread' AND direction = 'out'
               AND agent_id IS NULL AND created_at > %(since)s::timestamptz),
       (SELECT count(*) FROM (
          SELECT FROM madoguchi_ticket t JOIN madoguchi_entry e ON e.ticket_id = t.id
          WHERE t.contact_id = %(contact)s::bigint AND t.modified_at > %(day)s::timestamptz AND e.kind = 'thread'
            AND e.direction = 'out' AND e.agent_id IS NULL AND e.created_at > %(day)s::timestamptz LIMIT 100) sent),
       EXISTS (SELECT 1 FROM madoguchi_outboundmail o JOIN madoguchi_entry e ON e.id = o.entry_id
               WHERE e.ticket_id = %(ticket)s::bigint AND (o.bounce <> '' OR o.state = 'FAILED') AND e.id > coalesce(
                 (SELECT max(i.id) FROM madoguchi_entry i WHERE i.ticket_id = %(ticket)s::bigint AND i.kind = 'thread'
                  AND i.direction = 'in'), 0)),
       (SELECT m.reason FROM madoguchi_entry e LEFT JOIN madoguchi_inboundmail m ON m.entry_id = e.id
        WHERE e.ticket_id = %(ticket)s::bigint AND e.kind = 'thread' AND e.direction = 'in' ORDER BY e.id DESC LIMIT 1)
"""


def answer(ticket: Ticket, response: CannedResponse, *, by: Actor) -> str:
    """Send the canned response to the customer alone, or say why not. It stops no clock: nobody has answered yet."""
    if not sending.contact_address(ticket):
        return _("The contact has no mail address.")
    ((recently, today_n, came_back, automatic),) = fetch(KNOWN, _asked(ticket))
    if automatic:
        return _("The customer's last message was sent by a machine: it is not answered.")
    if came_back:
        return _("The last mail to the customer came back.")
    if today_n >= MOST_A_DAY:
        return _("The customer was sent %(n)s automatic replies within a day.") % {"n": MOST_A_DAY}
    if recently:
        return _("An automatic reply was sent less than an hour ago.")
    filled = responding.filled(response, ticket, by=by)
    if filled.missing:
        names = ", ".join(filled.missing)
        return _("“%(response)s” was not sent, the ticket lacks: %(names)s") % {
            "response": response.name,
            "names": names,
        }
    tickets.reply(ticket, filled.text, html=filled.html if response.html else "", cc=[], by=by)
    return ""


def _asked(ticket: Ticket) -> dict[str, object]:
    at = now()
    since, day = (at - SINCE).isoformat(), (at - DAY).isoformat()
    return {"ticket": ticket.pk, "contact": ticket.contact_id, "since": since, "day": day}
