"""What belongs to nothing any more: uploads nobody sent, bytes no attachment points to (purged tickets, crashes), keys
of forms sent long ago.
"""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.core.files.storage import default_storage

from madoguchi.models import Attachment, FormSent
from madoguchi.record import now

UPLOADS_DAYS = 7
AGE_S = 24 * 3600
ASIDE = ".aside"
TOGETHER = 500


def sweep() -> int:
    """Delete old uploads that lie on nothing, then stored files without an attachment. Returns how many files went.

    A file is looked up only when it is a day old: whoever stored it has committed or failed by then. Storing the same
    bytes again makes it young (`attaching.put`).
    """
    before = now() - timedelta(days=UPLOADS_DAYS)
    Attachment.objects.filter(entry=None, ticket=None, created_at__lt=before).delete()
    FormSent.objects.filter(sent_at__lt=now() - timedelta(days=1)).delete()
    gone = 0
    for files in _portions():
        names = [file.name.partition(".")[0] for file in files]
        wanted = set(Attachment.objects.filter(digest__in=names).values_list("digest", flat=True))
        gone += sum(_remove(file) for file in files if file.name not in wanted)
    return gone


def _portions() -> Iterator[list[Path]]:
    """Stored files older than a day, and what a crash left beside them half written."""
    files: list[Path] = []
    for file in Path(default_storage.path("")).glob("??/*"):
        if _is_old(file):
            files.append(file)
        if len(files) == TOGETHER:
            yield files
            files = []
    yield files


def _is_old(file: Path) -> bool:
    try:
        return file.stat().st_mtime < time.time() - AGE_S
    except FileNotFoundError:
        return False


def _remove(file: Path) -> bool:
    """Put it aside, look once more, delete: a file that someone stored again in this very moment comes back."""
    aside = file.with_name(file.name + ASIDE)
    try:
        file.rename(aside)
    except FileNotFoundError:
        return False
    if _is_old(aside):
        aside.unlink()
        return True
    aside.rename(file)
    return False
