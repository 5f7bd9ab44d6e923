"""Finding tickets by their words."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from madoguchi import people, tickets
from madoguchi.actor import Actor
from madoguchi.jobs import tasks
from madoguchi.kit import grams
from madoguchi.kit.addresses import Address
from madoguchi.lists import search
from madoguchi.lists.search import Filters
from madoguchi.models import SearchDocument, Ticket
from madoguchi.tickets import indexing
from tests.cast import open_one


def numbers(actor: Actor, q: str, **filters) -> list[int]:
    return [row["number"] for row in search.search(actor, q, Filters(**filters)).rows]


def test_a_ticket_is_found_as_soon_as_it_is_open(cast, ticket):
    for q in (
        "返金",
        "返金はいつ",
        "金",
        "12345",
        "山田",
        "山田 返金",
        "hanako@midori.example",
        "みどり商事",
        "㈱みどり",
        str(ticket.number),
    ):
        assert numbers(cast.sato, q) == [ticket.number], q
    assert numbers(cast.sato, "領収書") == [] and numbers(cast.sato, "") == []


def test_every_entry_is_found_with_subject_and_contact(cast, ticket):
    tickets.reply(ticket, "倉庫へ確認しました", by=cast.sato)
    tickets.comment(ticket, "社内では山本が担当", by=cast.sato)
    assert numbers(cast.sato, "倉庫 山田") == numbers(cast.sato, "山本 返金") == [ticket.number]


def test_an_edited_comment_is_found_by_its_new_words_and_a_deleted_one_no_more(cast, ticket):
    note = tickets.comment(ticket, "古い言葉", by=cast.sato)
    tickets.edit_comment(note, "新品の言葉", by=cast.sato)
    assert (numbers(cast.sato, "古い"), numbers(cast.sato, "新品")) == ([], [ticket.number])
    tickets.delete_comment(note, by=cast.sato)
    assert numbers(cast.sato, "新品") == []


def test_edited_fields_and_tags_are_found(cast, ticket):
    tickets.edit(ticket, {"subject": "漆器の破損", "category": "品質"}, by=cast.sato)
    tickets.tag(ticket, ["至急"], by=cast.sato)
    assert numbers(cast.sato, "漆器") == numbers(cast.sato, "品質") == numbers(cast.sato, "至急") == [ticket.number]
    tasks.index_ticket(ticket_id=ticket.pk)
    assert numbers(cast.sato, "返金はいつ") == []
    tickets.untag(ticket, ["至急"], by=cast.sato)
    assert numbers(cast.sato, "至急") == []


def test_another_department_finds_nothing_until_the_ticket_is_moved_there(cast, ticket):
    assert numbers(cast.suzuki, "返金") == [] and numbers(cast.admin, "返金") == [ticket.number]
    tickets.move(ticket, cast.billing, by=cast.sato)
    assert numbers(cast.suzuki, "返金") == [ticket.number] and numbers(cast.sato, "返金") == []


def test_a_document_left_in_another_department_still_shows_nothing(cast, ticket):
    SearchDocument.objects.update(department_id=cast.billing.pk)
    assert numbers(cast.suzuki, "返金") == []


def test_an_agent_of_several_departments_finds_in_all_and_narrows_to_one(cast, ticket):
    both = cast.actor(cast.sato.agent)
    both.agent.__dict__["own_department_ids"] = (cast.support.pk, cast.billing.pk)
    other = open_one(cast, department=cast.billing, mailbox=None)
    assert numbers(both, "返金") == [other.number, ticket.number]
    assert numbers(both, "返金", department_id=cast.billing.pk) == [other.number]
    assert numbers(both, "返金", department_id=cast.delivery.pk) == []


def test_neither_the_bin_nor_spam_is_searched(cast, ticket):
    tickets.mark_spam(ticket, by=cast.sato)
    assert numbers(cast.sato, "返金") == [] and numbers(cast.sato, "返金", spam=True) == [ticket.number]
    tickets.unmark_spam(ticket, by=cast.sato)
    tickets.trash(ticket, by=cast.sato)
    assert numbers(cast.sato, "返金") == []
    tickets.restore(ticket, by=cast.tanaka)
    assert numbers(cast.sato, "返金") == [ticket.number]


def test_a_contact_who_is_renamed_is_found_by_the_new_name_and_address(cast, ticket):
    people.edit_contact(cast.yamada, {"last_name": "髙橋"}, emails=["new@midori.example"], by=cast.sato)
    tasks.index_contact(contact_id=cast.yamada.pk)
    assert numbers(cast.sato, "高橋 返金") == numbers(cast.sato, "new@midori.example") == [ticket.number]


def test_an_account_that_is_renamed_is_found_by_the_new_name(cast, ticket):
    people.edit_account(cast.midori, {"name": "あかね物産"}, by=cast.sato)
    tasks.index_account(account_id=cast.midori.pk)
    assert numbers(cast.sato, "あかね 返金") == [ticket.number]


def test_a_rename_queues_the_job_with_the_change(cast):
    people.edit_contact(cast.yamada, {"first_name": "華子"}, by=cast.sato)
    people.edit_contact(cast.yamada, {"title": "部長"}, by=cast.sato)
    with connection.cursor() as cursor:
        cursor.execute("SELECT (args ->> 'contact_id')::int FROM procrastinate_jobs WHERE task_name = 'index_contact'")
        assert cursor.fetchall() == [(cast.yamada.pk,)]


def test_search_narrows_by_place_and_field(cast, ticket):
    tickets.assign(ticket, cast.sato.agent, by=cast.sato)
    found, sato = [ticket.number], cast.sato
    assert numbers(sato, "返金", where="subject") == numbers(sato, "注文番号", where="messages") == found
    assert numbers(sato, "注文番号", where="subject") == numbers(sato, "山田", where="subject") == []
    assert numbers(sato, "山田", where="contact") == numbers(sato, "返金", assignee_id=sato.agent.pk) == found
    assert numbers(sato, "返金", unassigned=True) == numbers(sato, "返金", state="Closed") == []
    assert numbers(sato, "返金", contact_id=cast.takahashi.pk) == numbers(sato, "返金", with_files=True) == []
    assert numbers(sato, "返金", contact_id=cast.yamada.pk) == numbers(sato, "返金", account_id=cast.midori.pk) == found


def test_contacts_find_only_what_is_public_and_theirs(cast, ticket):
    tickets.comment(ticket, "社外秘の件", by=cast.sato)
    yamada, makoto = Actor(contact=cast.yamada, door="help"), Actor(contact=cast.takahashi, door="help")
    assert numbers(yamada, "返金", public=True) == [ticket.number] and numbers(makoto, "返金", public=True) == []
    assert numbers(cast.sato, "社外秘") == [ticket.number] and numbers(yamada, "社外秘", public=True) == []


def test_a_blind_copy_is_found_by_agents_only(cast, ticket):
    tickets.reply(ticket, "送ります", bcc=[Address("", "boss@hidden.example")], by=cast.sato)
    assert numbers(cast.sato, "boss@hidden.example") == [ticket.number]
    assert numbers(Actor(contact=cast.yamada, door="help"), "boss@hidden.example", public=True) == []


def test_pages_repeat_no_ticket_and_miss_none(cast):
    made = [open_one(cast, f"返金 {n}").number for n in range(7)]
    tickets.comment(Ticket.objects.get(number=made[0]), "返金しました", by=cast.sato)
    seen: list[int] = []
    cursor = ""
    while True:
        found = search.search(cast.sato, "返金", cursor=cursor, size=3)
        seen += [row["number"] for row in found.rows]
        cursor = found.older
        if not cursor:
            break
    assert seen == [made[0], *reversed(made[1:])]


@pytest.mark.parametrize(
    "newest, rare, farthest", [(2_000, 2_000, 100_000), (1, 2_000, 100_000), (1, 1, 100_000), (1, 1, 3)]
)
def test_all_three_ways_find_the_same(cast, monkeypatch, newest, rare, farthest):
    made = [open_one(cast, f"返金 {n}").number for n in range(6)]
    monkeypatch.setattr(search, "NEWEST", newest)
    monkeypatch.setattr(search, "MOST_RARE", rare)
    monkeypatch.setattr(search, "FARTHEST", farthest)
    seen, cursor = [], ""
    for _page in range(20):
        found = search.search(cast.sato, "返金", cursor=cursor, size=2)
        seen += [row["number"] for row in found.rows]
        assert found.complete or found.older
        if not (cursor := found.older):
            break
    assert seen == made[::-1]


def test_a_page_of_many_takes_no_more_statements_than_one_of_few(cast):
    def statements(n):
        with CaptureQueriesContext(connection) as asked:
            assert len(search.search(cast.sato, "返金", size=50).rows) == n
        return len(asked)

    for n in range(3):
        open_one(cast, f"返金 {n}")
    few = statements(3)
    for n in range(27):
        open_one(cast, f"返金 {n}")
    assert statements(30) <= few <= 5


@pytest.mark.parametrize(
    "q",
    [
        "' & | ! <-> :*",
        "'",
        "\\",
        "a'b\\c",
        "%s %(x)s",
        "\x00",
        "😀",
        "返" * 10_000,
        "a " * 5_000,
        "(((",
        ":*A",
        "\ud800",
        '"',
        '"返金',
        "!!返金",
    ],
)
def test_nothing_one_can_type_is_an_error(cast, ticket, q):
    numbers(cast.sato, q)
    search.glimpse(cast.sato, q, 5)


@given(st.text(max_size=60))
def test_postgresql_takes_every_query_and_every_text(django_db_blocker, django_db_setup, text):
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        sections = [("A", text), ("D", text)]
        cursor.execute("SELECT %s::tsvector @@ %s::tsquery", [grams.vector(sections), grams.query(text)])
        assert cursor.fetchone()[0] or not grams.query(text)


def test_words_are_marked_in_subject_and_message(cast, ticket):
    (row,) = search.search(cast.sato, "返金 注文").rows
    assert ("返金", True) in row["marked"] and ("注文", True) in row["snippet"]
    assert row["department"] == "サポート" and row["contact"] == "山田 花子"


def test_reindexing_writes_the_same_documents(cast, ticket):
    tickets.tag(ticket, ["至急"], by=cast.sato)
    tickets.reply(ticket, "倉庫へ確認しました", by=cast.sato)
    before = set(SearchDocument.objects.values_list("id", "entry_id", "department_id", "is_public", "vector"))
    SearchDocument.objects.all().delete()
    assert indexing.is_anything_missing()
    assert tasks.index_missing() == 1
    assert set(SearchDocument.objects.values_list("id", "entry_id", "department_id", "is_public", "vector")) == before
    assert not indexing.is_anything_missing() and tasks.index_missing() == 0


def test_purging_takes_the_documents_along(cast, ticket):
    tickets.trash(ticket, by=cast.sato)
    tickets.purge(ticket, by=cast.tanaka)
    assert not SearchDocument.objects.exists()
