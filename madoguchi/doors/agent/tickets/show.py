"""The page of one ticket: conversation, composer, fields, customer. Everything a refusal must show again goes through `whole`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from madoguchi.access import shared_with
from madoguchi.doors.agent import history
from madoguchi.doors.agent.answer import Desked, go, page
from madoguchi.doors.agent.components import components
from madoguchi.doors.agent.tickets import composer, conversation, editing, family_head
from madoguchi.doors.agent.tickets.finding import address, find, find_whole, with_shares
from madoguchi.doors.agent.tickets.queue import queue_rows
from madoguchi.doors.agent.tickets.receiving import department_of, receiver
from madoguchi.errors import Refused, Stale
from madoguchi.lists import beside, rows, selecting, views
from madoguchi.lists.columns import BY_COLUMN, ORDERS
from madoguchi.lists.criteria import FIELDS, Fields
from madoguchi.lists.meanings import Reader
from madoguchi.lists.unread import at_the_bell
from madoguchi.models import Attachment, Status, Ticket
from madoguchi.organisation.current import custom_fields, statuses
from madoguchi.people.notifications import mark_read

QUEUE = 50
CUSTOM = re.compile(r"c[0-9]{1,18}")


@require_safe
def show(request: Desked, number: int) -> HttpResponse:
    ticket = find_whole(request, number, itself="bin" in request.GET)
    if ticket.number != number:
        return redirect(address(ticket))
    if ticket.is_told:
        at_the_bell(request.agent).less(mark_read(ticket=ticket, by=request.actor))
    return whole(request, ticket)


def again(
    request: Desked, number: int, refusal: Refused, *, edit: str = "", mode: str = "", kept: Sequence[Attachment] = ()
) -> HttpResponse:
    """The page after a refusal: what was typed is still there, the reason beside it. Nothing was changed."""
    ticket = find_whole(request, number)
    return whole(request, ticket, refusal=refusal, edit=edit, mode=mode, typed=request.POST, kept=kept)


def done(request: Desked, ticket: Ticket, said: Any = "") -> HttpResponse:
    """Back to the ticket after a change."""
    return go(request, address(ticket, view=view_key(request)), said)


def view_key(request: Desked) -> str:
    """The view the reader came from; '' for the usual one."""
    key = request.GET.get("view", "")
    return key if key != "open" and (key in views.VIEWS or CUSTOM.fullmatch(key)) else ""


def view_of(request: Desked, ticket: Ticket) -> tuple[views.View, Fields]:
    """That view, and the fields its criteria may name. Views are those of the department that reads the ticket here; for
    one it is shared with, the usual view is that of the shared tickets."""
    key, there = view_key(request), department_of(request, ticket)
    if not CUSTOM.fullmatch(key):
        usual = "open" if there.pk == ticket.department_id else views.SHARED.key
        return views.VIEWS[key or usual], FIELDS
    around = beside.read(there.pk, request.agent.pk)
    return around.view(key), around.fields


def whole(
    request: Desked,
    ticket: Any,
    *,
    refusal: Refused | None = None,
    edit: str = "",
    mode: str = "",
    typed: Mapping[str, str] | None = None,
    kept: Sequence[Attachment] = (),
    panel: str = "",
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """`panel` is what slides in over the page: the name of its template, which reads `more`."""
    known = {s.pk: s for s in statuses()}
    fields = {f.api_name: f for f in custom_fields(ticket.department_id) if f.is_active}
    entries = conversation.entries_of(ticket)
    events = conversation.events_of(ticket)
    hidden = family_head.hidden_in(events, ticket, request.actor)
    edit, images = edit or request.GET.get("edit", ""), request.GET.get("images", "")
    return page(
        request,
        "agent/tickets/show.html",
        status=status if refusal is None else 422,
        ticket=ticket,
        tab="conversation",
        parts=conversation.parts(entries, events),
        thread_n=len(entries),
        manner=conversation.manner,
        paragraphs=conversation.paragraphs,
        bare=conversation.bare,
        images=images,
        receiver=receiver(request, ticket),
        panel=panel,
        piece=conversation.piece(request, ticket, edit, images),
        statuses=known,
        fields=fields,
        told=lambda event: list(history.differences(event, known, fields, briefly=True, hidden=hidden)),
        refusal=refusal,
        stale=stale_words(refusal, known),
        edit=edit,
        comment_to_delete=next((e for e in entries if edit == f"delete-{e.pk}" and e.is_comment), None),
        editor=editing.editor(request, ticket, edit, typed),
        asked=request.GET,
        asked_by=request.resolver_match.url_name if request.resolver_match else "",
        typed=typed or {},
        composer=composer.composer(
            request, ticket, entries, mode or request.GET.get("compose", ""), typed if mode else None, kept
        ),
        recent=ticket.recent,
        **queue(request, ticket, known),
        at=lambda **asked: address(ticket, **{"view": view_key(request), **asked}),
        **more,
    )


def queue(request: Desked, ticket: Ticket, known: Mapping[int, Status]) -> dict[str, Any]:
    """The list beside the ticket, of the department that reads it. A custom view is not counted: that may take too long."""
    view, fields = view_of(request, ticket)
    is_usual, there = view.pk is None, department_of(request, ticket)
    chosen_one = request.department
    if view.is_shared and chosen_one is not None and chosen_one.pk in shared_with(ticket):
        there = chosen_one  # where one works in both departments, the view one came from
    counted = views.counts_of(there, request.agent, also=[view] if is_usual else [])
    chosen = views.chosen(view, there.pk, Reader.of(request.agent), fields=fields)
    order = replace(ORDERS[BY_COLUMN[view.sort.removeprefix("-")]], descending=view.sort.startswith("-"))
    found = rows.with_names(selecting.rows(chosen, order, size=QUEUE, beside=selecting.CONTACT, is_usual=is_usual).rows)
    suffix = f"?view={view.key}" if view.key != "open" else ""
    made = queue_rows(components(), found, known, suffix, ticket.pk)
    return {"view": view, "views": [*views.STANDARD, views.SHARED], "counted": counted, "queue": made}


def stale_words(refusal: Refused | None, known: Any) -> list[tuple[str, str, str]]:
    """(field, what stands there now, what was to be saved) of a Stale refusal, in words."""
    if not isinstance(refusal, Stale):
        return []
    found = []
    for change in refusal.changes:
        name = str(change["field"])
        label = str(history.FIELDS.get(name) or name.removeprefix("cf/"))
        found.append((label, history.words(name, change["now"], known), history.words(name, change["yours"], known)))
    return found


@require_safe
def history_page(request: Desked, number: int) -> HttpResponse:
    """Who changed what, when, through which door, from what to what (SPEC D12)."""
    ticket = find(request, number)
    events = editing.history_of(ticket, request.GET.get("before", ""))
    older = events[editing.HISTORY - 1].pk if len(events) > editing.HISTORY else None
    return whole_tab(request, ticket, "history", events=events[: editing.HISTORY], older=older, doors=history.DOORS)


def whole_tab(request: Desked, ticket: Ticket, tab: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """Another tab of the ticket: its head, no side panels."""
    known = {s.pk: s for s in statuses()}
    fields = {f.api_name: f for f in custom_fields(ticket.department_id)}
    if "family" not in ticket.__dict__:
        ticket.__dict__["family"] = family_head.read(ticket, request.actor)
    hidden = family_head.hidden_in(context.get("events", ()), ticket, request.actor)
    return page(
        request,
        f"agent/tickets/{tab}.html",
        status=status,
        ticket=ticket,
        tab=tab,
        statuses=known,
        told=lambda event: list(history.differences(event, known, fields, hidden=hidden)),
        receiver=receiver(request, with_shares(ticket)),
        at=lambda **more: address(ticket, **more),
        **{"refusal": None, "edit": "", "stale": [], **context},
    )
