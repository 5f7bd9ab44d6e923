"""Attachments: given only to whoever may read the ticket, asked again on every request."""

from urllib.parse import quote

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from madoguchi.access import can
from madoguchi.doors.agent.answer import Desked
from madoguchi.errors import Hidden
from madoguchi.models import Attachment
from madoguchi.tickets.attaching import path_of

SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp"}


@require_safe
def show(request: Desked, key: str, name: str) -> HttpResponseBase:
    """A download; `?inline=1` shows images that cannot carry scripts. An upload nobody sent yet is its uploader's."""
    attachment = find(request, key)
    try:
        content = default_storage.open(path_of(attachment.digest))
    except FileNotFoundError:
        raise Hidden from None
    inline = request.GET.get("inline") == "1" and attachment.content_type in SHOWN
    response = FileResponse(content, content_type=attachment.content_type if inline else "application/octet-stream")
    kind = "inline" if inline else "attachment"
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in attachment.name)
    response["Content-Disposition"] = (
        f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(attachment.name, safe='')}"
    )
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600" if inline else "private, no-store"
    return response


def find(request: Desked, key: str) -> Attachment:
    row = Attachment.objects.select_related("ticket", "entry").filter(key=key).first()
    if row is None:
        raise Hidden
    if row.ticket is None:
        if row.agent_id != request.agent.pk:
            raise Hidden
    elif not can(request.actor, "read", row.ticket) or (row.entry is not None and row.entry.deleted_at is not None):
        raise Hidden
    return row
