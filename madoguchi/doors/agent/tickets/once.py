"""A form that sends mail carries a one-time key: pressed twice, or sent again after going back, it writes once."""

from django.db import transaction

from madoguchi import prepared
from madoguchi.doors.agent.answer import Desked

USE_UP = """
INSERT INTO madoguchi_formsent (agent_id, key, sent_at) VALUES (%s::bigint, %s, now()) ON CONFLICT DO NOTHING RETURNING id
"""


class Repeated(Exception):
    """This very form was sent before."""


def use_up(request: Desked) -> None:
    """Inside the form's transaction: the key is used up with what the form does, and free again where that is refused.

    A second sending meanwhile waits here for the first one's end. A form without a key may be sent as often as one likes.
    """
    key = request.POST.get("once", "")[:40]
    assert transaction.get_connection().in_atomic_block
    if not key:
        return
    if not prepared.fetch(USE_UP, [request.agent.pk, key]):
        raise Repeated
