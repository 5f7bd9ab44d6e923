"""Under an agent's answer: how was it? Three links, each to a page that asks once more (SPEC I5)."""

from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from madoguchi.kit import tokens
from madoguchi.kit.letters.rating_block import FACES
from madoguchi.models import Entry, Satisfaction
from madoguchi.tickets.rating import is_answer

LOOKS = {"good": ("#e7f6ec", "#135c34"), "ok": ("#fdf3dc", "#6b4a00"), "bad": ("#fdeaea", "#8e1b1b")}


def asks(entry: Entry) -> bool:
    """An answer of an agent, where the department wants to know. (That links of a local desk lead nowhere for customers says
    `bin/madoguchi doctor`.)"""
    return is_answer(entry) and entry.ticket.department.asks_for_ratings


def link(entry_id: int, value: str) -> str:
    """The whole address, with a choice made."""
    return f"{settings.URL}/help/rate/{tokens.rating_token(settings.SECRET_KEY.encode(), entry_id)}/{value}"


def block(entry: Entry) -> tuple[str, str]:
    """(plain, HTML) in the language of now. `kit.letters.rating_block` knows it again when it comes back."""
    question, choices = _("How was our support?"), _choices(entry.pk)
    text = "\n".join([question, *(f"{label}: {url}" for _value, label, url in choices)])
    return text, _html(question, choices)


def holder() -> str:
    """The HTML as it will look, with links that lead nowhere: for programs that write the content of replies."""
    return _html(_("How was our support?"), _choices(0))


def _choices(entry_id: int) -> list[tuple[str, str, str]]:
    return [(value, str(label), link(entry_id, value)) for value, label in Satisfaction.choices]


def _html(question: str, choices: list[tuple[str, str, str]]) -> str:
    """A table with colours of its own: mail programs know little more, and no pictures to be loaded."""
    cells = format_html_join(
        "",
        '<td bgcolor="{}" style="background:{};border-radius:8px;padding:8px 14px">'
        '<a href="{}" style="color:{};font-weight:bold;text-decoration:none;white-space:nowrap">{} {}</a></td>'
        '<td width="8" style="width:8px"></td>',
        (
            (LOOKS[value][0], LOOKS[value][0], url, LOOKS[value][1], FACES[value], label)
            for value, label, url in choices
        ),
    )
    return format_html(
        '<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:16px 0">'
        '<tr><td colspan="6" style="padding:0 0 8px">{}</td></tr><tr>{}</tr></table>',
        question,
        cells,
    )
