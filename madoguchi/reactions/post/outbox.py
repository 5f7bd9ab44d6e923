"""Where mail goes on a desk without SMTP: a folder one can look into (SPEC G7)."""

import os
from pathlib import Path

from django.conf import settings

from madoguchi.models import OutboundMail


def put(mail: OutboundMail, raw: bytes) -> Path:
    """Write the mail as `outbox/<id>.eml`; complete or not at all."""
    folder = Path(settings.OUTBOX)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{mail.pk:08d}.eml"
    scratch = path.with_suffix(".part")
    with open(scratch, "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
    return path
