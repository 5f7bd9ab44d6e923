from datetime import timedelta

import pytest

from madoguchi import record, tickets
from madoguchi.lists import selecting, views
from tests.cast import open_one


def shown(view: str, cast) -> set[str]:
    return set(views.of(views.VIEWS[view], cast.support, cast.sato.agent).values_list("subject", flat=True))


@pytest.fixture
def six(cast):
    """One ticket of each kind."""
    now = record.now()
    made = {name: open_one(cast, name) for name in ("open", "mine", "late", "held", "closed", "spam", "binned")}
    tickets.assign(made["mine"], cast.sato.agent, by=cast.sato)
    tickets.edit(made["late"], {"due_at": now - timedelta(hours=1)}, by=cast.sato)
    tickets.hold(made["held"], by=cast.sato)
    tickets.close(made["closed"], by=cast.sato)
    tickets.mark_spam(made["spam"], by=cast.sato)
    tickets.trash(made["binned"], by=cast.sato)
    open_one(cast, "経理のもの", department=cast.billing, mailbox=None)
    return made


def test_each_view_holds_its_tickets_and_no_others(cast, six):
    assert shown("open", cast) == {"open", "mine", "late"}
    assert shown("mine", cast) == {"mine"}
    assert shown("unassigned", cast) == {"open", "late"}
    assert shown("overdue", cast) == {"late"}
    assert shown("on_hold", cast) == {"held"}
    assert shown("closed", cast) == {"closed"}
    assert shown("spam", cast) == {"spam"}
    assert shown("all", cast) == {"open", "mine", "late", "held", "closed"}


def test_a_reply_of_today_puts_the_ticket_among_the_answered(cast, six):
    with record.at(record.now() - timedelta(days=2)):
        tickets.reply(six["mine"], "先日の返信", by=cast.sato)
    assert shown("answered", cast) == set()
    tickets.reply(six["open"], "今日の返信", by=cast.sato)
    assert shown("answered", cast) == {"open"}


def test_all_counts_come_in_one_statement_and_stop_at_the_cap(cast, six, django_assert_num_queries):
    with django_assert_num_queries(1):
        counted = views.counts_of(cast.support, cast.sato.agent, also=[views.VIEWS["closed"]])
    figures = {"open": 3, "mine": 1, "unassigned": 2, "overdue": 1, "on_hold": 1, "closed": 1, "spam": 1, "shared": 0}
    assert counted == figures
    assert selecting.counts({"x": selecting.EVERYTHING}, cap=2) == {"x": 3}
