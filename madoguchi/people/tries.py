"""Who tries too often waits a little: sign-ins, links and forms of people nobody knows yet (SECURITY.md)."""

import hashlib
import hmac
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from madoguchi import record
from madoguchi.errors import Refused
from madoguchi.models import HelpTry

KEPT = timedelta(days=1)


@transaction.atomic
def count(what: str, who: str, *, most: int, within: timedelta) -> None:
    """Count a try of `who`, an address or a place in the network. Refused: TOO_MANY where `most` were made `within`.

    Tries of one at the same moment are counted one after the other.
    """
    digest = _digest(what, who)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [digest])
    if HelpTry.objects.filter(what=what, who=digest, at__gt=record.now() - within).count() >= most:
        raise Refused("TOO_MANY", _("Too many tries. Wait a little, then try again."))
    HelpTry.objects.create(what=what, who=digest, at=record.now())


def forgive(what: str, who: str) -> None:
    """Start counting anew: the last try was right."""
    HelpTry.objects.filter(what=what, who=_digest(what, who)).delete()


def forget_old() -> None:
    HelpTry.objects.filter(at__lt=record.now() - KEPT).delete()


def _digest(what: str, who: str) -> str:
    """Neither addresses nor networks are kept as they are."""
    return hmac.new(settings.SECRET_KEY.encode(), f"{what}\0{who}".encode(), hashlib.sha256).hexdigest()
