"""One reply to all children: written once, looked at for each, sent to each in the own thread of its customer (SPEC F8).

What became of it stands in the address of the last page, signed, so that it can be looked at again and sends nothing twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from madoguchi import tickets
from madoguchi.access import can, require
from madoguchi.doors.agent import when
from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.jinja import url
from madoguchi.doors.agent.tickets import replies, writing
from madoguchi.doors.agent.tickets.composer import uploads
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.doors.agent.tickets.once import Repeated, use_up
from madoguchi.doors.agent.tickets.show import whole_tab
from madoguchi.doors.agent.tickets.writing import new_key
from madoguchi.errors import Hidden, Refused
from madoguchi.models import Attachment, Draft, Entry, Ticket
from madoguchi.models.organisation import State
from madoguchi.organisation.current import statuses
from madoguchi.organisation.responses import PLACEHOLDERS
from madoguchi.tickets import family
from madoguchi.tickets.bulk import Outcome
from madoguchi.tickets.family_replying import WITH, letters, reply_to_children
from madoguchi.transactions import all_or_nothing

SALT = "replies to children"
MODE = "family"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one child: sent, or why not."""

    child: Ticket
    why: str


@require_http_methods(["GET", "HEAD", "POST"])
def write(request: Desked, number: int) -> HttpResponse:
    """The form; `do` in the POST: preview, send, draft, discard, or edit (the form again)."""
    parent = find(request, number)
    require(request.actor, "reply")
    if not parent.department.has_families:
        raise Hidden
    if request.method != "POST":
        if "result" in request.GET:
            return result(request, parent, request.GET["result"])
        return form(request, parent)
    do = request.POST.get("do", "")
    files: list[Attachment] = []
    try:
        if do == "discard":
            return discard(request, parent)
        files = writing.uploads(request)
        if do == "send":
            return send(request, parent, files)
        if do == "preview":
            return preview(request, parent, files)
        if do == "draft":
            if files or request.POST.get("body", "").strip():
                writing.keep(request, parent, MODE, files)
            return go(request, url("ticket_child_replies", number=parent.number), _("Draft saved."))
    except Refused as refusal:
        return form(request, parent, request.POST, files, refusal)
    return form(request, parent, request.POST, files)


def draft_of(request: Desked, parent: Ticket) -> Mapping[str, Any] | None:
    """What is kept as a draft, as the script reads it (js/drafts.js)."""
    row = Draft.objects.filter(agent=request.agent, ticket=parent, mode=MODE).first()
    if row is None:
        return None
    return {"fields": row.fields, "version": row.version, "clock": when.clock(row.saved_at)}


def listed(request: Desked, parent: Ticket) -> list[Ticket]:
    """The children the agent may see, the oldest first."""
    return [each for each in family.children(parent).select_related(*WITH) if can(request.actor, "read", each)]


def chosen(request: Desked, children: Sequence[Ticket]) -> list[Ticket]:
    picked = set(request.POST.getlist("with"))
    found = [each for each in children if str(each.number) in picked and can(request.actor, "reply", each)]
    if not found:
        raise Refused("NOTHING_CHOSEN", _("Choose at least one ticket."), "with")
    return found


def form(
    request: Desked,
    parent: Ticket,
    typed: Mapping[str, Any] | None = None,
    files: Sequence[Attachment] = (),
    refusal: Refused | None = None,
) -> HttpResponse:
    """The form with what was `typed`, else with the draft."""
    draft = draft_of(request, parent)
    if typed is None:
        typed = draft["fields"] if draft else {}
        files = uploads(request, typed.get("upload", []))
    children = listed(request, parent)
    may = {child.pk: can(request.actor, "reply", child) for child in children}
    picked = set(request.POST.getlist("with")) if request.method == "POST" else None
    ticked = [
        c.pk for c in children if may[c.pk] and (str(c.number) in picked if picked is not None else not c.is_closed)
    ]
    return whole_tab(
        request,
        parent,
        "family/replies",
        status=422 if refusal else 200,
        children=children,
        hidden_n=family.progress(parent).total - len(children),
        may=may,
        ticked=ticked or ([] if picked is not None else [pk for pk, able in may.items() if able]),
        typed=typed,
        told_off=refusal,
        placeholders=PLACEHOLDERS,
        offered=[(status.pk, status.label) for status in statuses() if status.is_active],
        kept=files,
        draft=draft,
    )


def preview(request: Desked, parent: Ticket, files: Sequence[Attachment]) -> HttpResponse:
    """What each would get, before anything is sent. The text is kept as a draft."""
    children = chosen(request, listed(request, parent))
    text, html = request.POST.get("body", ""), request.POST.get("html", "")
    made = letters(children, text, html, attachments=files, by=request.actor)
    writing.keep(request, parent, MODE, list(files))
    newest = (
        Entry.objects.filter(ticket__in=[child.pk for child in children]).order_by("-pk").values_list("pk", flat=True)
    )
    return whole_tab(
        request,
        parent,
        "family/preview",
        letters=made,
        typed=request.POST,
        kept=files,
        then=replies.status(request),
        ready_n=sum(letter.problem is None for letter in made),
        once=new_key(),
        seen=newest.first() or 0,
    )


def send(request: Desked, parent: Ticket, files: Sequence[Attachment]) -> HttpResponse:
    children = chosen(request, listed(request, parent))
    seen = request.POST.get("seen", "")
    newest = int(seen) if seen.isdecimal() and len(seen) < 19 else None
    try:
        with all_or_nothing():
            use_up(request)
            outcomes = reply_to_children(
                parent,
                children,
                request.POST.get("body", ""),
                html=request.POST.get("html", ""),
                attachments=files,
                then=replies.status(request),
                seen={child.pk: newest for child in children} if newest else None,
                by=request.actor,
            )
            if any(outcome.is_done for outcome in outcomes):
                tickets.discard_draft(parent, MODE, by=request.actor)
    except Repeated:
        return go(request, url("ticket_children", number=parent.number), _("This was sent already."))
    return go(request, result_address(parent, outcomes), said(outcomes))


def said(outcomes: Sequence[Outcome]) -> str:
    n = sum(outcome.is_done for outcome in outcomes)
    return ngettext("%(n)s reply is on its way.", "%(n)s replies are on their way.", n) % {"n": n} if n else ""


def result_address(parent: Ticket, outcomes: Sequence[Outcome]) -> str:
    told = [(outcome.ticket_id, "" if outcome.is_done else outcome.reason) for outcome in outcomes]
    return f"{url('ticket_child_replies', number=parent.number)}?result={signing.dumps(told, salt=SALT, compress=True)}"


def result(request: Desked, parent: Ticket, told: str) -> HttpResponse:
    """What became of each. Those that are no longer to be seen are left out."""
    try:
        found: dict[int, str] = dict(signing.loads(told, salt=SALT))
    except signing.BadSignature:
        raise Hidden from None
    rows = Ticket.objects.with_people().in_bulk(list(found))
    made = [Result(rows[pk], why) for pk, why in found.items() if pk in rows and can(request.actor, "read", rows[pk])]
    return whole_tab(
        request,
        parent,
        "family/result",
        sent=[each for each in made if not each.why],
        not_sent=[each for each in made if each.why],
        is_closed=parent.state == State.CLOSED,
    )


def discard(request: Desked, parent: Ticket) -> HttpResponse:
    tickets.discard_draft(parent, MODE, by=request.actor)
    return go(request, url("ticket_children", number=parent.number), _("Draft discarded."))
