"""The board as a page, or the pieces of it that changed, for our script (`static/js/board.js`)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _

from madoguchi.access import can
from madoguchi.board import crm, modes, reading, samples
from madoguchi.board.crm import Connected
from madoguchi.board.reading import Board, Filled
from madoguchi.board.samples import Sample
from madoguchi.doors.agent.answer import Desked, go, page
from madoguchi.doors.agent.board import narrowing
from madoguchi.doors.agent.board.asked import SCRIPT, Asked
from madoguchi.doors.agent.board.cards import Cards
from madoguchi.doors.agent.board.opened import Opened
from madoguchi.doors.agent.tickets.leading import Led

MOST_ASKED = 200
Columns = list[tuple[Filled, Sample | None]]


def is_script(request: Desked) -> bool:
    return SCRIPT in request.headers


def whole(
    request: Desked,
    asked: Asked,
    opened: Opened | None = None,
    *,
    sample: Opened | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page with its first cards; one column may go on where the address says so."""
    if (connection := connected(asked)) is None and asked.mode.key == "crm":
        return page(request, "agent/board/unconnected.html", asked=asked, modes=modes.MODES.values(), status=status)
    manner: dict[str, Any] = {"narrowed": asked.narrowed, "order": asked.order, "by": request.actor}
    board = reading.board(asked.department, asked.mode, **manner)
    total, key, after = board.total, request.GET.get("column", ""), request.GET.get("after", "")
    if key and after:
        next_ones = reading.cards(asked.department, asked.mode, key, after=after, **manner)
        board.columns = [next_ones if filled.column.key == key else filled for filled in board.columns]
    if opened is not None and not pinned(request, asked, opened, board.columns):
        return gone(request, opened, status)
    columns = with_samples(request, asked, board)
    going_on = key if after else ""
    return drawn(
        request, asked, "show", columns, total, connection, opened, sample, status=status, is_going_on=going_on
    )


def pinned(request: Desked, asked: Asked, opened: Opened, columns: list[Filled]) -> bool:
    """Whether the open card is on the board; it comes first in its column where it was further down."""
    for key, card in reading.some(
        asked.department, asked.mode, [opened.number], narrowed=asked.narrowed, by=request.actor
    ):
        for filled in columns:
            if filled.column.key == key:
                if all(each.id != card.id for each in filled.cards):
                    filled.cards.insert(0, card)
                return True
    return False


def gone(request: Desked, opened: Opened, status: int) -> HttpResponse:
    """The card to be open left the board meanwhile: what was typed is given back."""
    text = str(opened.refusal.text) if opened.refusal else _("This ticket is not on the board any more.")
    return page(
        request,
        "errors/page.html",
        status=status if status >= 400 else 404,
        icon="board",
        title=_("This did not work"),
        text=text,
        kept=opened.text,
    )


def pieces(
    request: Desked,
    asked: Asked,
    numbers: Sequence[int],
    opened: Opened | None = None,
    *,
    sample: Opened | None = None,
    status: int = 200,
) -> HttpResponse:
    """These cards as they stand now, each in its column, with the heads of all columns; a card that is not among them has
    left the board."""
    connection = connected(asked)
    board = changed(request, asked, numbers)
    columns = with_samples(request, asked, board)
    return drawn(request, asked, "_pieces", columns, board.total, connection, opened, sample, status=status)


def changed(request: Desked, asked: Asked, numbers: Sequence[int]) -> Board:
    """All columns that are shown, each with those of these tickets that stand in it now."""
    mode, department, by = asked.mode, asked.department, request.actor
    counted = reading.counts(department, mode, narrowed=asked.narrowed, by=by)
    found = reading.some(department, mode, numbers, narrowed=asked.narrowed, by=by) if numbers else []
    also = [pk for pk in counted if mode.key == "assignee" and pk]
    columns = []
    for column in modes.columns(mode, department, by=by, also=also):
        cards = [card for key, card in found if key == column.key]
        count = max(counted.get(column.counted, 0), len(cards))
        if count or (column.is_kept and not mode.hides_empty):
            columns.append(Filled(column, count, cards))
    return Board(mode, columns)


def connected(asked: Asked) -> Connected | None:
    return crm.connected() if asked.mode.key == "crm" else None


def with_samples(request: Desked, asked: Asked, board: Board) -> Columns:
    if asked.mode.key != "crm" or asked.values.get("assignee") or asked.values.get("priority"):
        return [(filled, None) for filled in board.columns]
    there = samples.of(asked.department, by=request.actor)
    return samples.with_samples(board, there, asked.department, by=request.actor)


def drawn(
    request: Desked,
    asked: Asked,
    template: str,
    columns: Columns,
    total: int,
    connection: Connected | None,
    opened: Opened | None,
    sample: Opened | None,
    *,
    status: int,
    **more: Any,
) -> HttpResponse:
    may = {
        "place": bool(asked.mode.verb) and can(request.actor, asked.mode.verb),
        "reply": can(request.actor, "reply"),
        "close": can(request.actor, "set_status"),
    }
    below = {} if opened is None else {opened.number: opened.below}
    fails = connection is not None and connection.is_failing
    context: Mapping[str, Any] = {
        "asked": asked,
        "modes": modes.MODES.values(),
        "columns": columns,
        "total": total,
        "connection": connection,
        "card": Cards(asked, may, below, shows_age=fails),
        "may": may,
        "opened": opened,
        "open_sample": sample,
        **more,
    }
    if template == "show":
        context = {**context, **narrowing.choices(request, asked)}
    return page(request, f"agent/board/{template}.html", status=status, **context)


def done(request: Desked, asked: Asked, number: int, said: str) -> HttpResponse:
    """After a change: the card as it is now, and what was done as a toast."""
    if not is_script(request):
        return go(request, asked.to("work_mode"), said)
    messages.success(request, said)
    return pieces(request, asked, [number])


def again(request: Desked, asked: Asked, opened: Opened) -> HttpResponse:
    """After a refusal: the card says why. Nothing was changed."""
    if is_script(request):
        return pieces(request, asked, [opened.number], opened, status=422)
    return whole(request, asked, opened, status=422)


def led(request: Desked, asked: Asked, away: Led) -> HttpResponse:
    """The ticket was merged into another meanwhile. Nothing was done."""
    text = _("#%(a)s was merged into #%(b)s. Nothing was changed.") % {"a": away.number, "b": away.main.number}
    messages.warning(request, text)
    if is_script(request):
        return pieces(request, asked, [away.number, away.main.number], status=200)
    return go(request, asked.to("work_mode"))


def sent_on(request: Desked, response: HttpResponse) -> HttpResponse:
    """A way to another page, which the script goes itself: it would else be given that page as the answer."""
    if is_script(request) and response.status_code == 303:
        return HttpResponse(status=204, headers={"Board-Location": response["Location"]})
    return response
