"""A canned response on a ticket: its placeholders filled in."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.kit import html as markup
from madoguchi.models import CannedResponse, Ticket
from madoguchi.organisation.responses import PLACEHOLDER, PLACEHOLDERS, placeholders


@dataclass(frozen=True, slots=True)
class Filled:
    """`missing` names what the ticket does not know; there stands 【the name of it】 for the writer to see."""

    text: str
    html: str
    missing: list[str]


def filled(response: CannedResponse, ticket: Ticket, *, by: Actor) -> Filled:
    """The text for this ticket. What people typed is text, also inside HTML."""
    require(by, "read", ticket)
    known = values(ticket, by)
    missing = [name for name in dict.fromkeys(placeholders(response.text)) if not known.get(name)]

    def word(name: str) -> str:
        return known.get(name) or f"【{PLACEHOLDERS.get(name, name)}】"

    html = response.html or markup.from_text(response.text)
    return Filled(
        text=replaced(response.text, word),
        html=markup.sanitise_prose(replaced(html, lambda name: escape(word(name)))),
        missing=[str(PLACEHOLDERS.get(name, name)) for name in missing],
    )


def replaced(text: str, word: Callable[[str], str]) -> str:
    return PLACEHOLDER.sub(lambda found: word(found[1].strip()), text)


def values(ticket: Ticket, by: Actor) -> dict[str, str]:
    contact, agent = ticket.contact, by.agent
    return {
        "contact.name": contact.name,
        "contact.lastName": contact.last_name or contact.name,
        "contact.firstName": contact.first_name or contact.name,
        "contact.email": ticket.email or contact.email,
        "account.name": ticket.account.name if ticket.account else "",
        "ticket.number": str(ticket.number),
        "ticket.subject": ticket.subject,
        "agent.name": agent.name if agent else "",
        "agent.lastName": agent.last_name if agent else "",
        "department.name": ticket.department.name,
    }
