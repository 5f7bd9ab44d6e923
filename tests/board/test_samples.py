"""The sample cards of the customer classification mode (SPEC C9)."""

import threading

import pytest
from django.core.management import call_command
from django.db import connection

from madoguchi import tally
from madoguchi.board import modes, reading, samples
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.lists import search, views
from madoguchi.models import (
    BoardSample,
    Contact,
    CrmClass,
    Department,
    Entry,
    Event,
    OutboundMail,
    SearchDocument,
    Ticket,
)
from madoguchi.organisation import crm
from tests.cast import gather, open_one

CRM = modes.MODES["crm"]


def keys(cast, by=None, department=None):
    return [sample.column for sample in samples.of(department or cast.support, by=by or cast.sato)]


def test_the_first_use_makes_one_of_each_class_in_the_departments_language(connected):
    cast = connected
    assert keys(cast) == keys(cast) == ["customers", "potentials", "contacts_leads", "unmapped"]
    assert BoardSample.objects.count() == 4
    told = samples.of(cast.support, by=cast.sato)[3]
    assert (told.subject, told.sender) == ("問い合わせサンプル：はじめてのお問い合わせ", "見本 太郎")
    Department.objects.filter(pk=cast.support.pk).update(language="en")
    cast.support.refresh_from_db()
    told = samples.of(cast.support, by=cast.sato)[3]
    assert (told.subject, told.sender) == ("Sample ticket: a first inquiry", "Sample Sender")
    assert keys(cast, cast.suzuki, cast.billing) == ["customers", "potentials", "contacts_leads", "unmapped"]
    assert BoardSample.objects.count() == 8


def test_without_a_crm_there_are_none(cast):
    assert keys(cast) == [] and not BoardSample.objects.exists()


def test_a_column_with_nothing_but_its_sample_is_shown_until_that_is_closed(connected, of_class):
    cast = connected
    of_class(CrmClass.DEAL, "商談の方")
    board = reading.board(cast.support, CRM, by=cast.sato)

    def columns():
        found = samples.with_samples(board, samples.of(cast.support, by=cast.sato), cast.support, by=cast.sato)
        return [(filled.column.key, filled.count, sample is not None) for filled, sample in found]

    assert columns() == [("customers", 0, True), ("potentials", 1, True), ("contacts_leads", 0, True), ("unmapped", 0, True)]  # fmt: skip
    for sample in samples.of(cast.support, by=cast.sato):
        samples.close(samples.find(sample.id, by=cast.sato), by=cast.sato)
    assert columns() == [("potentials", 1, False)]
    assert keys(cast) == [] and BoardSample.objects.count() == 4  # not made again


def test_a_reply_is_kept_and_nothing_is_mailed(connected):
    cast = connected
    sample = samples.find(samples.of(cast.support, by=cast.sato)[0].id, by=cast.sato)
    samples.reply(sample, "  お試しの返信です。\x00 ", by=cast.sato)
    told = samples.of(cast.support, by=cast.sato)[0]
    assert told.reply == "お試しの返信です。" and told.replied_at is not None
    for text, code in ((" \n", "EMPTY"), ("あ" * 10_001, "TOO_LONG")):
        with pytest.raises(Refused) as refusal:
            samples.reply(sample, text, by=cast.sato)
        assert refusal.value.code == code
    assert samples.of(cast.support, by=cast.sato)[0].reply == "お試しの返信です。"
    assert not OutboundMail.objects.exists() and not Entry.objects.exists() and not Ticket.objects.exists()


def test_they_are_in_no_list_search_figure_or_count(connected):
    cast = connected
    open_one(cast, "本物")
    contacts, events, documents = Contact.objects.count(), Event.objects.count(), SearchDocument.objects.count()
    figures = tally.figures()
    for sample in samples.of(cast.support, by=cast.sato):
        samples.reply(samples.find(sample.id, by=cast.sato), "サンプルへの返信", by=cast.sato)
    assert sum(reading.counts(cast.support, CRM, by=cast.sato).values()) == 1
    assert reading.board(cast.support, CRM, by=cast.sato).total == 1
    for view in views.VIEWS.values():
        rows = views.of(view, cast.support, cast.sato.agent)
        assert not rows.exclude(subject="本物").exists(), view.key
    assert views.counts_of(cast.support, cast.sato.agent)["open"] == 1
    for words in ("サンプル", "見本", "見本 太郎", "はじめて"):
        assert search.search(cast.admin, words).rows == []
    call_command("recount", "--check")
    assert (Contact.objects.count(), Event.objects.count(), SearchDocument.objects.count()) == (contacts, events, documents)  # fmt: skip
    assert tally.figures() == figures
    assert not OutboundMail.objects.exists()


def test_who_may(connected):
    cast = connected
    [first, *_rest] = samples.of(cast.support, by=cast.light)
    sample = samples.find(first.id, by=cast.light)
    for verb in (lambda: samples.reply(sample, "返信", by=cast.light), lambda: samples.close(sample, by=cast.light), lambda: samples.remove_all(by=cast.tanaka)):  # fmt: skip
        with pytest.raises(Denied):
            verb()
    for verb in (
        lambda: samples.of(cast.support, by=cast.suzuki),
        lambda: samples.find(first.id, by=cast.suzuki),
        lambda: samples.reply(sample, "返信", by=cast.suzuki),
        lambda: samples.close(sample, by=cast.suzuki),
        lambda: samples.find(10**30, by=cast.sato),
    ):
        with pytest.raises(Hidden):
            verb()
    sample.refresh_from_db()
    assert (sample.reply, sample.closed_at) == ("", None)


def test_an_administrator_removes_all_of_them_for_good(connected):
    cast = connected
    keys(cast)
    assert samples.remove_all(by=cast.admin) == 4
    assert (
        keys(cast) == [] and keys(cast, cast.suzuki, cast.billing) == [] and keys(cast, cast.ito, cast.delivery) == []
    )
    assert samples.remove_all(by=cast.admin) == 0


@pytest.mark.django_db(transaction=True)
def test_two_who_open_the_board_first_at_once_find_four():
    cast = gather()
    crm.connect_builtin(by=cast.admin)
    start, found = threading.Barrier(4), []

    def look(by):
        start.wait()
        try:
            found.append([sample.column for sample in samples.of(cast.support, by=by)])
        finally:
            connection.close()

    threads = [threading.Thread(target=look, args=(by,)) for by in (cast.sato, cast.tanaka, cast.light, cast.admin)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == [["customers", "potentials", "contacts_leads", "unmapped"]] * 4
    assert BoardSample.objects.count() == 4
