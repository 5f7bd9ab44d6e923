"""What is said on a ticket, in time order: days, entries, and what happened in between."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.db.models import BooleanField, Case, Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value, When
from django.utils import timezone
from markupsafe import Markup

from madoguchi.access import can
from madoguchi.doors.agent import history
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.lately import lately
from madoguchi.doors.agent.reader import moment, reader
from madoguchi.kit import html as markup
from madoguchi.models import Attachment, Entry, Event, OutboundMail, Ticket
from madoguchi.prepared import Marks, Prepared
from madoguchi.tickets.timeline import shown

LAYOUT = r"<(img|table|center)\M|background|<font [^>]*color"
MOST_EVENTS = 300
SIGNED = re.compile(r"\+t[0-9]+-[a-z2-7]+(?=@)")
SHOWN = (
    "ticket kind direction is_public is_forward channel agent contact from_name from_address to cc reply_to text quoted"
    " created_at edited_at agent__last_name agent__first_name contact__last_name contact__first_name"
    " outbound__state outbound__bounce outbound__error rating__value rating__comment rating__rated_at rating__changed_at"
).split()
QUIET = {OutboundMail.State.QUEUED, OutboundMail.State.SENDING, OutboundMail.State.SENT}


@dataclass(frozen=True, slots=True)
class Part:
    kind: Literal["day", "entry", "event"]
    what: Any


class Matches(Func):
    """A PostgreSQL regular expression on text."""

    template = "(%(expressions)s)"
    arg_joiner = " ~* "
    output_field = BooleanField()


def _entries(ticket: Ticket | int) -> QuerySet[Entry]:
    """Foreign HTML stays in the database until its frame is asked for; only `has_layout` and `has_remote` are known of it."""
    ours = Q(agent__isnull=False)
    rows = shown(ticket).select_related("agent", "contact", "outbound", "rating").only(*SHOWN)
    return rows.annotate(
        own_html=Case(When(ours, then=F("html")), default=Value(""), output_field=TextField()),
        has_html=Case(When(Q(html=""), then=False), default=True, output_field=BooleanField()),
        has_layout=Matches(F("html"), Value(LAYOUT)),
        has_remote=Matches(F("html"), Value(" data-remote-src=")),
        has_files=Exists(Attachment.objects.filter(entry=OuterRef("pk"))),
    )


def _events(mark: Marks) -> QuerySet[Event]:
    rows = Event.objects.filter(ticket=mark.number("ticket"), verb__in=history.BETWEEN)
    return rows.select_related("agent", "by_contact").order_by("-pk")[:MOST_EVENTS]


def _files(ticket: Ticket | int) -> QuerySet[Attachment]:
    return Attachment.objects.filter(entry__in=shown(ticket).order_by().values("pk"))


OWN = Prepared(lambda mark: _entries(Ticket(pk=mark.number("ticket"))))
OWN_FILES = Prepared(lambda mark: _files(Ticket(pk=mark.number("ticket"))))
UNITED = Prepared(lambda mark: _entries(mark.number("ticket")))
UNITED_FILES = Prepared(lambda mark: _files(mark.number("ticket")))
EVENTS = Prepared(_events)


def entries_of(ticket: Ticket) -> list[Entry]:
    """The entries with authors, files and mail states in two statements."""
    read, read_files = (UNITED, UNITED_FILES) if ticket.merged_n else (OWN, OWN_FILES)
    entries: list[Any] = read(ticket=ticket.pk)
    with_files = {e.pk: e for e in entries if e.has_files}
    files: dict[int, list[Attachment]] = {pk: [] for pk in with_files}
    for file in read_files(ticket=ticket.pk) if with_files else ():
        files[file.entry_id].append(file)
    for entry in entries:
        entry.files = files.get(entry.pk, [])
    return entries


def events_of(ticket: Ticket) -> list[Event]:
    return EVENTS(ticket=ticket.pk)[::-1]


def parts(entries: list[Entry], events: list[Event]) -> list[Part]:
    """Entries and events by time, a day's name before the first of each day."""
    timed: list[tuple[Any, int, Part]] = [(e.created_at, 0, Part("entry", e)) for e in entries]
    timed += [(e.at, 1, Part("event", e)) for e in events]
    found: list[Part] = []
    day: date | None = None
    for at, _rank, part in sorted(timed, key=lambda item: item[:2]):
        if (there := timezone.localtime(at).date()) != day:
            day = there
            found.append(Part("day", day))
        found.append(part)
    return found


def manner(entry: Any) -> Literal["prose", "frame", "text"]:
    """How to show an entry: what our own editor wrote as it is, foreign layout in a frame, everything else as text."""
    if entry.own_html:
        return "prose"
    if entry.agent_id is None and entry.has_layout and not entry.quoted:
        return "frame"
    return "text"


def piece(request: Desked, ticket: Any, edit: str, images: str) -> Callable[..., str]:
    """Entries as pieces of the page, called by the template with the entry; `caller` makes what was not kept.

    Not kept: an entry being edited, and a mail in trouble, which carries a form.
    """
    may_all = can(request.actor, "restore", ticket)
    may_write = {
        public: can(request.actor, verb, ticket)
        for public, verb in ((True, "comment_public"), (False, "comment_private"))
    }
    manner = (ticket.number, reader().language, reader().zone, request.GET.get("view", ""))

    def made(entry: Any, caller: Callable[[], str]) -> str:
        mail = entry.outbound if entry.is_outgoing and hasattr(entry, "outbound") else None
        if edit == f"entry-{entry.pk}" or (mail and (mail.bounce or mail.state not in QUIET)):
            return caller()
        who = (entry.agent and entry.agent.name, entry.contact and entry.contact.name)
        is_theirs = may_all or entry.agent_id == request.agent.pk
        may = entry.is_comment and is_theirs and may_write[entry.is_public]
        told = getattr(entry, "came_from", None)
        seen = (entry.edited_at and (entry.edited_at, moment()), mail and mail.state, images == str(entry.pk))
        files = tuple(file.pk for file in entry.files)
        rated = (entry.rating.value, entry.rating.comment) if hasattr(entry, "rating") else None
        return lately((manner, entry.pk, entry.created_at, told, who, may, seen, files, rated), lambda: str(caller()))

    return lambda entry, caller: Markup(made(entry, caller))


def bare(address: str) -> str:
    """An address without the ticket's signature in it (`kit.tokens.reply_address`)."""
    return SIGNED.sub("", address)


def paragraphs(text: str) -> str:
    """Plain text as safe HTML; long runs of empty lines are drawn together."""
    return markup.from_text(re.sub(r"\n{3,}", "\n\n", text))
