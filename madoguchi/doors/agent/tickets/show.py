"""The page of one ticket: conversation, composer, fields, customer. Everything a refusal must show again goes through `whole`."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from madoguchi.doors.agent import history
from madoguchi.doors.agent.answer import Desked, go, page
from madoguchi.doors.agent.tickets import composer, conversation, editing
from madoguchi.doors.agent.tickets.finding import address, find, find_whole
from madoguchi.errors import Refused, Stale
from madoguchi.lists import rows, views
from madoguchi.models import Attachment, CustomField, Ticket
from madoguchi.organisation.current import statuses

QUEUE = 50


@require_safe
def show(request: Desked, number: int) -> HttpResponse:
    ticket = find_whole(request, number)
    if ticket.number != number:
        return redirect(address(ticket))
    return whole(request, ticket)


def again(
    request: Desked, number: int, refusal: Refused, *, edit: str = "", mode: str = "", kept: Sequence[Attachment] = ()
) -> HttpResponse:
    """The page after a refusal: what was typed is still there, the reason beside it. Nothing was changed."""
    ticket = find_whole(request, number)
    return whole(request, ticket, refusal=refusal, edit=edit, mode=mode, typed=request.POST, kept=kept)


def done(request: Desked, ticket: Ticket, said: Any = "") -> HttpResponse:
    """Back to the ticket after a change."""
    return go(request, address(ticket, view=view_of(request).key if "view" in request.GET else ""), said)


def view_of(request: Desked) -> views.View:
    return views.VIEWS.get(request.GET.get("view", ""), views.VIEWS["open"])


def whole(
    request: Desked,
    ticket: Any,
    *,
    refusal: Refused | None = None,
    edit: str = "",
    mode: str = "",
    typed: Mapping[str, str] | None = None,
    kept: Sequence[Attachment] = (),
) -> HttpResponse:
    view, known = view_of(request), {s.pk: s for s in statuses()}
    fields = {f.api_name: f for f in CustomField.objects.filter(department=ticket.department_id, is_active=True)}
    entries = conversation.entries_of(ticket)
    events = conversation.events_of(ticket)
    edit = edit or request.GET.get("edit", "")
    return page(
        request,
        "agent/tickets/show.html",
        status=200 if refusal is None else 422,
        ticket=ticket,
        tab="conversation",
        parts=conversation.parts(entries, events),
        thread_n=len(entries),
        manner=conversation.manner,
        paragraphs=conversation.paragraphs,
        bare=conversation.bare,
        images=request.GET.get("images", ""),
        statuses=known,
        fields=fields,
        told=lambda event: list(history.differences(event, known, fields)),
        refusal=refusal,
        stale=stale_words(refusal, known),
        edit=edit,
        comment_to_delete=next((e for e in entries if edit == f"delete-{e.pk}" and e.is_comment), None),
        editor=editing.editor(request, ticket, edit, typed),
        asked=request.GET,
        composer=composer.composer(
            request, ticket, entries, mode or request.GET.get("compose", ""), typed if mode else None, kept
        ),
        recent=ticket.recent,
        **queue(request, ticket, view),
        at=lambda **more: address(ticket, **{"view": view.key if view.key != "open" else "", **more}),
    )


def queue(request: Desked, ticket: Ticket, view: views.View) -> dict[str, Any]:
    """The list beside the ticket, of the ticket's department."""
    counted = views.counts_of(ticket.department, request.agent, also=[view])
    found = rows.for_list(views.of(view, ticket.department, request.agent)).order_by("-modified_at", "-pk")[:QUEUE]
    return {"view": view, "views": views.VIEWS.values(), "counted": counted, "queue": rows.with_names(list(found))}


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
    fields = {f.api_name: f for f in CustomField.objects.filter(department=ticket.department_id)}
    return page(
        request,
        f"agent/tickets/{tab}.html",
        status=status,
        ticket=ticket,
        tab=tab,
        statuses=known,
        told=lambda event: list(history.differences(event, known, fields)),
        at=lambda **more: address(ticket, **more),
        **{"refusal": None, "edit": "", "stale": [], **context},
        view=view_of(request),
    )
