"""Rules under attack: at once with everything else, in circles, with strange words, by authors who may less than they think."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from madoguchi import record, tickets
from madoguchi.errors import Hidden, Refused
from madoguchi.models import CannedResponse, Department, Entry, Event, OutboundMail, Role, Rule, RuleRun, Ticket
from madoguchi.organisation import departments, responses
from madoguchi.people import edit_contact
from madoguchi.reactions.automation import acts, rules, running, runs
from madoguchi.tickets import family
from tests.cast import Cast, gather, open_one
from tests.mails import mail, take_in
from tests.reactions.ruled import again, outcomes, rule, settle, take_job, when
from tests.security.test_two_at_once import at_once

ROUNDS = 5
STRANGE = [
    "<script>alert(1)</script>", "{{contact.name}}{{7*7}}{% debug %}", "'; DROP TABLE madoguchi_rule; --", "%(name)s %s %%",
    "עברית עַל יָמִין", "\u202eevil", "𠮷野家👩‍👩‍👧‍👦", "ﾊﾝｶｸ", "ไทย", "\x00\x00あ", "a\nb\tc", "../../etc", "=cmd|'/c calc'!A0",
]  # fmt: skip


def canned(cast: Cast, text: str = "受け付けました。") -> CannedResponse:
    return responses.add_response(
        {"name": "受付", "text": text}, department_id=cast.support.pk, private=False, by=cast.tanaka
    )


def errors(found: list[Any]) -> list[Any]:
    return [each for each in found if isinstance(each, Exception)]


# At the same moment (real threads, real commits)


@pytest.mark.django_db(transaction=True)
def test_one_event_run_by_many_workers_acts_once() -> None:
    cast = gather()
    rule(cast, "メモ", "ticket.edited", {"verb": "comment", "text": "一度"}, {"verb": "close"})
    for n in range(ROUNDS):
        ticket = open_one(cast)
        tickets.edit(ticket, {"category": f"{n}"}, by=cast.sato)
        event = take_job()
        assert event is not None
        assert not errors(at_once(*[lambda event=event: running.run(event)] * 5))
        assert again(ticket).comment_n == 1
    assert RuleRun.objects.count() == ROUNDS


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["delete", "switch off", "change"])
def test_a_rule_that_goes_while_it_runs(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    cast = gather()
    do = acts.do

    def slow(*given: Any, **more: Any) -> str:
        time.sleep(0.05)
        return do(*given, **more)

    monkeypatch.setattr(acts, "do", slow)
    for n in range(ROUNDS):
        made = rule(cast, f"札{n}", "ticket.edited", {"verb": "tag", "tags": "旧"})
        ticket = open_one(cast)
        tickets.edit(ticket, {"category": f"{n}"}, by=cast.sato)
        event = take_job()
        assert event is not None

        def go(made: Rule = made, n: int = n) -> None:
            time.sleep(0.01 * n)
            if how == "delete":
                rules.delete_rule(made, by=cast.tanaka)
            elif how == "switch off":
                rules.switch_rule(made, False, by=cast.tanaka)
            else:
                rules.edit_rule(made, {"actions": [{"verb": "tag", "tags": "新"}]}, by=cast.tanaka)

        assert not errors(at_once(lambda event=event: running.run(event), go))
        Rule.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_rules_are_moved_made_and_renamed_by_several_at_once() -> None:
    cast = gather()
    made = [rule(cast, f"{n}", "ticket.closed", {"verb": "reopen"}) for n in range(6)]
    for n in range(ROUNDS):
        found = at_once(
            *(lambda one=one, n=n: rules.move_rule(one, 3 - n, by=cast.tanaka) for one in made[:3]),
            *(lambda n=n: rule(cast, f"新{n}", "ticket.closed", {"verb": "reopen"}) for _same in range(3)),
            lambda n=n: rules.edit_rule(made[4], {"name": f"新{n}"}, by=cast.tanaka),
        )
        assert all(isinstance(each, Refused) and each.code == "NAME_TAKEN" for each in errors(found)), found
        assert Rule.objects.filter(name=f"新{n}").count() == 1
        rows = list(Rule.objects.values_list("position", flat=True))
        assert len(set(rows)) == len(rows)


@pytest.mark.django_db(transaction=True)
def test_rules_agents_and_families_close_and_reopen_at_once() -> None:
    cast = gather()
    Department.objects.filter(pk=cast.support.pk).update(has_families=True, closes_children=True, closes_parent=True)
    made = [open_one(cast, f"注文番号12345 {n}") for n in range(5)]
    parent, children = made[2], [*made[:2], *made[3:]]
    family.relate(again(parent), [again(child) for child in children], by=cast.sato)
    rule(cast, "閉じる", "ticket.edited", {"verb": "tag", "tags": "済"}, {"verb": "close"})
    rule(cast, "開く", "ticket.closed", {"verb": "reopen"}, criteria=when("category", "is", "3"))
    for n in range(ROUNDS):
        for ticket in made:
            tickets.edit(again(ticket), {"category": f"{n}"}, by=cast.sato)
        events = [event for _each in made if (event := take_job()) is not None]
        found = at_once(
            *(lambda event=event: running.run(event) for event in events),
            lambda: tickets.close(again(parent), by=cast.tanaka),
            lambda: family.detach([again(children[0])], by=cast.sato),
        )
        assert not errors(found)
        settle()
        for ticket in made:
            tickets.reopen(again(ticket), by=cast.sato)
        settle()
        family.relate(again(parent), [again(children[0])], by=cast.sato)
        settle()
    assert not RuleRun.objects.filter(outcome="refused").exists()


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_wakes_no_rule() -> None:
    cast = gather()
    ticket = open_one(cast)
    rule(cast, "札", "ticket.edited", {"verb": "tag", "tags": "札"})
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        tickets.edit(ticket, {"priority": "High"}, by=cast.sato)
        raise ZeroDivisionError
    assert take_job() is None and not Event.objects.filter(verb="ticket.edited").exists()


@pytest.mark.django_db(transaction=True)
def test_a_rule_killed_by_a_deadlock_runs_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = gather()
    one, two = open_one(cast), open_one(cast)
    rule(cast, "札", "ticket.edited", {"verb": "tag", "tags": "札"})
    tickets.edit(again(one), {"category": "1"}, by=cast.sato)
    event = take_job()
    do = acts.do

    def crossing(ticket: Ticket, *given: Any, **more: Any) -> str:
        time.sleep(0.2)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM madoguchi_ticket WHERE id = %s FOR UPDATE", [two.pk])
        return do(ticket, *given, **more)

    def other() -> None:
        with transaction.atomic():
            record.lock(again(two))
            time.sleep(0.3)
            try:
                with transaction.atomic():
                    record.lock(again(one))
            except Exception:
                return

    monkeypatch.setattr(acts, "do", crossing)
    assert not errors(at_once(lambda: running.run(event or 0), other))
    assert outcomes() == [("札", "done")]


# Circles and storms


def test_a_machine_that_opens_a_ticket_with_each_answer_is_answered_so_often_a_day(cast: Cast) -> None:
    rule(cast, "受付", "ticket.opened", {"verb": "reply", "response": canned(cast).pk})
    for n in range(25):
        take_in(mail(f"不在です {n}", sender="hanako@midori.example"))
        settle()
    assert OutboundMail.objects.filter(entry__agent=None, entry__direction="out").count() == 20
    assert outcomes().count(("受付", "nothing")) == 5
    assert RuleRun.objects.order_by("id").last().detail
    open_one(cast, contact=cast.takahashi)
    settle()
    assert outcomes()[-1] == ("受付", "done")  # another customer


def test_a_mail_that_came_back_is_not_answered(cast: Cast) -> None:
    rule(cast, "戻り", ["mail.bounced", "ticket.tagged"], {"verb": "reply", "response": canned(cast).pk})
    ticket = again(take_in(mail("返金について")).ticket)
    tickets.reply(ticket, "確認します", by=cast.sato)
    OutboundMail.objects.update(bounce="5.1.1 no such user", state="SENT")
    tickets.tag(ticket, ["札"], by=cast.sato)
    settle()
    assert outcomes() == [("戻り", "nothing")]
    assert OutboundMail.objects.count() == 1


def test_two_rules_that_answer_each_other_on_a_family_come_to_an_end(cast: Cast) -> None:
    Department.objects.filter(pk=cast.support.pk).update(has_families=True, closes_children=True, closes_parent=True)
    made = [again(open_one(cast, f"注文番号12345 {n}")) for n in range(6)]
    family.relate(made[0], made[1:], by=cast.sato)
    rule(cast, "開く", "ticket.closed", {"verb": "reopen"})
    rule(cast, "閉じる", "ticket.reopened", {"verb": "close"})
    tickets.close(again(made[0]), by=cast.sato)
    assert settle() < 600
    assert RuleRun.objects.filter(outcome="limit").exists()
    assert RuleRun.objects.filter(outcome="done").count() < 500


def test_a_storm_of_a_thousand_events_is_worked_off(cast: Cast) -> None:
    for n in range(5):
        rule(cast, f"{n}", "ticket.edited", {"verb": "tag", "tags": f"札{n}"}, criteria=when("category", "is", f"{n}"))
    ticket = again(open_one(cast))
    events = Event.objects.bulk_create(
        Event(ticket=ticket, department=cast.support, verb="ticket.edited", door="page", after={"category": f"{n}"})
        for n in range(1000)
    )
    with CaptureQueriesContext(connection) as captured:
        assert [running.run(event.pk) for event in events] == [[]] * 1000
    assert len(captured) <= 6 * 1000
    assert outcomes() == []  # as the ticket is now
    tickets.edit(ticket, {"category": "3"}, by=cast.sato)
    settle()
    assert outcomes() == [("3", "done")]


def test_a_log_of_ten_thousand_rows_is_read_and_forgotten(cast: Cast, ticket: Ticket) -> None:
    made = rule(cast, "札", "ticket.edited", {"verb": "tag", "tags": "札"})
    at = record.now() - timedelta(days=31)
    events = Event.objects.bulk_create(
        Event(ticket=ticket, department=cast.support, verb="ticket.edited", door="page", at=at) for _n in range(10_000)
    )
    RuleRun.objects.bulk_create(
        RuleRun(rule=made, department=cast.support, ticket=ticket, event=event, root=event.pk, outcome="refused", at=at)
        for event in events
    )
    began = time.monotonic()
    assert runs.latest(cast.support.pk)[made.pk].troubles == 1000
    assert len(runs.logged("refused").filter(department=cast.support)[:50]) == 50
    assert time.monotonic() - began < 5  # however busy the machine is
    assert runs.forget_old() == 10_000 and not RuleRun.objects.exists()


# Strange words


@pytest.mark.parametrize("words", STRANGE)
def test_strange_words_stay_words(cast: Cast, ticket: Ticket, words: str) -> None:
    rule(
        cast, words, "ticket.tagged",
        {"verb": "comment", "text": f"メモ {words.replace('{{7*7}}', '')}"},
        {"verb": "set_category", "category": words},
    )  # fmt: skip
    tickets.tag(ticket, ["札"], by=cast.sato)
    settle()
    assert [outcome for _name, outcome in outcomes()] == ["done"]
    note = Entry.objects.get(kind="comment")
    assert "\x00" not in note.text and "\x00" not in note.from_name
    assert Rule.objects.get().name in note.from_name


def test_what_a_customer_is_called_is_not_filled_in_again(cast: Cast, ticket: Ticket) -> None:
    edit_contact(cast.yamada, {"last_name": "{{ticket.number}}", "first_name": "{{department.name}}"}, by=cast.admin)
    rule(cast, "メモ", "ticket.edited", {"verb": "comment", "text": "{{contact.name}} 様"})
    tickets.edit(ticket, {"priority": "High"}, by=cast.sato)
    settle()
    assert Entry.objects.get(kind="comment").text in (
        "{{ticket.number}} {{department.name}} 様",
        "{{department.name}} {{ticket.number}} 様",
    )


@pytest.mark.parametrize(
    "raw",
    [
        {"when": [["ticket.closed"]]}, {"when": {"ticket.closed": 1}}, {"when": None}, {"name": "\x00"}, {"name": None},
        {"actions": "close"}, {"actions": {"verb": "close"}}, {"actions": [None]}, {"actions": [[]]}, {"actions": [{"verb": []}]},
        {"actions": [{"verb": "__class__"}]}, {"actions": [{"verb": "assign", "assignee": 10**40}]},
        {"actions": [{"verb": "assign", "assignee": "９" * 30}]}, {"actions": [{"verb": "assign", "assignee": float("nan")}]},
        {"actions": [{"verb": "set_priority", "priority": ["High"]}]}, {"actions": [{"verb": "set_due", "hours": "1e3"}]},
        {"actions": [{"verb": "tag", "tags": "、,、"}]}, {"actions": [{"verb": "comment", "text": "\x00"}]},
        {"actions": [{"verb": "comment", "text": "{{ account . name | safe }}"}]},
        {"criteria": [1]}, {"criteria": {"groups": [{"conditions": [{"field": "subject", "operator": "is", "value": "\x00"}]}]}},
        {"criteria": {"groups": [{"conditions": [{"field": "id) OR 1=1 --", "operator": "is", "value": 1}]}]}},
        {"criteria": {"groups": [{"conditions": [{"field": "assignee", "operator": "is", "value": "me"}]}]}},
        {"id": 1}, {"department": 2}, {"position": 0},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(cast: Cast, raw: dict[str, Any]) -> None:
    good = {"name": "札", "when": ["ticket.closed"], "actions": [{"verb": "close"}]}
    with pytest.raises(Refused):
        rules.add_rule(cast.support, {**good, **raw}, by=cast.tanaka)
    assert not Rule.objects.exists()


# Who may


def test_a_rule_does_nothing_elsewhere_that_its_author_could_not(cast: Cast) -> None:
    good = {"name": "移動", "when": ["ticket.closed"]}
    move = {"verb": "move", "department": cast.billing.pk}
    rules.add_rule(cast.support, {**good, "actions": [move]}, by=cast.tanaka)
    private = CannedResponse.objects.create(name="経理だけ", text="x", department=cast.billing)
    for then in ({"verb": "reopen"}, {"verb": "reply", "response": private.pk}, {"verb": "reply", "response": 10**9}):
        with pytest.raises(Refused) as refusal:
            rules.add_rule(cast.support, {**good, "name": "別", "actions": [move, then]}, by=cast.tanaka)
        assert (refusal.value.code, refusal.value.field) == ("NOT_YOURS", "actions/1/verb")


def test_an_author_who_was_demoted_or_left_changes_nothing_and_the_rule_goes_on(cast: Cast, ticket: Ticket) -> None:
    made = rules.add_rule(
        cast.support,
        {"name": "札", "when": ["ticket.edited"], "actions": [{"verb": "tag", "tags": "札"}]},
        by=cast.tanaka,
    )
    cast.tanaka.agent.role = cast.sato.agent.role
    cast.tanaka.agent.save()
    by = cast.actor(cast.tanaka.agent)
    for act in (
        lambda: rules.edit_rule(made, {"name": "別"}, by=by),
        lambda: rules.switch_rule(made, False, by=by),
        lambda: rules.delete_rule(made, by=by),
        lambda: rules.move_rule(made, 1, by=by),
    ):
        with pytest.raises(Exception) as refusal:
            act()
        assert type(refusal.value).__name__ == "Denied"
    with pytest.raises(Hidden):
        rules.edit_rule(made, {"name": "別"}, by=cast.actor(supervisor_of(cast, cast.billing)))
    tickets.edit(ticket, {"priority": "High"}, by=cast.sato)
    settle()
    assert outcomes() == [("札", "done")]


def supervisor_of(cast: Cast, department: Department) -> Any:
    agent = cast.suzuki.agent
    agent.role = Role.objects.filter(base=Role.Base.SUPERVISOR).first()
    agent.save()
    return agent


def test_the_rules_of_a_department_that_is_switched_off_rest(cast: Cast) -> None:
    ticket = open_one(cast, department=cast.billing, mailbox=None, by=cast.admin)
    rule(cast, "札", "ticket.edited", {"verb": "tag", "tags": "札"}, department=cast.billing)
    tickets.close(ticket, by=cast.admin)  # one with open tickets cannot be switched off
    tickets.edit(ticket, {"priority": "High"}, by=cast.admin)
    departments.disable_department(cast.billing, by=cast.admin)
    settle()
    tickets.edit(again(ticket), {"priority": "Low"}, by=cast.admin)
    assert take_job() is None and outcomes() == []
    departments.enable_department(cast.billing, by=cast.admin)
    tickets.edit(again(ticket), {"priority": "High"}, by=cast.admin)
    settle()
    assert outcomes() == [("札", "done")]


@pytest.mark.parametrize("what", ["status", "agent", "team", "response", "department"])
def test_what_a_rule_names_may_be_gone_when_it_runs(cast: Cast, ticket: Ticket, what: str) -> None:
    from madoguchi.models import Status

    team, response = cast.support.teams.create(name="一課"), canned(cast)
    status = Status.objects.get(name="Escalated")
    actions: dict[str, dict[str, Any]] = {
        "status": {"verb": "set_status", "status": status.pk},
        "agent": {"verb": "follow", "agent": cast.tanaka.agent.pk},
        "team": {"verb": "assign_team", "team": team.pk},
        "response": {"verb": "reply", "response": response.pk},
        "department": {"verb": "move", "department": cast.billing.pk},
    }
    rule(cast, "規則", "ticket.edited", {"verb": "tag", "tags": "札"}, actions[what])
    tickets.edit(ticket, {"priority": "High"}, by=cast.sato)
    if what == "status":
        Status.objects.filter(pk=status.pk).update(is_active=False)
        from madoguchi.organisation import current

        current.forget()
    elif what == "agent":
        cast.tanaka.agent.is_active = False
        cast.tanaka.agent.save()
    elif what == "department":
        departments.disable_department(cast.billing, by=cast.admin)
    else:
        (team if what == "team" else response).delete()
    settle()
    assert outcomes() == [("規則", "refused")]
    assert RuleRun.objects.get().detail and not ticket.ticket_tags.exists()
