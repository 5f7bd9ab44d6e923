"""What an open board fetches when it hears that tickets changed."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.board import asked as asking
from madoguchi.doors.agent.board import drawing


@require_safe
def show(request: Desked, mode: str) -> HttpResponse:
    """The cards of the tickets in `numbers`."""
    wanted = (word for word in request.GET.get("numbers", "")[:4000].split(",") if word.isdecimal() and len(word) < 19)
    return drawing.pieces(request, asking.read(request, mode), [int(word) for word in wanted][: drawing.MOST_ASKED])
