"""Merging tickets of one customer (SPEC M)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from madoguchi import record, tickets
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Hidden, Merged, Refused
from madoguchi.lists.search import search
from madoguchi.models import (
    CustomField,
    Draft,
    Entry,
    Event,
    Follower,
    Merge,
    Presence,
    Product,
    Role,
    Status,
    Ticket,
    TicketNumber,
)
from madoguchi.organisation.founding import add_agent
from madoguchi.tickets import attending
from madoguchi.tickets.comparing import compare, result
from madoguchi.tickets.mergeable import NotMergeable
from madoguchi.tickets.numbers import final
from madoguchi.tickets.timeline import files, shown, shown_public, timeline
from tests.cast import Cast, open_one
from tests.tickets.merged import assert_sound, pairs


def at(hours: float):
    return record.at(timezone.now() - timedelta(hours=hours))


@pytest.fixture
def trio(cast: Cast) -> list[Ticket]:
    """The seed's example: by mail, by chat, by the help center."""
    with at(5):
        first = open_one(cast, "メールの同期についての不具合")
    with at(4):
        second = open_one(cast, "メールのアカウントに関する問題", channel="Chat")
    with at(3):
        third = open_one(cast, "新しいデバイスでメールを同期できない", channel="Web")
    return [first, second, third]


def texts(ticket: Ticket) -> list[str]:
    return [entry.text for entry in timeline(Ticket.objects.get(pk=ticket.pk))]


def test_the_main_ticket_shows_everything_in_the_order_of_time(cast, trio):
    first, second, third = trio
    with at(2):
        tickets.comment(second, "電話済み", by=cast.sato)
    with at(1):
        tickets.comment(first, "調査中", by=cast.sato)
    before = pairs()
    main = tickets.merge(first, [second, third], by=cast.sato)
    assert main is first
    found = timeline(main)
    assert [entry.text for entry in found][3:] == ["電話済み", "調査中"]
    assert [entry.came_from for entry in found] == [None, second.number, third.number, second.number, None]
    assert (main.thread_n, main.comment_n, main.merged_n) == (3, 2, 2)
    assert before == pairs()
    assert_sound(before)


def test_the_others_lie_in_the_bin_and_lead_to_the_main_one(cast, trio):
    first, second, third = trio
    tickets.merge(first, [second, third], by=cast.sato)
    for other in Ticket.objects.filter(pk__in=[second.pk, third.pk]):
        assert other.trashed_at is not None and other.trashed_by == cast.sato.agent
        assert tickets.reason(other.trashed_because, other.merged_into) == f"#{first.number}に統合済み"
        assert final(other) == first
    assert final(first) is first


def test_a_merge_into_a_merged_ticket_goes_to_the_last_of_the_chain(cast, trio):
    first, second, third = trio
    tickets.merge(first, [second], by=cast.sato)
    main = tickets.merge(Ticket.objects.get(pk=second.pk), [third], by=cast.sato)
    assert main == first
    assert final(Ticket.objects.get(pk=third.pk)) == first


def test_five_deep(cast):
    chain = [open_one(cast, f"{n}番目") for n in range(6)]
    before = pairs()
    for n in range(5):
        tickets.merge(chain[n + 1], [chain[n]], by=cast.sato)
    last = Ticket.objects.get(pk=chain[5].pk)
    assert last.merged_n == 5 and last.thread_n == 6
    assert shown(last).count() == 6
    assert {entry.came_from for entry in shown(last)} == {None, *(t.number for t in chain[:5])}
    assert {t.merged_into_id for t in Ticket.objects.exclude(pk=last.pk)} == {last.pk}
    assert_sound(before)


def test_main_keeps_its_own_values_unless_told_otherwise(cast, trio):
    first, second, _third = trio
    tickets.edit(second, {"priority": "High", "category": "メール"}, by=cast.sato)
    tickets.merge(first, [second], by=cast.sato)
    assert (first.priority, first.category) == ("", "")
    row = Merge.objects.get()
    assert row.given_up["priority"] == "High" and row.kept == []


def test_chosen_values_are_taken_and_stand_in_the_history_of_both(cast, trio):
    first, second, third = trio
    due = timezone.now() + timedelta(days=1)
    tickets.edit(second, {"priority": "High", "due_at": due}, by=cast.sato)
    tickets.assign(third, cast.tanaka.agent, by=cast.sato)
    keep = {"subject": second, "priority": second, "due_at": second, "assignee": third}
    tickets.merge(first, [second, third], keep=keep, by=cast.sato)
    assert (first.subject, first.priority, first.due_at) == (second.subject, "High", due)
    assert first.assignee == cast.tanaka.agent
    told = Event.objects.get(verb="ticket.merged")
    assert told.ticket == first
    assert told.before["subject"] == "メールの同期についての不具合" and told.after["subject"] == second.subject
    assert [row["label"] for row in told.after["merged"]] == [str(second), str(third)]
    away = Event.objects.get(verb="ticket.merged_away", ticket=third)
    assert away.after["given_up"]["subject"] == third.subject
    assert away.after["merged_into"]["id"] == str(first.pk)
    assert sorted(Merge.objects.get(other=second).kept) == ["due_at", "priority", "subject"]
    assert "subject" not in Merge.objects.get(other=second).given_up


def test_an_empty_value_can_be_chosen(cast, trio):
    first, second, _third = trio
    tickets.edit(first, {"priority": "High"}, by=cast.sato)
    tickets.merge(first, [second], keep={"priority": second}, by=cast.sato)
    assert first.priority == ""


def test_overdue_time_goes_with_the_due_date(cast, trio):
    first, second, third = trio
    tickets.edit(second, {"due_at": timezone.now() - timedelta(hours=2)}, by=cast.sato)
    comparison = compare(trio, by=cast.sato)
    rows = {row.key: row for row in comparison.rows}
    assert rows["overdue"].bound_to == "due_at" and 7190 < rows["overdue"].values[1] < 7210
    tickets.merge(first, [second], keep={"overdue": second}, by=cast.sato)
    assert first.is_overdue and first.due_at == second.due_at
    with pytest.raises(Refused, match="期限と遅延時間"):
        tickets.merge(first, [third], keep={"overdue": third, "due_at": first}, by=cast.sato)


def test_no_due_date_differs_from_one_not_yet_past(cast, trio):
    first, second, _third = trio
    for ticket, due_at in ((first, None), (second, timezone.now() + timedelta(hours=2))):
        tickets.edit(ticket, {"due_at": due_at}, by=cast.sato)
    rows = {row.key: row for row in compare([first, second], by=cast.sato).rows}
    assert rows["overdue"].differs
    tickets.edit(first, {"due_at": timezone.now() + timedelta(hours=3)}, by=cast.sato)
    rows = {row.key: row for row in compare([first, second], by=cast.sato).rows}
    assert rows["due_at"].differs and not rows["overdue"].differs


def test_a_chosen_status_moves_the_clocks(cast, trio):
    first, second, third = trio
    tickets.close(second, by=cast.sato)
    tickets.merge(first, [second], keep={"status": second}, by=cast.sato)
    assert first.is_closed and first.closed_at is not None
    assert first.resolution_s == int((first.closed_at - first.created_at).total_seconds())
    tickets.merge(first, [third], keep={"status": third}, by=cast.sato)
    assert not first.is_closed and first.closed_at is None and first.reopened_n == 1


def test_times_stay_those_of_main_but_who_waits_waits_on(cast, trio):
    first, second, third = trio
    with at(2):
        tickets.reply(second, "確認します", by=cast.sato)
    tickets.merge(first, [second, third], by=cast.sato)
    assert first.first_response_s is None and first.response_n == 0
    assert first.waiting == sorted([*first.waiting]) and len(first.waiting) == 2
    assert first.waiting_since is not None
    assert first.last_message_at == second.last_message_at and first.last_thread["direction"] == "out"
    tickets.reply(first, "お待たせしました", by=cast.sato)
    assert first.response_n == 2 and first.waiting == []
    assert_sound(pairs())


@pytest.mark.parametrize("key", ["created_at", "response", "on_hold", "nothing", "cf:cf_nothing"])
def test_locked_and_unknown_fields_are_refused(cast, trio, key):
    first, second, _third = trio
    with pytest.raises(Refused) as refusal:
        tickets.merge(first, [second], keep={key: second}, by=cast.sato)
    assert (refusal.value.code, refusal.value.field) == ("MERGE_FIELD", key)
    assert Ticket.objects.filter(trashed_at=None).count() == 3 and not Merge.objects.exists()


def test_a_value_of_a_ticket_that_is_not_in_the_merge_is_refused(cast, trio):
    first, second, third = trio
    with pytest.raises(Refused, match="対象ではありません"):
        tickets.merge(first, [second], keep={"subject": third}, by=cast.sato)


def test_numbers_change_places(cast, trio):
    first, second, _third = trio
    one, two = first.number, second.number
    before = pairs()
    tickets.merge(first, [second], keep={"number": second}, by=cast.sato)
    assert (first.number, second.number) == (two, one)
    assert TicketNumber.objects.get(number=two).ticket == first
    assert Event.objects.get(verb="ticket.merged").before["number"] == one
    assert final(TicketNumber.objects.get(number=one).ticket) == first
    tickets.restore(Ticket.objects.get(pk=second.pk), by=cast.tanaka)
    assert Ticket.objects.get(pk=second.pk).number == one
    assert TicketNumber.objects.get(number=one).ticket == second
    assert_sound(before)


def test_custom_fields_only_where_the_department_has_them(cast):
    kind = CustomField.Kind.TEXT
    for department, name in ((cast.support, "cf_order"), (cast.billing, "cf_order"), (cast.billing, "cf_invoice")):
        CustomField.objects.create(department=department, label=name, api_name=name, kind=kind)
    by = cast.admin
    first = open_one(cast)
    second = open_one(cast, department=cast.billing, mailbox=None)
    tickets.edit(second, {"custom": {"cf_order": "A1", "cf_invoice": "I9"}}, by=by)
    rows = {row.key: row for row in compare([first, second], by=by).rows}
    assert rows["cf:cf_order"].chosen == 1 and not rows["cf:cf_order"].locked
    assert rows["cf:cf_invoice"].locked and rows["cf:cf_invoice"].chosen == 0
    with pytest.raises(Refused):
        tickets.merge(first, [second], keep={"cf:cf_invoice": second}, by=by)
    tickets.merge(first, [second], keep={"cf:cf_order": second}, by=by)
    assert first.custom == {"cf_order": "A1"}
    assert Merge.objects.get().given_up["cf:cf_invoice"] == "I9"


def test_an_assignee_of_another_department_cannot_be_chosen(cast):
    first, second = open_one(cast), open_one(cast, department=cast.billing, mailbox=None)
    tickets.assign(second, cast.suzuki.agent, by=cast.admin)
    assert {r.key: r.chosen for r in compare([first, second], by=cast.admin).rows}["assignee"] == 0
    with pytest.raises(Refused) as refusal:
        tickets.merge(first, [second], keep={"assignee": second}, by=cast.admin)
    assert (refusal.value.code, refusal.value.field) == ("NOT_OF_DEPARTMENT", "assignee")


def test_a_product_of_another_department_cannot_be_chosen(cast):
    product = Product.objects.create(name="プリンタ", code="P-1")
    product.departments.add(cast.billing)
    first, second = open_one(cast), open_one(cast, department=cast.billing, mailbox=None)
    tickets.edit(second, {"product": product}, by=cast.admin)
    with pytest.raises(Refused):
        tickets.merge(first, [second], keep={"product": second}, by=cast.admin)


def test_tags_followers_and_copies_are_united(cast, trio):
    first, second, _third = trio
    tickets.tag(first, ["急ぎ"], by=cast.sato)
    tickets.tag(second, ["メール", "急ぎ"], by=cast.sato)
    tickets.follow(second, [cast.tanaka.agent], by=cast.sato)
    tickets.set_secondary_contacts(second, [cast.takahashi], by=cast.sato)
    tickets.merge(first, [second], by=cast.sato)
    assert [row.tag.name for row in first.ticket_tags.all()] == ["急ぎ", "メール"]
    assert [row.agent for row in first.followers.all()] == [cast.tanaka.agent]
    assert [row.contact for row in first.secondary_contacts.all()] == [cast.takahashi]
    told = Event.objects.get(verb="ticket.merged").after
    assert (told["tags"], told["followers"], told["people"]) == (["メール"], ["田中 美咲"], ["高橋 誠"])
    assert second.ticket_tags.count() == 2


def test_who_cannot_see_the_main_ticket_does_not_follow_it(cast):
    first, second = open_one(cast), open_one(cast, department=cast.billing, mailbox=None)
    tickets.follow(second, [cast.suzuki.agent, cast.admin.agent], by=cast.admin)
    tickets.merge(first, [second], by=cast.admin)
    assert [row.agent for row in Follower.objects.filter(ticket=first)] == [cast.admin.agent]


def test_drafts_go_on_on_the_main_ticket(cast, trio):
    first, second, third = trio
    tickets.save_draft(second, "reply", {"body": "第二"}, by=cast.sato)
    tickets.save_draft(first, "note", {"body": "第一"}, by=cast.sato)
    tickets.save_draft(third, "note", {"body": "第三"}, by=cast.sato)
    tickets.merge(first, [second, third], by=cast.sato)
    found = {draft.mode: draft.fields["body"] for draft in Draft.objects.filter(ticket=first)}
    assert found == {"reply": "第二", "note": "第一\n\n第三"}
    assert Draft.objects.count() == 2


def test_nobody_looks_at_the_merged_ticket_any_more(cast, trio):
    first, second, _third = trio
    attending.attend(second, "viewing", by=cast.tanaka)
    tickets.merge(first, [second], by=cast.sato)
    assert not Presence.objects.exists()


def test_files_of_all_are_there(cast, trio):
    first, second, _third = trio
    tickets.add_file(second, "log.txt", "text/plain", b"x", by=cast.sato)
    up = tickets.upload("a.png", "image/png", b"y", by=cast.sato)
    tickets.comment(second, "画像", attachments=[up], by=cast.sato)
    tickets.merge(first, [second], by=cast.sato)
    assert sorted(file.name for file in files(first)) == ["a.png", "log.txt"]
    assert first.attachment_n == 2
    tickets.restore(Ticket.objects.get(pk=second.pk), by=cast.tanaka)
    again = Ticket.objects.get(pk=second.pk)
    tickets.add_file(again, "later.txt", "text/plain", b"z", by=cast.sato)
    assert sorted(file.name for file in files(first)) == ["a.png", "log.txt"]
    assert sorted(file.name for file in files(again)) == ["a.png", "later.txt", "log.txt"]


def test_the_customer_sees_what_is_public_of_all(cast, trio):
    first, second, _third = trio
    tickets.comment(second, "内緒", by=cast.sato)
    tickets.comment(second, "公開", public=True, by=cast.sato)
    tickets.merge(first, [second], by=cast.sato)
    found = [entry.text for entry in shown_public(first)]
    assert "公開" in found and "内緒" not in found and len(found) == 3


# -- who may, and what is refused


def unchanged(refused: type[Exception], code: str, main: Ticket, others: list[Ticket], by: Actor) -> None:
    before, events = list(Ticket.objects.order_by("pk").values()), Event.objects.count()
    with pytest.raises(refused) as refusal:
        tickets.merge(main, others, by=by)
    assert getattr(refusal.value, "code", "") == code
    assert list(Ticket.objects.order_by("pk").values()) == before and Event.objects.count() == events
    assert not Merge.objects.filter(main=main, other__in=others).exists()


def test_six_and_one_are_refused(cast):
    six = [open_one(cast) for _n in range(6)]
    unchanged(NotMergeable, "MERGE_COUNT", six[0], six[1:], cast.sato)
    unchanged(NotMergeable, "MERGE_COUNT", six[0], [], cast.sato)
    tickets.merge(six[0], six[1:5], by=cast.sato)


def test_the_same_ticket_twice_is_refused(cast, trio):
    first, second, third = trio
    unchanged(NotMergeable, "MERGE_TWICE", first, [second, Ticket.objects.get(pk=second.pk)], cast.sato)
    unchanged(NotMergeable, "MERGE_TWICE", first, [first], cast.sato)
    tickets.merge(first, [second], by=cast.sato)
    unchanged(NotMergeable, "MERGE_TWICE", Ticket.objects.get(pk=second.pk), [first], cast.sato)
    with pytest.raises(NotMergeable) as refusal:
        tickets.merge(first, [Ticket.objects.get(pk=second.pk)], by=cast.sato)
    assert refusal.value.code == "MERGE_TWICE" and refusal.value.ticket.pk == second.pk
    unchanged(NotMergeable, "MERGE_GONE", third, [Ticket.objects.get(pk=second.pk)], cast.sato)


def test_a_trashed_ticket_is_refused(cast, trio):
    first, second, third = trio
    tickets.trash(second, by=cast.sato)
    unchanged(NotMergeable, "MERGE_TRASHED", first, [second], cast.sato)
    unchanged(NotMergeable, "MERGE_TRASHED", second, [third], cast.sato)


def test_a_ticket_of_another_customer_is_refused(cast, ticket):
    other = open_one(cast, contact=cast.takahashi)
    unchanged(NotMergeable, "MERGE_CONTACT", ticket, [other], cast.sato)


def test_a_stranger_sees_none_and_a_light_agent_may_not(cast, trio):
    first, second, _third = trio
    unchanged(Hidden, "", first, [second], cast.suzuki)
    unchanged(Denied, "", first, [second], cast.light)
    unchanged(Denied, "", first, [second], Actor(contact=cast.yamada, door="help"))
    elsewhere = open_one(cast, department=cast.billing, mailbox=None)
    unchanged(Hidden, "", first, [elsewhere], cast.sato)
    unchanged(Hidden, "", elsewhere, [first], cast.sato)


@pytest.mark.parametrize("verb", ["merge", "trash"])
def test_a_role_may_lack_it(cast, trio, verb):
    first, second, _third = trio
    role = Role.objects.create(name="統合なし", base=Role.Base.AGENT, takes_away=[verb])
    row = add_agent("x@demo.example", "X", "Y", base=Role.Base.AGENT, departments=[cast.support], password="x" * 12)
    row.role = role
    row.save()
    unchanged(Denied, "", first, [second], cast.actor(row))


def test_choosing_a_status_needs_the_right_to_set_one(cast, trio):
    first, second, _third = trio
    role = Role.objects.create(name="状態なし", base=Role.Base.AGENT, takes_away=["set_status"])
    row = add_agent("x@demo.example", "X", "Y", base=Role.Base.AGENT, departments=[cast.support], password="x" * 12)
    row.role = role
    row.save()
    tickets.close(second, by=cast.sato)
    with pytest.raises(Denied):
        tickets.merge(first, [second], keep={"status": second}, by=cast.actor(row))
    tickets.merge(first, [second], by=cast.actor(row))


def test_nothing_is_written_on_a_ticket_that_was_merged_away(cast, trio):
    first, second, _third = trio
    stale, before = Ticket.objects.get(pk=second.pk), pairs()
    tickets.merge(first, [second], by=cast.sato)
    fresh = Ticket.objects.get(pk=second.pk)
    for row in (stale, fresh):
        for deed in (
            lambda row=row: tickets.reply(row, "はい", by=cast.sato),
            lambda row=row: tickets.comment(row, "はい", by=cast.sato),
            lambda row=row: tickets.close(row, by=cast.sato),
            lambda row=row: tickets.edit(row, {"subject": "別"}, by=cast.sato),
            lambda row=row: tickets.tag(row, ["札"], by=cast.sato),
            lambda row=row: tickets.save_draft(row, "reply", {"body": "x"}, by=cast.sato),
        ):
            with pytest.raises(Merged) as refusal:
                deed()
            assert refusal.value.number == first.number
            row.refresh_from_db() if row is fresh else None
    assert pairs() == before


def test_mail_on_its_way_to_the_merged_ticket_arrives_at_the_main_one(cast, trio):
    first, second, _third = trio
    stale = Ticket.objects.get(pk=second.pk)
    tickets.close(first, by=cast.sato)
    tickets.merge(first, [second], by=cast.sato)
    customer = Actor(contact=cast.yamada, door="mail")
    entry = tickets.receive(stale, {"text": "まだです"}, contact=cast.yamada, channel="Email", by=customer)
    assert entry.ticket_id == first.pk
    first.refresh_from_db()
    assert not first.is_closed and first.thread_n == 3
    assert_sound(pairs())


# -- comparing


def test_the_oldest_is_proposed_with_its_values_and_where_it_has_none_with_those_of_the_oldest_other(cast, trio):
    first, second, third = trio
    tickets.edit(third, {"category": "三"}, by=cast.sato)
    tickets.edit(second, {"category": "二"}, by=cast.sato)
    comparison = compare([third, first, second], by=cast.sato)
    assert comparison.main == first and comparison.tickets == [first, second, third]
    rows = {row.key: row for row in comparison.rows}
    assert (rows["category"].values, rows["category"].chosen, rows["category"].differs) == (["", "二", "三"], 1, True)
    assert rows["subject"].chosen == 0 and not rows["account"].differs
    assert rows["created_at"].locked and rows["tags"].united
    assert comparison.messages_n == 3
    assert result(comparison, {"category": third})["category"] == "三"
    assert result(comparison, {})["category"] == ""
    with pytest.raises(NotMergeable):
        compare([first], by=cast.sato)
    with pytest.raises(Hidden):
        compare([first, second], by=cast.suzuki)


def test_what_is_told_beforehand_is_what_comes(cast, trio):
    first, second, third = trio
    tickets.comment(second, "c", by=cast.sato)
    tickets.merge(third, [second], by=cast.sato)
    tickets.tag(third, ["札"], by=cast.sato)
    comparison = compare([first, third], by=cast.sato)
    tickets.merge(first, [third], by=cast.sato)
    assert (comparison.messages_n, comparison.comments_n) == (first.thread_n, first.comment_n) == (3, 1)


# -- finding


def test_a_word_of_a_merged_entry_finds_the_main_ticket_once(cast, trio):
    first, second, _third = trio
    tickets.comment(second, "白桃のゼリー", by=cast.sato)
    tickets.merge(first, [second], by=cast.sato)
    assert [row["id"] for row in search(cast.sato, "白桃").rows] == [first.pk]
    assert [row["id"] for row in search(cast.sato, str(second.number)).rows] == [first.pk]
    assert [row["id"] for row in search(cast.sato, "アカウントに関する").rows] == [first.pk]
    tickets.restore(Ticket.objects.get(pk=second.pk), by=cast.tanaka)
    assert second.pk in [row["id"] for row in search(cast.sato, "白桃").rows]


def test_words_follow_the_main_ticket_into_its_department(cast):
    first, second = open_one(cast), open_one(cast, department=cast.billing, mailbox=None)
    tickets.comment(second, "白桃のゼリー", by=cast.suzuki)
    tickets.merge(first, [second], by=cast.admin)
    assert [row["id"] for row in search(cast.sato, "白桃").rows] == [first.pk]
    assert search(cast.suzuki, "白桃").rows == []


def test_the_merged_page_costs_as_many_statements_as_any(cast, trio, django_assert_num_queries):
    first, second, third = trio
    plain = open_one(cast)
    tickets.merge(first, [second, third], by=cast.sato)
    with django_assert_num_queries(2):
        assert len(timeline(plain)) == 1
    with django_assert_num_queries(2):
        assert len(timeline(first)) == 3


# -- comments of merged entries


def test_a_comment_that_two_tickets_show_changes_on_both(cast, trio):
    first, second, _third = trio
    written = tickets.comment(second, "古い", by=cast.sato)
    tickets.merge(first, [second], by=cast.sato)
    tickets.edit_comment(shown(first).get(pk=written.pk), "改訂版", by=cast.sato)
    tickets.restore(Ticket.objects.get(pk=second.pk), by=cast.tanaka)
    assert "改訂版" in texts(first) and "改訂版" in texts(second)
    assert [row["id"] for row in search(cast.sato, "改訂版").rows] == [second.pk]
    tickets.delete_comment(Entry.objects.get(pk=written.pk), by=cast.sato)
    assert "改訂版" not in texts(first) + texts(second)
    assert_sound(pairs())


def test_a_failed_mail_of_a_merged_ticket_is_sent_again_from_the_main_one(cast, trio):
    first, second, _third = trio
    entry = tickets.reply(second, "はい", by=cast.sato)
    entry.outbound.state = "FAILED"
    entry.outbound.save()
    tickets.merge(first, [second], by=cast.sato)
    tickets.retry(shown(first).get(pk=entry.pk), by=cast.sato)
    assert Event.objects.get(verb="mail.retried").ticket == first


def test_status_names_are_those_of_the_desk(cast, trio):
    first, second, _third = trio
    gone = Status.objects.filter(is_default=False, state="Open").first()
    tickets.set_status(second, gone, by=cast.sato)
    Status.objects.filter(pk=gone.pk).update(is_active=False)
    with pytest.raises(Refused) as refusal:
        tickets.merge(first, [second], keep={"status": Ticket.objects.get(pk=second.pk)}, by=cast.sato)
    assert refusal.value.code == "STATUS_INACTIVE"
