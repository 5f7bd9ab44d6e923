"""Files of entries the contact may see, asked again on every request."""

from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from madoguchi.access import can
from madoguchi.doors.portal.answer import Helped
from madoguchi.doors.shared.downloads import download
from madoguchi.errors import Hidden
from madoguchi.models import Attachment
from madoguchi.tickets.timeline import showing, shown_public


@require_safe
def show(request: Helped, key: str, name: str) -> HttpResponseBase:
    return download(find(request, key), inline=request.GET.get("inline") == "1")


def find(request: Helped, key: str) -> Attachment:
    row = Attachment.objects.select_related("ticket").filter(key=key, is_public=True).first()
    if row is None or row.ticket is None or row.entry_id is None:
        raise Hidden
    readable = [ticket for ticket in showing(row) if can(request.actor, "read", ticket)]
    if not any(shown_public(ticket).filter(pk=row.entry_id).exists() for ticket in readable):
        raise Hidden
    return row
