"""Any story of merges, restores, purges, mails and comments leaves the desk sound (SPEC M11)."""

from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi import record, tickets
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.models import Entry, Ticket
from madoguchi.tickets.numbers import final
from madoguchi.tickets.timeline import shown, timeline
from tests.cast import Cast, open_one
from tests.tickets.merged import assert_sound, pairs

N = 4
which = st.integers(0, N - 1)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), which, st.lists(which, min_size=1, max_size=3), st.booleans()),
        st.tuples(st.sampled_from(["restore", "trash", "purge", "mail", "note", "unnote", "answer"]), which),
        st.tuples(st.just("rate"), which, st.sampled_from(["good", "ok", "bad"])),
    ),
    max_size=12,
)


class Undone(Exception):
    pass


def do(cast: Cast, ids: list[int], step: tuple) -> None:  # type: ignore[type-arg]
    verb, place, *more = step
    ticket = Ticket.objects.get(pk=ids[place])
    if verb == "merge":
        others = [Ticket.objects.get(pk=ids[n]) for n in more[0]]
        tickets.merge(ticket, others, keep={"number": others[0]} if more[1] else {}, by=cast.tanaka)
    elif verb == "mail":
        who = Actor(contact=cast.yamada, door="mail")
        tickets.receive(final(ticket), {"text": "続き"}, contact=cast.yamada, channel="Email", by=who)
    elif verb == "note":
        tickets.comment(final(ticket), "メモ", by=cast.sato)
    elif verb == "answer":
        tickets.reply(final(ticket), "回答", by=cast.sato)
    elif verb == "rate":
        if (answer := Entry.objects.filter(ticket=ticket, direction="out").last()) is not None:
            tickets.rate_by_link(answer, more[0])
    elif verb == "unnote":
        if (entry := shown(ticket).filter(kind="comment").last()) is not None:
            tickets.delete_comment(entry, by=cast.tanaka)
    else:
        {"restore": tickets.restore, "trash": tickets.trash, "purge": tickets.purge}[verb](ticket, by=cast.tanaka)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=steps)
def test_any_story_leaves_the_desk_sound(cast, story):
    with suppress(Undone), transaction.atomic():
        with record.at(timezone.now() - timedelta(days=1)):
            ids = [open_one(cast, f"{n}").pk for n in range(N)]
        for step in story:
            before, purged = pairs(), step[0] == "purge"
            with suppress(Refused, Denied, Hidden, Ticket.DoesNotExist), transaction.atomic():
                do(cast, ids, step)
            assert_sound(set() if purged else before)
            for ticket in Ticket.objects.filter(trashed_at=None):
                assert {entry.ticket_id for entry in timeline(ticket)} <= {ticket.pk, *merged_into(ticket)}
        reached = {pk for ticket in Ticket.objects.all() for pk in shown(ticket).values_list("pk", flat=True)}
        assert reached == set(Entry.objects.filter(deleted_at=None).values_list("pk", flat=True))
        raise Undone


def merged_into(ticket: Ticket) -> set[int]:
    return set(ticket.merges.values_list("other_id", flat=True))
