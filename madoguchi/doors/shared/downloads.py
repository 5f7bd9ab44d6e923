"""How a file is given to a browser: as a download that runs nothing."""

from urllib.parse import quote

from django.core.files.storage import default_storage
from django.http import FileResponse

from madoguchi.errors import Hidden
from madoguchi.models import Attachment
from madoguchi.tickets.attaching import path_of

SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp"}


def download(attachment: Attachment, *, inline: bool) -> FileResponse:
    """`inline` shows images that cannot carry scripts."""
    try:
        content = default_storage.open(path_of(attachment.digest))
    except FileNotFoundError:
        raise Hidden from None
    inline = inline and attachment.content_type in SHOWN
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
