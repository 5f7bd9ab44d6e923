"""Pieces of pages are remembered; nobody may see that they are."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.urls import NoReverseMatch

from config.connections import Instant
from madoguchi import tickets
from madoguchi.access import grants
from madoguchi.doors.agent.jinja import url
from madoguchi.doors.agent.lately import Kept
from madoguchi.models import Agent, Entry, OutboundMail
from tests.doors.agent.conftest import text


def page_of(client, ticket) -> str:
    return text(client.get(url("ticket", number=ticket.number)))


def test_a_changed_comment_shows_at_once(cast, ticket, sato):
    note = tickets.comment(ticket, "最初の文", by=cast.sato)
    assert "最初の文" in page_of(sato, ticket)
    tickets.edit_comment(note, "直した文", by=cast.sato)
    again = page_of(sato, ticket)
    assert "直した文" in again and "最初の文" not in again


def test_a_mail_that_fails_meanwhile_says_so(cast, ticket, sato):
    entry = tickets.reply(ticket, "お待ちください", by=cast.sato)
    assert "送信待ち" in page_of(sato, ticket)
    OutboundMail.objects.filter(entry=entry).update(state="FAILED", error="550 no such user")
    failed = page_of(sato, ticket)
    assert "送信待ち" not in failed and "550 no such user" in failed and f"/entries/{entry.pk}/retries" in failed


def test_only_the_writer_is_offered_to_change_a_comment(cast, ticket, sato, sign_in):
    note = tickets.comment(ticket, "自分のメモ", by=cast.sato)
    light = sign_in(cast.light)
    for _again in range(2):
        assert f"edit=entry-{note.pk}" in page_of(sato, ticket)
        assert f"edit=entry-{note.pk}" not in page_of(light, ticket)


def test_every_reader_gets_their_language_and_time_zone(cast, ticket, sato, sign_in):
    note = tickets.comment(ticket, "メモ", by=cast.sato)
    Entry.objects.filter(pk=note.pk).update(created_at=datetime(2026, 3, 1, 20, 30, tzinfo=UTC))
    Agent.objects.filter(pk=cast.tanaka.agent.pk).update(language="en", time_zone="UTC")
    tanaka = sign_in(cast.tanaka)
    for _again in range(2):
        japanese, english = page_of(sato, ticket), page_of(tanaka, ticket)
        assert "非公開コメント" in japanese and "05:30" in japanese
        assert "Private comment" in english and "20:30" in english and "05:30" not in english


def test_a_renamed_agent_is_called_by_the_new_name(cast, ticket, sato):
    tickets.comment(ticket, "メモ", by=cast.tanaka)
    page_of(sato, ticket)
    Agent.objects.filter(pk=cast.tanaka.agent.pk).update(last_name="新田")
    assert "新田" in page_of(sato, ticket)


def test_what_is_kept_has_a_limit():
    kept = Kept(10)
    assert kept(1, lambda: "a" * 6) == "a" * 6 and kept(1, lambda: "other") == "a" * 6
    kept(2, lambda: "b" * 6)
    assert list(kept.pieces) == [2] and kept.letters == 6
    kept(3, lambda: "c" * 4)
    assert list(kept.pieces) == [2, 3]


def test_addresses_are_those_of_django():
    assert url("ticket", number=7) == "/tickets/7/" and url("tickets") == "/tickets/"
    assert url("entry_html", entry=3, number=12) == "/tickets/12/entries/3/html"
    assert url("file", key="a%d_b", name="見積 1.pdf").startswith("/files/a%25d_b/")
    assert url("ticket", number=9_000_000_000_000_001) == "/tickets/9000000000000001/"
    with pytest.raises(NoReverseMatch):
        url("ticket")
    with pytest.raises(NoReverseMatch):
        url("no_such_page", number=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "moment", ["2026-11-22 01:02:03.4+00", "1890-01-01 00:00:00+00", "9999-12-31 23:59:59.999999+00"]
)
def test_times_are_read_from_the_database_as_they_were(moment):
    with connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute("SELECT %s::timestamptz, %s::timestamptz::text", [moment, moment])
        usual, raw = cursor.fetchone()
    assert Instant(0, None).load(raw.encode()) == usual


def test_what_a_role_takes_away_is_taken_away_at_once(cast):
    agent = cast.sato.agent
    assert "merge" in grants(agent)
    agent.role.takes_away = ["merge"]
    assert "merge" not in grants(agent) and "reply" in grants(agent)
