"""A mail as its sender laid it out: in a sandboxed document of its own, that runs nothing and loads nothing by itself."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from madoguchi.doors.agent.answer import Desked, page
from madoguchi.doors.agent.tickets.finding import entry_of, find
from madoguchi.errors import Hidden
from madoguchi.kit import html as markup
from madoguchi.models import Entry

POLICY = (
    "default-src 'none'; img-src 'self' data:{remote}; style-src 'unsafe-inline'; frame-ancestors 'self';"
    " base-uri 'none'; form-action 'none'; sandbox allow-popups allow-popups-to-escape-sandbox allow-same-origin"
)


@require_safe
def show(request: Desked, number: int, entry: int) -> HttpResponse:
    """The HTML of a received message; remote images only after `?images=1`, for they tell the sender who reads."""
    written = entry_of(find(request, number), entry)
    if not written.html:
        raise Hidden
    remote = request.GET.get("images") == "1"
    response = page(request, "agent/tickets/frame.html", html=laid_out(written, remote=remote))
    response["Content-Security-Policy"] = POLICY.format(remote=" https: http:" if remote else "")
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Referrer-Policy"] = "no-referrer"
    return response


def laid_out(entry: Entry, *, remote: bool) -> str:
    """Inline images point to our own addresses. What the door stored is clean; the policy holds if it was not."""
    html = markup.with_remote_images(entry.html) if remote else entry.html
    return markup.with_inline_images(html, inline_images(entry.attachments.all()))


def inline_images(attachments: Any) -> dict[str, str]:
    return {
        a.content_id.strip("<>"): reverse("file", kwargs={"key": a.key, "name": a.name}) + "?inline=1"
        for a in attachments
        if a.content_id
    }
