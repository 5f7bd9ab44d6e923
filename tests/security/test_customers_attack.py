"""Figures, clocks, ratings and merged customers against sequences nobody plans, and against who may not know them."""

import os
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as settings_of
from django.db import OperationalError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg.errors import DeadlockDetected

from madoguchi import people, record, tally, tickets
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Hidden, Merged, Refused
from madoguchi.kit import tables, tokens
from madoguchi.kit.letters.rating_block import without, without_in_html
from madoguchi.models import (
    Account,
    Contact,
    ContactAddress,
    CustomerNote,
    Entry,
    Event,
    Hours,
    Permission,
    Rating,
    Tally,
    Target,
    Ticket,
)
from madoguchi.models.organisation import State
from madoguchi.organisation import company, current, hours, promises
from madoguchi.people import help_sessions, merging_accounts, merging_contacts
from madoguchi.people.holding import Moved, as_is
from madoguchi.people.tokens import make_token
from madoguchi.reactions.notifying import tell_all
from madoguchi.sla import recounting
from madoguchi.sla.overdue import mark_overdue
from madoguchi.tickets.rating import counted
from madoguchi.tickets.sharing import Wish
from tests.cast import open_one
from tests.insight.test_true import MINUTES, Story
from tests.people.merged import assert_led


class Wilder(Story):
    """With targets, and with what is rare: deleting for good, the bin of customers, other hours, another calendar."""

    def __init__(self, cast: Any) -> None:
        super().__init__(cast)
        for n, department in enumerate(self.departments):
            for priority, hours_n in (("", 4), ("High", 1), ("Low", 40)):
                Target.objects.create(
                    department=department,
                    priority=priority,
                    response_s=1800,
                    resolution_s=hours_n * 3600,
                    by_clock=bool(n) and priority == "Low",
                )
        night = [[[0, 60], [1380, 1440]]] * 7
        self.hours = [cast.billing.hours, Hours.objects.create(name="夜", time_zone="America/New_York", week=night)]
        current.forget()

    def step(self, verb: str, which: int, other: int, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)
        with record.at(self.at):
            mark_overdue()
            with suppress(Denied, Hidden, Merged, Refused), transaction.atomic():
                getattr(self, verb)(which, other)

    def ticket(self, which: int) -> Ticket:
        found = Ticket.objects.filter(pk=self.tickets[which % len(self.tickets)]).first()
        if found is None:
            raise Hidden
        return found

    def hold_or_close(self, which: int, other: int) -> None:
        [tickets.hold, tickets.close, tickets.reopen][other % 3](self.ticket(which), by=self.by)

    def purge(self, which: int, other: int) -> None:
        tickets.purge(self.ticket(which), by=self.by)

    def trash_contact(self, which: int, other: int) -> None:
        people.trash_contact(self.contact(which), by=self.by)

    def restore_contact(self, which: int, other: int) -> None:
        people.restore_contact(self.contact(which), by=self.by)

    def trash_account(self, which: int, other: int) -> None:
        people.trash_account(Account.objects.get(pk=[self.cast.midori, self.kita][which % 2].pk), by=self.by)

    def leave_tickets(self, which: int, other: int) -> None:
        account = [self.cast.midori, self.kita, None][other % 3]
        people.edit_contact(self.contact(which), {"account": account}, moves_tickets=False, by=self.by)

    def merge_three(self, which: int, other: int) -> None:
        main = self.contact(which)
        others = [Contact.objects.get(pk=c.pk) for c in self.contacts if c.pk != main.pk]
        people.merge_contacts(main, others, picks={"account": others[other % len(others)]}, by=self.by)

    def new_contact(self, which: int, other: int) -> None:
        made = people.identify(f"neu{len(self.contacts)}@midori.example", "新", by=Actor.desk())
        self.contacts.append(made)

    def give_account(self, which: int, other: int) -> None:
        tickets.edit(self.ticket(which), {"account": [self.cast.midori, self.kita, None][other % 3]}, by=self.by)

    def other_hours(self, which: int, other: int) -> None:
        promises.assign_hours(self.departments[which % 2], [*self.hours, None][other % 3], by=self.by)
        current.forget()

    def other_week(self, which: int, other: int) -> None:
        week = [[[[0, 1440]]] * 7, [[[540, 541]]] + [[]] * 6, [[[600, 700], [800, 900]]] * 7][other % 3]
        hours.edit_hours(self.hours[which % 2], {"week": week}, by=self.by)
        current.forget()

    def other_targets(self, which: int, other: int) -> None:
        aims = [{}, {"": promises.Aim(60, 60, True)}, {"High": promises.Aim(None, 86400, False)}][other % 3]
        promises.set_targets(self.departments[which % 2], aims, by=self.by)
        current.forget()

    def fold(self, which: int, other: int) -> None:
        tally.fold()

    def recount_times(self, which: int, other: int) -> None:
        recounting.count_again([ticket.pk for ticket in Ticket.objects.all()][which:])

    def ask_with_contact(self, which: int, other: int) -> None:
        """Somebody else of the desk's customers writes to the ticket."""
        contact = as_is(self.contact(other))
        tickets.receive(
            self.ticket(which),
            {"text": "!"},
            contact=contact,
            channel="Email",
            by=Actor(contact=contact, door="mail"),
        )

    def merge_all(self, which: int, other: int) -> None:
        main = self.ticket(which)
        rest = [t for t in Ticket.objects.all() if t.pk != main.pk and t.merged_into_id is None][:3]
        tickets.merge(main, rest, by=self.by)


NOT_VERBS = ("play", "step", "ticket", "contact")
OWN = [name for name in vars(Wilder) if not name.startswith("_") and name not in NOT_VERBS]
OLD = [name for name in vars(Story) if not name.startswith("_") and name not in NOT_VERBS]
STEPS = st.lists(
    st.tuples(st.sampled_from(OWN + OLD), st.integers(0, 5), st.integers(0, 11), st.sampled_from(MINUTES)),
    min_size=8,
    max_size=60 if "STORIES" in os.environ else 30,
)


def assert_sound(at: Any) -> None:
    """What holds whatever happened."""
    assert tally.figures() == tally.recount()
    assert tally.differing() == []
    assert_led()
    for rating in Rating.objects.select_related("ticket", "counts_for"):
        leads_to = rating.ticket.merged_into_id or rating.ticket_id
        told = rating.counts_for
        assert rating.counts_for_id == leads_to
        assert (rating.contact_id, rating.account_id, rating.department_id) == (
            told.contact_id,
            told.account_id,
            told.department_id,
        )
    for ticket in Ticket.objects.all():
        assert ticket.ratings == counted(ticket), ticket.number
        whose = (ticket.contact_id, ticket.account_id)
        assert {(e.contact_id, e.account_id) for e in Event.objects.filter(ticket=ticket)} <= {whose}
        assert_clocks(ticket, at)
    assert not Entry.objects.exclude(contact__merged_into=None).exists()


def assert_clocks(ticket: Ticket, at: Any) -> None:
    is_on_hold = ticket.state == State.ON_HOLD
    assert (ticket.hold_since is not None) == is_on_hold
    assert (ticket.closed_at is not None) == (ticket.state == State.CLOSED)
    for name, left in (("due_at", ticket.due_left_s), ("response_due_at", ticket.response_left_s)):
        if left is not None:
            assert is_on_hold and left >= 0 and getattr(ticket, name) is None, name
    if is_on_hold and ticket.due_by_target and ticket.due_at is not None:
        assert ticket.due_at <= ticket.hold_since
    for name in ("on_hold_s", "on_hold_business_s", "resolution_s", "resolution_business_s", "first_response_s"):
        assert (getattr(ticket, name) or 0) >= 0, name
    for clock, business in (
        (ticket.on_hold_s, ticket.on_hold_business_s),
        (ticket.resolution_s, ticket.resolution_business_s),
        (ticket.first_response_s, ticket.first_response_business_s),
    ):
        assert (business or 0) <= (clock or 0)
    if ticket.trashed_at is None and not ticket.is_spam:
        late = ticket.due_at is not None and (ticket.closed_at or at) > ticket.due_at
        late = late or Ticket.objects.filter(merged_into=ticket, is_overdue=True).exists()
        assert ticket.is_overdue == late, (ticket.number, ticket.due_at, ticket.closed_at, at)


@settings(
    phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if "STORIES" in os.environ else [])],
    max_examples=int(os.environ.get("STORIES", "25")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(STEPS)
def test_after_any_wild_story_everything_is_sound(cast, steps):
    with transaction.atomic():
        story = Wilder(cast)
        for step in steps:
            story.step(*step)
        with record.at(story.at):
            mark_overdue()
        assert_sound(story.at)
        tally.fold()
        assert_sound(story.at)
        company.edit_organisation({"time_zone": "America/Los_Angeles"}, by=cast.admin)
        transaction.set_rollback(True)
    current.forget()


def test_a_ticket_without_a_date_that_opens_again_is_not_late_by_its_first_target(cast):
    """Old and settled, then opened again and made urgent, or moved to where there is a target: it has the whole time."""
    now = record.now()
    for department in (cast.support, cast.billing):
        Target.objects.create(
            department=department, priority="High" if department == cast.support else "", resolution_s=3600
        )
    current.forget()
    for act in (
        lambda ticket: tickets.edit(ticket, {"priority": "High"}, by=cast.admin),
        lambda ticket: tickets.move(ticket, cast.billing, by=cast.admin),
    ):
        with record.at(now - timedelta(days=60)):
            ticket = open_one(cast)
            tickets.close(ticket, by=cast.admin)
        with record.at(now - timedelta(minutes=10)):
            tickets.reopen(ticket, by=cast.admin)
        with record.at(now):
            act(ticket)
            ticket.refresh_from_db()
            assert ticket.due_at == now + timedelta(minutes=50) and not ticket.is_overdue
            tickets.edit(ticket, {"priority": "Low"}, by=cast.admin)
            tickets.edit(ticket, {"priority": "High"}, by=cast.admin)


# ── Merged customers ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def husk(cast):
    """A contact who was merged into 高橋."""
    old = people.identify("old@kita.example", "高橋 旧", by=Actor.desk())
    people.merge_contacts(cast.takahashi, [old], by=cast.sato)
    return Contact.objects.get(pk=old.pk)


@pytest.fixture
def husk_account(cast):
    old = people.create_account({"name": "旧社"}, by=Actor.desk())
    people.merge_accounts(cast.midori, [old], by=cast.sato)
    return Account.objects.get(pk=old.pk)


def browser(actor: Actor) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(actor.agent)
    return client


def program(actor: Actor) -> Client:
    token = make_token(actor.agent, "t", by=actor)[1]
    return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {token}"})


def test_a_ticket_opened_from_an_old_page_is_the_main_contacts(cast, husk):
    client = browser(cast.sato)
    shown = client.get(reverse("new_ticket"), {"contact": husk.pk}).content.decode()
    assert "高橋 誠" in shown and "高橋 旧" not in shown
    typed = {"contact": husk.pk, "subject": "電話", "body": "もしもし", "channel": "Phone", "once": "k"}
    assert client.post(reverse("new_ticket"), typed).status_code == 303
    assert Ticket.objects.get().contact == cast.takahashi


def test_a_ticket_opened_while_its_contact_moves_is_opened_again(cast, monkeypatch):
    """Whoever moved them is done by the second round; one who never is is told gently."""
    real, tries = tickets.open_ticket, []

    def moving(**asked: Any) -> Ticket:
        tries.append(asked)
        if len(tries) < 3:
            raise Moved("at this moment")
        return real(**asked)

    monkeypatch.setattr(tickets, "open_ticket", moving)
    client = browser(cast.sato)
    typed = {"contact": cast.yamada.pk, "subject": "電話", "body": "もしもし", "channel": "Phone", "once": "k"}
    assert client.post(reverse("new_ticket"), typed).status_code == 303
    assert Ticket.objects.count() == 1 and len(tries) == 3
    monkeypatch.setattr(tickets, "open_ticket", lambda **asked: (_ for _ in ()).throw(Moved("always")))
    assert client.post(reverse("new_ticket"), {**typed, "once": "l"}).status_code == 422
    assert Ticket.objects.count() == 1


def test_forms_of_who_was_merged_lead_to_the_main_one_and_change_nothing(cast, husk, husk_account):
    client = browser(cast.sato)
    for kind, gone, main in (("contact", husk, cast.takahashi), ("account", husk_account, cast.midori)):
        page = client.get(reverse(f"edit_{kind}", args=[gone.pk]))
        assert page.headers["Location"] == reverse(f"edit_{kind}", args=[main.pk])
        sent = {"last_name": "侵入", "name": "侵入", "email": "evil@x.example", "emails": "evil@x.example"}
        assert client.post(reverse(f"edit_{kind}", args=[gone.pk]), sent).status_code == 422
        for name in (f"{kind}_bin", f"{kind}_notes"):
            assert client.post(reverse(name, args=[gone.pk]), {"text": "x"}).status_code == 422
        row = type(gone).objects.get(pk=gone.pk)
        assert (row.name, row.modified_at, row.trashed_at) == (gone.name, gone.modified_at, gone.trashed_at)
    assert not CustomerNote.objects.exists() and not ContactAddress.objects.filter(contact=husk).exists()


def test_who_was_merged_lies_in_no_bin_and_comes_back_by_none(cast, husk, husk_account):
    api = program(cast.admin)
    for gone, restore in ((husk, people.restore_contact), (husk_account, people.restore_account)):
        with pytest.raises(Refused) as told:
            restore(gone, by=cast.admin)
        assert told.value.code == "MERGED"
        api.post("/api/v1/recycleBin/restore", {"ids": [str(gone.pk)]}, "application/json")
        assert type(gone).objects.get(pk=gone.pk).trashed_at is not None
    assert (
        api.get("/api/v1/recycleBin").status_code == 204 or "旧" not in api.get("/api/v1/recycleBin").content.decode()
    )
    for name in ("contacts", "accounts", "recycle_bin"):
        shown = browser(cast.admin).get(reverse(name)).content.decode()
        assert "高橋 旧" not in shown and "旧社" not in shown


def test_old_ids_find_what_became_the_main_ones(cast, husk, husk_account):
    ticket, api = open_one(cast, contact=cast.takahashi), program(cast.sato)
    theirs = open_one(cast)
    for asked, expected in (({"contactId": husk.pk}, ticket), ({"accountId": husk_account.pk}, theirs)):
        found = api.get("/api/v1/tickets/search", asked).json()["data"]
        assert [row["id"] for row in found] == [str(expected.pk)]
    found = api.get("/api/v1/contacts/search", {"accountId": husk_account.pk}).json()["data"]
    assert [row["id"] for row in found] == [str(cast.yamada.pk)]
    assert api.get("/api/v1/tickets/search", {"contactId": "9" * 25}).status_code in (204, 422)


def test_the_old_address_signs_in_the_main_contact_and_the_old_session_nobody(cast):
    old = people.identify("old@kita.example", "高橋 旧", by=Actor.desk())
    secret = help_sessions.begin(old, by_link=True)
    assert help_sessions.session_of(secret).contact == old
    people.merge_contacts(cast.takahashi, [old], by=cast.sato)
    assert help_sessions.session_of(secret) is None
    assert people.contact_by_address("OLD@kita.example") == cast.takahashi


def test_merging_gives_nobody_the_tickets_of_an_account_but_who_had_them(cast):
    """The other saw all tickets of its account: the main one does not, neither of its own account nor of the other's."""
    other = people.identify("o@midori.example", "他", by=Actor.desk())
    people.edit_contact(other, {"sees_account": True}, by=cast.sato)
    main = people.merge_contacts(cast.takahashi, [other], picks={"account": other}, by=cast.sato)
    assert main.account == cast.midori and not Contact.objects.get(pk=main.pk).sees_account


@pytest.mark.parametrize("kind", ["contact", "account"])
def test_a_deadlock_while_merging_is_told_gently_and_leaves_nothing_half_done(cast, monkeypatch, kind):
    made = people.identify("o@kita.example", "他", by=Actor.desk())
    other = people.create_account({"name": "他社"}, by=Actor.desk()) if kind == "account" else made
    main = cast.midori if kind == "account" else cast.takahashi
    module = merging_accounts if kind == "account" else merging_contacts
    real = module.lead

    def deadlock(*asked: Any) -> None:
        real(*asked)
        raise OperationalError("deadlock detected") from DeadlockDetected("deadlock detected")

    monkeypatch.setattr(module, "lead", deadlock)
    before = (Event.objects.count(), Tally.objects.count())
    client = browser(cast.sato)
    sent = {"with": other.pk, "once": "k", "compare": "1"}
    answer = client.post(reverse(f"{kind}_merge", args=[main.pk]), sent)
    assert answer.status_code == 409 and "もう一度" in answer.content.decode()
    other.refresh_from_db()
    assert other.merged_into_id is None and other.trashed_at is None
    assert (Event.objects.count(), Tally.objects.count()) == before
    monkeypatch.setattr(module, "lead", real)
    assert client.post(reverse(f"{kind}_merge", args=[main.pk]), sent).status_code == 303
    other.refresh_from_db()
    assert other.merged_into_id == main.pk


# ── Who may know what ─────────────────────────────────────────────────────────────────────────────────────────────────

SECRET = "極秘の感想"
XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def whole(answer: Any) -> str:
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()


@pytest.mark.parametrize("shared", [False, True])
def test_agents_of_other_departments_learn_nothing_of_tickets_and_ratings(cast, shared):
    ticket = open_one(cast, "極秘の件")
    tickets.reply(ticket, "はい", by=cast.sato)
    tickets.rate_by_link(ticket.entries.get(direction="out"), "bad", SECRET)
    if shared:
        tickets.share(ticket, [Wish(cast.billing, Permission.FULL)], by=cast.sato)
    api, client = program(cast.suzuki), browser(cast.suzuki)
    foreign = {"departmentId": cast.support.pk}
    for kind, pk in (("contact", cast.yamada.pk), ("account", cast.midori.pk)):
        for path in ("history", "statistics", "statistics.csv"):
            assert api.get(f"/api/v1/{kind}s/{pk}/{path}", foreign).status_code == 404
            assert "極秘" not in whole(api.get(f"/api/v1/{kind}s/{pk}/{path}"))
        numbers = api.get(f"/api/v1/{kind}s/{pk}/statistics").json()
        assert (numbers["totalTickets"], numbers["customerHappiness"]["badCount"]) == ("0", "0")
        for name in ("", "_activity", "_notes", "_ratings", "_tickets", "_export"):
            for asked in ({}, {"department": cast.support.pk}, {"department": cast.support.pk, "days": "30"}):
                shown = whole(client.get(reverse(f"{kind}{name}", args=[pk]), asked))
                assert "極秘" not in shown and f"#{ticket.number}" not in shown, (kind, name, asked)
        shown = client.get(reverse(f"{kind}s"), {"open": pk, "rated": "bad"}).content.decode()
        assert "極秘" not in shown
        rows = client.get(reverse(f"{kind}s"), {"rated": "bad"}).content.decode()
        assert reverse(kind, args=[pk]) not in rows
        assert "極秘" not in whole(client.get(reverse(f"{kind}s_export")))
    for path in ("customerHappiness", "customerHappiness/count", "customerHappinessSetup"):
        assert api.get(f"/api/v1/{path}", foreign).status_code == 404
    assert api.get("/api/v1/customerHappiness").status_code == 204
    assert api.get("/api/v1/customerHappiness/count").json() == {"count": "0"}


def test_a_comment_is_words_wherever_it_stands(cast):
    ticket = open_one(cast)
    tickets.reply(ticket, "はい", by=cast.sato)
    tickets.assign(ticket, cast.sato.agent, by=cast.sato)
    tickets.rate_by_link(ticket.entries.get(direction="out"), "bad", XSS)
    tell_all()
    client = browser(cast.sato)
    places = [reverse("ticket", args=[ticket.number]), reverse("notifications")]
    places += [reverse(f"contact{name}", args=[cast.yamada.pk]) for name in ("", "_activity", "_ratings")]
    said = 0
    for place in places:
        shown = client.get(place).content.decode()
        assert "<script>alert" not in shown and "<img src=x" not in shown, place
        said += "&lt;script&gt;alert" in shown
    assert said >= 3


def test_nobody_votes_by_looking_or_with_a_token_of_something_else(cast):
    ticket = open_one(cast)
    answer = tickets.reply(ticket, "はい", by=cast.sato)
    other = tickets.reply(ticket, "追伸", by=cast.sato)
    client, key = Client(enforce_csrf_checks=True), settings_of.SECRET_KEY.encode()
    good = tokens.rating_token(key, answer.pk)
    for method in (client.get, client.head):
        for value in ("good", "ok", "bad", "x"):
            assert method(f"/help/rate/{good}/{value}?rating=bad").status_code == 200
    for method in (client.put, client.delete, client.patch, client.options):
        assert method(f"/help/rate/{good}/bad").status_code == 405
    reply = f"{answer.pk}-{tokens.sign(key, 'reply', str(answer.pk), length=16)}"
    foreign = f"{other.pk}-{good.partition('-')[2]}"
    for token in (reply, foreign, f"0{good}", f"{good}%00", f"-{good}"):
        assert client.post(f"/help/rate/{token}", {"rating": "bad"}).status_code in (404, 410)
    assert not Rating.objects.exists()
    there = client.post(f"/help/rate/{good}?language=https://evil.example&next=//evil.example", {"rating": "ok"})
    assert (
        there.headers["Location"].startswith(f"/help/rate/{good}?language=") and "evil" not in there.headers["Location"]
    )


# ── What comes back, and what goes out ────────────────────────────────────────────────────────────────────────────────

LINK = "https://desk.example.jp/help/rate/81234-abcdefghij234567/good"
WRAPPED = (
    f"https://jpn01.safelinks.protection.outlook.com/?url={quote(LINK, safe='')}&amp;data=05%7C02%7C&amp;reserved=0"
)


@pytest.mark.parametrize("link", [LINK, WRAPPED])
@pytest.mark.parametrize("name", ["İstanbul", "東京"])
def test_agents_never_come_upon_links_that_vote(link, name):
    table = f'<table><tr><td>サポートはいかがでしたか？</td></tr><tr><td><a href="{link}">良い</a></td></tr></table>'
    assert without_in_html(f"<p>{name}</p>{table}<p>後</p>") == f"<p>{name}</p><p>後</p>"
    kept = without_in_html(f'<p>{name} <a href="{link}">良い</a> 後</p>')
    assert "rate" not in kept and name in kept and "後" in kept
    assert without(f"{name}\n> 良い <{link}>\n後").split() == [name, "後"]


def test_no_cell_is_a_formula_in_a_japanese_spreadsheet_either():
    cells = ["＝１＋１", "＋cmd", "－2+3", "＠SUM(1)", "\n=1", "=1"]
    written = b"".join(tables.write(["a"], [[cell] for cell in cells])).decode("utf-8-sig")
    assert written.count("\"'") == len(cells)
    read = tables.read(written.encode(), most_rows=9).rows
    assert [row[0] for row in read] == cells
