"""A merged ticket comes back from the bin, or goes for good (SPEC M10, D8)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from madoguchi import record, tickets
from madoguchi.actor import Actor
from madoguchi.errors import Hidden, Refused
from madoguchi.lists.search import search
from madoguchi.models import Attachment, Entry, Event, InboundMail, Merge, Ticket, TicketNumber
from madoguchi.tickets import indexing
from madoguchi.tickets.numbers import final
from madoguchi.tickets.timeline import may_read_file, shown
from tests.cast import Cast, open_one
from tests.tickets.merged import assert_sound, pairs


@pytest.fixture
def three(cast: Cast) -> list[Ticket]:
    """Each with a word of its own."""
    made = [open_one(cast, f"{name}の件") for name in ("甲子", "乙丑", "丙寅")]
    for ticket, word in zip(made, ("青磁", "白磁", "赤磁"), strict=True):
        tickets.comment(ticket, word, by=cast.sato)
    return made


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def words(ticket: Ticket) -> set[str]:
    return {entry.text for entry in shown(fresh(ticket)) if entry.is_comment}


def found(cast: Cast, word: str) -> list[int]:
    return [row["id"] for row in search(cast.sato, word).rows]


def test_it_comes_back_with_everything_it_had(cast, three):
    a, b, _c = three
    tickets.tag(b, ["札"], by=cast.sato)
    before = pairs()
    tickets.merge(a, [b], by=cast.sato)
    back = tickets.restore(fresh(b), by=cast.tanaka)
    assert back.merged_into is None and back.trashed_at is None and back.trashed_because == ""
    assert [row.tag.name for row in back.ticket_tags.all()] == ["札"]
    assert words(b) == {"白磁"} and words(a) == {"青磁", "白磁"}
    assert final(back) is back
    tickets.comment(back, "新規", by=cast.sato)
    assert "新規" not in words(a)
    assert found(cast, "白磁") == [b.pk]
    assert_sound(before)


def test_restoring_takes_a_supervisor(cast, three):
    a, b, _c = three
    tickets.merge(a, [b], by=cast.sato)
    with pytest.raises(Exception, match="restore"):
        tickets.restore(fresh(b), by=cast.sato)
    with pytest.raises(Hidden):
        tickets.restore(fresh(b), by=cast.suzuki)


def test_restoring_twice_changes_nothing_more(cast, three):
    a, b, _c = three
    tickets.merge(a, [b], by=cast.sato)
    tickets.restore(fresh(b), by=cast.tanaka)
    n = Event.objects.count()
    tickets.restore(fresh(b), by=cast.tanaka)
    assert Event.objects.count() == n


def test_what_was_merged_into_it_comes_along(cast, three):
    a, b, c = three
    before = pairs()
    tickets.merge(b, [c], by=cast.sato)
    tickets.merge(a, [b], by=cast.sato)
    assert fresh(c).merged_into == a
    back = tickets.restore(fresh(b), by=cast.tanaka)
    assert words(back) == {"白磁", "赤磁"} and words(a) == {"青磁", "白磁", "赤磁"}
    assert fresh(c).merged_into == b and fresh(c).trashed_at is not None
    assert tickets.reason(fresh(c).trashed_because) == f"#{b.number}に統合済み"
    indexing.index_whole([a.pk])  # the job
    assert found(cast, "赤磁") == [b.pk] and found(cast, str(c.number)) == [b.pk]
    tickets.restore(fresh(c), by=cast.tanaka)
    assert fresh(c).merged_into is None and words(c) == {"赤磁"} and words(b) == {"白磁", "赤磁"}
    assert_sound(before)


def test_only_the_innermost_comes_back(cast, three):
    a, b, c = three
    tickets.merge(b, [c], by=cast.sato)
    tickets.merge(a, [b], by=cast.sato)
    tickets.restore(fresh(c), by=cast.tanaka)
    assert fresh(b).merged_into == a and fresh(c).merged_into is None
    tickets.comment(fresh(c), "後日", by=cast.sato)
    assert "後日" not in words(a) | words(b)
    assert found(cast, "赤磁") == [c.pk]
    assert_sound(pairs())


def test_a_ticket_merged_elsewhere_after_its_restore_stays_there(cast, three):
    a, b, c = three
    tickets.merge(b, [c], by=cast.sato)
    tickets.restore(fresh(c), by=cast.tanaka)
    tickets.merge(a, [fresh(c)], by=cast.sato)
    tickets.merge(a, [fresh(b)], by=cast.sato)
    tickets.restore(fresh(b), by=cast.tanaka)
    assert fresh(c).merged_into == a and fresh(b).merged_into is None
    assert words(a) == {"青磁", "白磁", "赤磁"}
    assert_sound(pairs())


def test_merged_restored_and_merged_again(cast, three):
    a, b, _c = three
    for n in range(3):
        tickets.merge(fresh(a), [fresh(b)], by=cast.sato)
        tickets.restore(fresh(b), by=cast.tanaka)
        tickets.comment(fresh(b), f"{n}回目", by=cast.sato)
    assert words(a) == {"青磁", "白磁", "0回目", "1回目"}
    assert fresh(a).merged_n == 1
    tickets.merge(fresh(b), [fresh(a)], by=cast.sato)
    assert words(b) == {"青磁", "白磁", "0回目", "1回目", "2回目"}
    assert len(list(shown(fresh(b)))) == 7
    assert_sound(pairs())


def test_main_in_the_bin_and_back(cast, three):
    a, b, _c = three
    tickets.merge(a, [b], by=cast.sato)
    tickets.trash(fresh(a), by=cast.sato)
    tickets.restore(fresh(b), by=cast.tanaka)
    tickets.restore(fresh(a), by=cast.tanaka)
    assert words(a) == {"青磁", "白磁"} and words(b) == {"白磁"}
    assert_sound(pairs())


# -- for good


def age(ticket: Ticket, days: int) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(trashed_at=timezone.now() - timedelta(days=days))


def test_after_sixty_days_it_is_gone_from_the_bin_and_main_still_shows_it(cast, three):
    a, b, _c = three
    up = tickets.upload("a.txt", "text/plain", b"x", by=cast.sato)
    tickets.comment(b, "添付", attachments=[up], by=cast.sato)
    before = pairs()
    tickets.merge(a, [b], by=cast.sato)
    assert tickets.purge_old() == 0
    with record.at(timezone.now() + timedelta(days=61)):
        assert tickets.purge_old() == 1
        assert tickets.purge_old() == 0
    husk = fresh(b)
    assert husk.purged_at is not None and words(a) == {"青磁", "白磁", "添付"}
    with pytest.raises(Hidden):
        tickets.restore(husk, by=cast.admin)
    with pytest.raises(Refused, match="完全に削除"):
        tickets.restore(husk, by=Actor.desk())
    assert final(TicketNumber.objects.get(number=b.number).ticket) == a
    assert found(cast, "白磁") == [a.pk]
    assert may_read_file(Attachment.objects.get(), by=cast.sato)
    assert not may_read_file(Attachment.objects.get(), by=cast.suzuki)
    assert before == pairs()
    assert_sound(before)


def test_the_husk_goes_with_the_last_that_shows_it(cast, three):
    a, b, c = three
    tickets.merge(b, [c], by=cast.sato)
    tickets.merge(a, [b], by=cast.sato)
    tickets.purge(fresh(c), by=cast.tanaka)
    tickets.purge(fresh(b), by=cast.tanaka)
    assert Ticket.objects.count() == 3 and words(a) == {"青磁", "白磁", "赤磁"}
    tickets.trash(fresh(a), by=cast.sato)
    tickets.purge(fresh(a), by=cast.tanaka)
    assert not Ticket.objects.exists() and not Entry.objects.exists() and not Merge.objects.exists()
    assert_sound(set())


def test_main_goes_for_good_and_the_others_lie_for_themselves(cast, three):
    a, b, c = three
    tickets.merge(b, [c], by=cast.sato)
    tickets.merge(a, [b], by=cast.sato)
    tickets.trash(fresh(a), by=cast.sato)
    tickets.purge(fresh(a), by=cast.tanaka)
    assert not Ticket.objects.filter(pk=a.pk).exists()
    assert fresh(b).merged_into is None and fresh(c).merged_into == b
    assert tickets.reason(fresh(b).trashed_because) == f"#{a.number}に統合済み"
    tickets.restore(fresh(b), by=cast.tanaka)
    assert words(b) == {"白磁", "赤磁"} and found(cast, "白磁") == found(cast, "赤磁") == [b.pk]
    assert_sound(set())


def test_what_was_written_after_a_restore_goes_for_good(cast, three):
    a, b, _c = three
    tickets.merge(a, [b], by=cast.sato)
    tickets.restore(fresh(b), by=cast.tanaka)
    tickets.comment(fresh(b), "後日", by=cast.sato)
    tickets.trash(fresh(b), by=cast.sato)
    tickets.purge(fresh(b), by=cast.tanaka)
    indexing.index_whole([a.pk])
    assert not Entry.objects.filter(text="後日").exists() and words(a) == {"青磁", "白磁"}
    assert found(cast, "白磁") == [a.pk] and found(cast, "後日") == []
    assert_sound(set())


def test_the_raw_mail_of_a_purged_ticket_is_wiped(cast, three):
    a, b, _c = three
    tickets.merge(a, [b], by=cast.sato)
    box = cast.support_box
    InboundMail.objects.create(mailbox=box, raw=b"x", size=1, digest="d", decision="entry", ticket=b)
    tickets.purge(fresh(b), by=cast.tanaka)
    assert bytes(InboundMail.objects.get().raw) == b""


def test_indexing_anew_writes_the_same_documents(cast, three):
    a, b, c = three
    tickets.merge(b, [c], by=cast.sato)
    tickets.merge(a, [b], by=cast.sato)
    indexing.index_whole([a.pk])
    indexing.index_whole([b.pk, c.pk])
    assert found(cast, "白磁") == found(cast, "赤磁") == found(cast, "丙寅") == [a.pk]
