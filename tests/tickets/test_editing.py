"""Fields of a ticket (SPEC D3, D12), and what happens when two agents change them at once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from madoguchi import people, record, tally, tickets
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Hidden, Refused, Stale
from madoguchi.models import CustomField, Event, Product, Team
from madoguchi.sla.overdue import mark_overdue


def refused(code: str, field: str, act) -> None:
    with pytest.raises(Refused) as refusal:
        act()
    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_history_says_who_changed_what_from_what_to_what_through_which_door(cast, ticket):
    tickets.edit(ticket, {"priority": "high", "subject": "返金の件"}, by=cast.sato)
    event = Event.objects.filter(ticket=ticket).last()
    assert (event.verb, event.agent, event.door) == ("ticket.edited", cast.sato.agent, "page")
    assert event.before == {"priority": "", "subject": "返金はいつになりますか"}
    assert event.after == {"priority": "High", "subject": "返金の件"}


def test_an_edit_that_changes_nothing_leaves_no_line(cast, ticket):
    before = ticket.version
    tickets.edit(ticket, {"subject": ticket.subject}, by=cast.sato)
    assert (ticket.version, Event.objects.filter(ticket=ticket).count()) == (before, 1)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"subject": " "}, "EMPTY", "subject"),
        ({"subject": "あ" * 256}, "TOO_LONG", "subject"),
        ({"priority": "Extreme"}, "NOT_A_CHOICE", "priority"),
        ({"channel": "Fax"}, "NOT_A_CHOICE", "channel"),
        ({"due_at": "tomorrow"}, "NOT_A_TIME", "due_at"),
        ({"contact": None}, "NOT_FOUND", "contact"),
        ({"number": 5}, "UNKNOWN_FIELD", "number"),
        ({"status": None}, "UNKNOWN_FIELD", "status"),
        ({"custom": {"cf_nothing": 1}}, "UNKNOWN_FIELD", "cf/cf_nothing"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_field_and_nothing_changes(cast, ticket, changes, code, field):
    refused(code, field, lambda: tickets.edit(ticket, {"category": "請求", **changes}, by=cast.sato))
    ticket.refresh_from_db()
    assert (ticket.category, ticket.version) == ("", 1)


@pytest.mark.parametrize(
    ("kind", "good", "stored", "bad"),
    [
        ("text", " 12345 ", "12345", "x" * 1001),
        ("number", "1.5", 1.5, "nan"),
        ("number", "12", 12, True),
        ("date", "2026-02-12", "2026-02-12", "12/02"),
        ("choice", "赤", "赤", "緑"),
        ("checkbox", "on", True, "perhaps"),
    ],
)
def test_custom_fields_take_what_their_kind_takes(cast, ticket, kind, good, stored, bad):
    choices = ["赤", "青"] if kind == "choice" else []
    CustomField.objects.create(department=cast.support, api_name="cf_x", label="X", kind=kind, choices=choices)
    tickets.edit(ticket, {"custom": {"cf_x": good}}, by=cast.sato)
    assert ticket.custom == {"cf_x": stored}
    with pytest.raises(Refused):
        tickets.edit(ticket, {"custom": {"cf_x": bad}}, by=cast.sato)
    ticket.refresh_from_db()
    assert ticket.custom == {"cf_x": stored}


def test_a_product_of_another_department_is_refused(cast, ticket):
    product = Product.objects.create(name="経理ソフト", code="K-1")
    product.departments.set([cast.billing])
    refused("NOT_OF_DEPARTMENT", "product", lambda: tickets.edit(ticket, {"product": product}, by=cast.sato))


def test_a_stale_edit_is_shown_not_written(cast, ticket):
    seen = ticket.priority
    tickets.edit(ticket, {"priority": "Urgent"}, by=cast.tanaka)
    with pytest.raises(Stale) as stale:
        tickets.edit(ticket, {"priority": "Low"}, expected={"priority": seen}, by=cast.sato)
    assert stale.value.changes == [{"field": "priority", "now": "Urgent", "yours": "Low"}]
    ticket.refresh_from_db()
    assert ticket.priority == "Urgent"
    tickets.edit(ticket, {"category": "請求"}, expected={"category": ""}, by=cast.sato)
    assert ticket.category == "請求"


def test_a_new_requester_brings_their_account_and_the_figures_move(cast, ticket):
    tickets.edit(ticket, {"contact": cast.takahashi}, by=cast.sato)
    assert (ticket.contact, ticket.account) == (cast.takahashi, None)
    assert tally.figures() == tally.recount()


def test_a_past_due_date_makes_the_ticket_overdue_and_a_later_one_takes_it_back(cast, ticket):
    tickets.edit(ticket, {"due_at": timezone.now() - timedelta(hours=1)}, by=cast.sato)
    assert ticket.is_overdue
    tickets.edit(ticket, {"due_at": timezone.now() + timedelta(hours=1)}, by=cast.sato)
    assert not ticket.is_overdue
    assert tally.figures() == tally.recount()


def test_a_ticket_resolved_late_stays_overdue_one_resolved_in_time_never_was(cast, ticket):
    tickets.edit(ticket, {"due_at": timezone.now() + timedelta(minutes=5)}, by=cast.sato)
    with record.at(timezone.now() + timedelta(hours=1)):
        assert mark_overdue() == 1
        tickets.close(ticket, by=cast.sato)
    ticket.refresh_from_db()
    assert ticket.is_overdue and ticket.state == "Closed"
    assert Event.objects.filter(ticket=ticket, verb="ticket.overdue").count() == 1


def test_the_clocks_run_through_hold_close_and_reopening(cast):
    from tests.cast import open_one

    start = timezone.now() - timedelta(days=1)
    steps = [(10, tickets.hold), (40, tickets.reopen), (60, tickets.close), (90, tickets.reopen), (120, tickets.close)]
    with record.at(start):
        ticket = open_one(cast)
    for minutes, verb in steps:
        with record.at(start + timedelta(minutes=minutes)):
            verb(ticket, by=cast.sato)
    assert (ticket.on_hold_s, ticket.resolution_s, ticket.reopened_n) == (30 * 60, 120 * 60, 1)
    assert tally.figures() == tally.recount()
    verbs = list(Event.objects.filter(ticket=ticket).values_list("verb", flat=True))
    assert verbs == [
        "ticket.opened",
        "ticket.held",
        "ticket.status_changed",
        "ticket.closed",
        "ticket.reopened",
        "ticket.closed",
    ]


def test_only_agents_of_the_department_take_its_tickets(cast, ticket):
    tickets.assign(ticket, cast.tanaka.agent, by=cast.sato)
    assert ticket.assignee == cast.tanaka.agent
    for agent in (cast.suzuki.agent, cast.light.agent):
        refused("NOT_OF_DEPARTMENT", "assigneeId", lambda agent=agent: tickets.assign(ticket, agent, by=cast.sato))
    team = Team.objects.create(department=cast.billing, name="請求")
    refused("NOT_OF_DEPARTMENT", "teamId", lambda: tickets.assign(ticket, team=team, by=cast.sato))
    tickets.assign(ticket, None, by=cast.sato)
    assert ticket.assignee is None


def test_moving_takes_off_who_does_not_work_there_and_hides_the_ticket_from_the_old_department(cast, ticket):
    tickets.assign(ticket, cast.sato.agent, by=cast.sato)
    tickets.move(ticket, cast.billing, by=cast.sato)
    assert (ticket.department, ticket.assignee) == (cast.billing, None)
    with pytest.raises(Hidden):
        tickets.comment(ticket, "もう見えない", by=cast.sato)
    tickets.comment(ticket, "引き継ぎました", by=cast.suzuki)
    assert tally.figures() == tally.recount()
    cast.delivery.is_enabled = False
    refused("DEPARTMENT_DISABLED", "departmentId", lambda: tickets.move(ticket, cast.delivery, by=cast.suzuki))


def test_tags_are_one_word_whatever_their_case_and_width(cast, ticket):
    tickets.tag(ticket, ["返金", "VIP", "ＶＩＰ"], by=cast.sato)
    tickets.tag(ticket, ["vip"], by=cast.sato)
    assert [t.tag.name for t in ticket.ticket_tags.all()] == ["返金", "ＶＩＰ"]
    tickets.untag(ticket, ["vip"], by=cast.sato)
    assert [t.tag.name for t in ticket.ticket_tags.all()] == ["返金"]
    refused("TAG_NAME", "tags", lambda: tickets.tag(ticket, ["<script>"], by=cast.sato))
    refused("TAG_NAME", "tags", lambda: tickets.tag(ticket, ["x" * 51], by=cast.sato))


def test_followers_must_be_able_to_see_the_ticket(cast, ticket):
    tickets.follow(ticket, [cast.tanaka.agent], by=cast.sato)
    refused("FOLLOWER_CANNOT_SEE", "followerIds", lambda: tickets.follow(ticket, [cast.ito.agent], by=cast.sato))
    assert [f.agent for f in ticket.followers.all()] == [cast.tanaka.agent]
    tickets.unfollow(ticket, [cast.tanaka.agent], by=cast.sato)
    assert not ticket.followers.exists()


def test_a_light_agent_reads_and_notes_and_does_nothing_else(cast, ticket):
    tickets.comment(ticket, "参考まで", by=cast.light)
    forbidden = [
        lambda: tickets.comment(ticket, "公開", public=True, by=cast.light),
        lambda: tickets.edit(ticket, {"priority": "Low"}, by=cast.light),
        lambda: tickets.close(ticket, by=cast.light),
        lambda: tickets.tag(ticket, ["x"], by=cast.light),
        lambda: tickets.trash(ticket, by=cast.light),
        lambda: tickets.open_ticket(department=cast.support, contact=cast.yamada, subject="x", by=cast.light),
        lambda: people.create_contact({"last_name": "x"}, by=cast.light),
    ]
    for act in forbidden:
        with pytest.raises(Denied):
            act()
    assert (ticket.version, ticket.comment_n) == (2, 1)


def test_an_administrator_acts_in_every_department_without_being_its_member(cast, ticket):
    tickets.close(ticket, by=cast.admin)
    assert ticket.is_closed


def test_a_custom_role_takes_verbs_away(cast, ticket):
    role = cast.sato.agent.role
    role.takes_away = ["trash"]
    role.save()
    with pytest.raises(Denied):
        tickets.trash(ticket, by=cast.actor(cast.sato.agent))


def test_comments_are_changed_by_their_writer_or_a_supervisor_and_keep_their_old_text_in_history(cast, ticket):
    entry = tickets.comment(ticket, "一度目", by=cast.sato)
    tickets.edit_comment(entry, "二度目", by=cast.sato)
    event = Event.objects.filter(verb="comment.edited").get()
    assert (event.before["text"], event.after["text"]) == ("一度目", "二度目")
    with pytest.raises(Denied):
        tickets.edit_comment(entry, "他人", by=cast.light)
    tickets.delete_comment(entry, by=cast.tanaka)
    assert [e.text for e in tickets.timeline(ticket)] == ["注文番号 12345 の返金について教えてください。"]
    refused("TOO_LONG", "content", lambda: tickets.comment(ticket, "x" * 32001, by=cast.sato))


def test_a_sent_message_is_never_changed(cast, ticket):
    refused("NOT_A_COMMENT", "comment", lambda: tickets.edit_comment(ticket.entries.get(), "改変", by=cast.admin))


def test_phone_tickets_start_the_customers_wait(cast):
    ticket = tickets.open_ticket(
        department=cast.support, contact=cast.yamada, subject="電話です", text="折り返しを希望。", by=cast.sato
    )
    assert (ticket.channel, len(ticket.waiting), ticket.thread_n) == ("Phone", 1, 1)
    assert ticket.entries.get().agent == cast.sato.agent
    with pytest.raises(Hidden):
        tickets.open_ticket(department=cast.billing, contact=cast.yamada, subject="x", by=cast.sato)


def test_numbers_come_from_one_sequence_and_are_never_given_twice(cast):
    from tests.cast import open_one

    first = open_one(cast)
    tickets.purge(tickets.trash(first, by=cast.tanaka), by=cast.tanaka)
    assert open_one(cast).number > first.number


def test_the_desk_as_actor_names_the_cause(cast, ticket):
    event = Event.objects.filter(ticket=ticket).first()
    tickets.close(ticket, by=Actor.desk(because=event))
    assert Event.objects.filter(verb="ticket.closed").get().cause == event


def test_a_ticket_is_not_opened_with_a_status_that_is_no_longer_in_use(cast):
    from madoguchi.models import Status, Ticket
    from tests.cast import open_one

    Status.objects.filter(name="Escalated").update(is_active=False)
    refused("STATUS_INACTIVE", "status", lambda: open_one(cast, status=Status.objects.get(name="Escalated")))
    assert not Ticket.objects.exists()
