"""Attachments: given only to whoever may read the ticket, asked again on every request."""

from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.shared.downloads import download
from madoguchi.errors import Hidden
from madoguchi.models import Attachment
from madoguchi.tickets.timeline import may_read_file


@require_safe
def show(request: Desked, key: str, name: str) -> HttpResponseBase:
    """A download; `?inline=1` shows images that cannot carry scripts. An upload nobody sent yet is its uploader's."""
    attachment = find(request, key)
    return download(attachment, inline=request.GET.get("inline") == "1")


def find(request: Desked, key: str) -> Attachment:
    row = Attachment.objects.select_related("ticket", "entry").filter(key=key).first()
    if row is None or not may_read_file(row, by=request.actor):
        raise Hidden
    return row
