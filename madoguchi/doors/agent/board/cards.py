"""The cards of a board as HTML, written in Python as the rows of lists are (`tickets.cells`)."""

from collections.abc import Mapping
from dataclasses import astuple

from django.utils.translation import pgettext
from markupsafe import Markup, escape

from madoguchi.board.reading import Card
from madoguchi.doors.agent import when
from madoguchi.doors.agent.board.asked import Asked
from madoguchi.doors.agent.components import components
from madoguchi.doors.agent.jinja import url
from madoguchi.doors.agent.lately import lately
from madoguchi.doors.agent.reader import moment
from madoguchi.doors.agent.reader import plain as _

LAST = 10**16 - 1
FORM = "board-form"  # one form for all buttons of the cards: its token stands in none of them


class Cards:
    """`may` reply, close, place. `opened`: what stands below a card instead of its buttons, by ticket number."""

    def __init__(self, asked: Asked, may: Mapping[str, bool], opened: Mapping[int, Markup], *, shows_age: bool) -> None:
        self.asked, self.may, self.opened, self.shows_age = asked, may, opened, shows_age
        self.ui = components()
        self.by_waiting = asked.order == "waiting"
        self.is_crm = asked.mode.key == "crm"
        self.suffix = asked.to("work_mode").partition("?")[2]
        self.manner = ("card", moment(), asked.mode.key, self.suffix, tuple(may.values()), shows_age)

    def __call__(self, card: Card, column: str) -> Markup:
        below = self.opened.get(card.number)
        if below is not None:
            return self.made(card, column, below)
        values = astuple(card)
        key = (self.manner, column, tuple(str(value) if isinstance(value, dict) else value for value in values))
        return Markup(lately(key, lambda: self.made(card, column)))

    def order(self, card: Card) -> str:
        """Sorts as the column is sorted, as text."""
        at = card.waiting_since if self.by_waiting else card.due_at
        first = LAST if at is None else int(at.timestamp() * 1_000_000)
        return f"{first:016d}-{card.id:015d}"

    def made(self, card: Card, column: str, below: Markup | None = None) -> Markup:
        number, subject = card.number, escape(card.subject)
        is_open = " board-card--open" if below is not None else ""
        return Markup(
            f'<article class="board-card{is_open}" id="card-{number}" data-number="{number}" data-column="{column}"'
            f' data-order="{self.order(card)}" aria-label="#{number} {subject}">'
            f'<p class="board-card__top">{self.ui.channel(card.channel)}<span class="number">#{number}</span>'
            f"{self.ui.priority(card.priority)}{when.element(card.created_at, when.ago(card.created_at))}"
            f"{'' if below is not None else self.mover(card)}</p>"
            f'<h3 class="board-card__subject"><a href="{url("ticket", number=number)}" dir="auto">{subject}</a></h3>'
            f"{self.who(card)}{self.deals(card)}"
            f'<div class="board-card__foot">{self.due(card)}{"" if below is not None else self.buttons(card)}</div>'
            f"{below or ''}</article>\n"
        )

    def who(self, card: Card) -> str:
        beside = card.account or card.email or _("No account")
        whose = ""
        if card.assignee_id and not self.is_crm and self.asked.mode.key != "assignee":
            label = escape(_("Assigned to %(name)s") % {"name": card.assignee})
            face = self.ui.avatar(card.assignee, card.assignee_id, "xs")
            whose = f'<span class="board-card__whose" title="{label}">{face}<span class="visually-hidden">{label}</span></span>'
        return (
            f'<p class="board-card__who">{self.ui.avatar(card.contact, card.contact_id, "xs")}'
            f'<span class="cut"><bdi>{escape(card.contact)}</bdi>・<bdi>{escape(beside)}</bdi></span>{whose}</p>'
        )

    def deals(self, card: Card) -> str:
        if not self.is_crm:
            return ""
        text, asked_at = card.deals_text, card.checked_at
        age = asked_at and escape(_("Asked the CRM %(ago)s") % {"ago": when.ago(asked_at)})
        told = f'<span class="board-card__age">{age}</span>' if age and self.shows_age else ""
        if not text and not told:
            return ""
        title = f' title="{age}"' if age else ""
        line = f'<span class="cut"{title}>{escape(text)}</span>' if text else ""
        return f'<p class="board-card__deal">{self.ui.icon("handshake")}{line}{told}</p>'

    def due(self, card: Card) -> str:
        if card.due_at is None and card.due_left_s is None:
            return f'<span class="muted push-end">{escape(_("No due date"))}</span>'
        return str(self.ui.due(card.due_at, card.state, card.due_left_s)).strip()

    def mover(self, card: Card) -> str:
        if not self.may["place"]:
            return ""
        number, there = card.number, escape(self.asked.to("work_mode", place=card.number))
        label = escape(_("Move #%(n)s to…") % {"n": number})
        return (
            f'<a class="icon-button icon-button--small" href="{there}#card-{number}" data-place aria-label="{label}"'
            f' title="{escape(_("Move to…"))}">{self.ui.icon("move")}</a>'
        )

    def buttons(self, card: Card) -> str:
        number, found = card.number, ""
        if self.may["reply"]:
            there = escape(self.asked.to("work_mode", reply=number))
            found += (
                f'<a class="button button--small button--quiet" href="{there}#card-{number}" data-reply>'
                f"{self.ui.icon('reply')}<span>{escape(_('Reply'))}</span></a>"
            )
        if self.may["close"]:
            there = escape(self.asked.to("board_closure", number=number))
            found += (
                f'<button class="button button--small button--quiet" type="submit" form="{FORM}" formaction="{there}"'
                f" data-closes>{self.ui.icon('check')}<span>{escape(pgettext('card', 'Close'))}</span></button>"
            )
        return found
