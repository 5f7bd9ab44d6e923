"""Statements written down once say what the ORM says."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, Q

from madoguchi.models import Entry, Ticket
from madoguchi.prepared import Prepared, fetch
from tests.cast import Cast, gather, open_one


@pytest.fixture
def cast(db: None) -> Cast:
    return gather()


def in_turn(query: Prepared, **values: object) -> list[object]:
    """Often enough for the server to keep a plan."""
    for _ in range(8):
        found = query(**values)
    return found


def test_rows_come_with_what_they_point_to_and_their_json(cast: Cast) -> None:
    ticket = open_one(cast, more={"custom": {}})
    ticket.custom = {"cf_order": "100%"}
    ticket.save()
    by_number = Prepared(lambda mark: Ticket.objects.with_people().filter(numbers__number=mark.number("number")))
    [found] = in_turn(by_number, number=ticket.number)
    assert found == ticket and found.custom == {"cf_order": "100%"} and found.created_at == ticket.created_at
    with pytest.raises(AssertionError, match="no more statements"), forbidden():
        Ticket.objects.first()
    with forbidden():
        assert (found.contact.name, found.department.name, found.assignee) == ("山田 花子", "サポート", None)
    assert in_turn(by_number, number=ticket.number + 1) == []


def test_marks_keep_their_places_and_constants_theirs(cast: Cast) -> None:
    for subject in ("100% 返金", "50% 返金", "配送 %s%"):
        open_one(cast, subject)
    query = Prepared(
        lambda mark: (
            Ticket.objects.filter(Q(subject__contains="%") & Q(subject=mark.text("subject")))
            .filter(created_at__lt=mark.time("before"), department=mark.number("department"), is_spam=False)
            .annotate(entries_n=Count("entries"))
            .order_by("subject")
            .values("subject", "entries_n")
        )
    )
    later = datetime.now(UTC) + timedelta(days=1)
    found = [{"subject": "50% 返金", "entries_n": 1}]
    assert in_turn(query, subject="50% 返金", before=later, department=cast.support.pk) == found
    assert in_turn(query, subject="配送 %s%", before=later, department=cast.support.pk)[0]["subject"] == "配送 %s%"  # type: ignore[index]
    assert in_turn(query, subject="50% 返金", before=later, department=cast.billing.pk) == []
    assert in_turn(query, subject="50% 返金", before=later - timedelta(days=2), department=cast.support.pk) == []


def test_a_mark_that_the_orm_changed_is_an_error(db: None) -> None:
    query = Prepared(lambda mark: Ticket.objects.filter(subject__endswith=mark.text("end")))
    with pytest.raises(LookupError, match="end"):
        query(end="返金")


def test_one_column_comes_flat_and_several_as_tuples(cast: Cast) -> None:
    ticket = open_one(cast)
    flat = Prepared(lambda mark: Entry.objects.filter(ticket=mark.number("ticket")).values_list("text", flat=True))
    several = Prepared(lambda mark: Entry.objects.filter(ticket=mark.number("ticket")).values_list("kind", "direction"))
    assert flat(ticket=ticket.pk) == ["注文番号 12345 の返金について教えてください。"]
    assert several(ticket=ticket.pk) == [("thread", "in")]


def test_a_plan_is_kept_for_the_connection(db: None) -> None:
    for n in range(8):
        assert fetch("SELECT %s::bigint + 1 AS kept_plan", [n]) == [(n + 1,)]
    kept = fetch(
        "SELECT max(generic_plans + custom_plans) FROM pg_prepared_statements WHERE statement LIKE '%%kept_plan%%'"
    )
    assert kept[0][0] >= 8


def test_an_error_of_the_database_is_told_as_one_of_djangos(db: None) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        fetch("SELECT 1 / %s::int", [0])
    assert fetch("SELECT 1") == [(1,)]


class forbidden:
    """Nothing may be asked of the database in here."""

    def __enter__(self) -> None:
        self.wrapper = connection.execute_wrapper(self.refuse)
        self.wrapper.__enter__()

    def __exit__(self, *error: object) -> None:
        self.wrapper.__exit__(*error)

    def refuse(self, *_: object) -> None:
        raise AssertionError("no more statements")
