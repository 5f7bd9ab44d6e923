"""A form carries a one-time key: pressed twice, or sent again after going back, it writes once."""

from django.db import connection

from madoguchi.doors.portal.answer import Helped

USE_UP = """
INSERT INTO madoguchi_helpformsent (key, sent_at) VALUES (%s, now()) ON CONFLICT DO NOTHING RETURNING id
"""


class Repeated(Exception):
    """This very form was sent before."""


def use_up(request: Helped) -> None:
    """Inside the form's transaction: the key is used up with what the form does, and free again where that is refused.

    A second sending meanwhile waits here for the first one's end. Keys of one contact mean nothing to another.
    """
    assert connection.in_atomic_block
    once = request.POST.get("once", "")[:40]
    if not once:
        return
    whose = request.contact.pk if request.contact is not None else 0
    with connection.cursor() as cursor:
        cursor.execute(USE_UP, [f"{whose}:{once}"])
        if cursor.fetchone() is None:
            raise Repeated
