"""Whatever happens to tickets, contacts and the CRM: afterwards every open ticket stands in the column the CRM says (SPEC C1)."""

import contextlib
import random
from datetime import timedelta

import pytest
from django.core.management import call_command

from madoguchi import crm, lookups, people, tickets
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.models import Contact, CrmClass, CrmDeal, CrmPerson, CrmStage, Event, Lookup, Status, Ticket
from madoguchi.organisation import crm as connecting
from madoguchi.reactions.crm.builtin import find_all
from madoguchi.reactions.crm.classes import class_of
from madoguchi.record import at, now
from tests.cast import open_one
from tests.reactions.crm.answering import look_up, serving

EMAILS = ["hanako@midori.example", "makoto@kita.example", "c@x.example", "d@x.example"]
NUMBERS = ["03-1234-5678", "+81 90 1111 2222", ""]


class Story:
    """Random steps through the ordinary verbs; what a verb refuses did not happen."""

    def __init__(self, cast, seed: int) -> None:
        self.cast, self.by, self.chance = cast, cast.tanaka, random.Random(seed)
        self.contacts = [cast.yamada, cast.takahashi]
        self.stages = list(CrmStage.objects.all())

    def ticket(self) -> Ticket:
        return self.chance.choice(list(Ticket.objects.all()))

    def contact(self) -> Contact:
        found = self.chance.choice(self.contacts)
        return found if self.chance.random() < 0.5 else Contact.objects.get(pk=found.pk)

    def step(self, *, but: object = None) -> None:
        acts = [self.open, self.open, self.close, self.reopen, self.hold, self.merge, self.trash, self.restore, self.spam,
                self.not_spam, self.give, self.edit_contact, self.person, self.edit_person, self.convert, self.delete_person,
                self.deal, self.edit_deal, self.delete_deal, self.turn, self.reply, look_up]  # fmt: skip
        with contextlib.suppress(Refused, Hidden, Denied, IndexError):
            self.chance.choice([act for act in acts if act is not but])()

    def open(self) -> None:
        open_one(self.cast, contact=self.contact(), by=self.by)

    def close(self) -> None:
        tickets.close(self.ticket(), by=self.by)

    def reopen(self) -> None:
        tickets.reopen(self.ticket(), by=self.by)

    def hold(self) -> None:
        tickets.set_status(self.ticket(), Status.objects.get(name="On Hold"), by=self.by)

    def reply(self) -> None:
        tickets.reply(self.ticket(), "確認します", by=self.by)

    def merge(self) -> None:
        two = self.chance.choices(list(Ticket.objects.filter(trashed_at=None, is_spam=False)), k=2)
        tickets.merge(two[0], two[1:], by=self.by)

    def trash(self) -> None:
        tickets.trash(self.ticket(), by=self.by)

    def restore(self) -> None:
        tickets.restore(self.ticket(), by=self.by)

    def spam(self) -> None:
        tickets.mark_spam(self.ticket(), by=self.by)

    def not_spam(self) -> None:
        tickets.unmark_spam(self.ticket(), by=self.by)

    def give(self) -> None:
        tickets.edit(self.ticket(), {"contact": self.contact()}, by=self.by)

    def edit_contact(self) -> None:
        emails = self.chance.sample(EMAILS, 2)
        numbers = [("phone", self.chance.choice(NUMBERS))]
        people.edit_contact(self.contact(), {}, emails=emails, phone_numbers=numbers, by=self.by)

    def values(self) -> dict[str, str]:
        return {
            "last_name": "客",
            "email": self.chance.choice([*EMAILS, ""]).upper(),
            "phone": self.chance.choice(NUMBERS),
            "mobile": self.chance.choice(NUMBERS),
        }

    def person(self) -> None:
        crm.create_person(self.chance.choice(["lead", "contact"]), self.values(), by=self.by)

    def one(self) -> CrmPerson:
        return self.chance.choice(list(CrmPerson.objects.all()))

    def edit_person(self) -> None:
        crm.edit_person(self.one(), self.values(), by=self.by)

    def convert(self) -> None:
        crm.convert_lead(self.one(), by=self.by)

    def delete_person(self) -> None:
        crm.delete_person(self.one(), by=self.by)

    def deal(self) -> None:
        crm.create_deal({"name": "商談", "person": self.one(), "stage": self.chance.choice(self.stages)}, by=self.by)

    def edit_deal(self) -> None:
        deal = self.chance.choice(list(CrmDeal.objects.all()))
        crm.edit_deal(deal, {"stage": self.chance.choice(self.stages), "person": self.one()}, by=self.by)

    def delete_deal(self) -> None:
        crm.delete_deal(self.chance.choice(list(CrmDeal.objects.all())), by=self.by)

    def turn(self) -> None:
        connecting.set_order(won_first=self.chance.random() < 0.5, by=self.cast.admin)


def board() -> list[Ticket]:
    return list(Ticket.objects.filter(state="Open", trashed_at=None, is_spam=False).select_related("contact"))


def assert_true() -> None:
    """Of every contact and every open ticket: what the CRM says now. And what changed was written down, each change once."""
    won_first = connecting.connection().won_first
    contacts = list(Contact.objects.all())
    known = find_all(contact.pk for contact in contacts)
    expected = {each.pk: class_of(known.get(each.pk), won_first=won_first) for each in contacts}
    assert {each.pk: CrmClass(each.crm_class) for each in contacts} == expected
    assert {t.pk: t.crm_class for t in board()} == {t.pk: expected[t.contact_id] for t in board()}
    for contact in contacts:
        last = "unmapped"
        for event in Event.objects.filter(verb="contact.classified", contact=contact).order_by("pk"):
            assert event.before == {"crm_class": last} and event.after["crm_class"] != last
            last = event.after["crm_class"]
        assert last == connecting.KEYS[CrmClass(contact.crm_class)]


@pytest.mark.parametrize("seed", range(12))
def test_after_any_story_every_open_ticket_stands_where_the_crm_says(cast, seed):
    connecting.connect_builtin(by=cast.admin)
    story = Story(cast, seed)
    open_one(cast)
    for _step in range(60):
        story.step()
    look_up()
    assert not Lookup.objects.exists()
    assert_true()
    call_command("recount", "--check")


@pytest.mark.parametrize("seed", range(4))
def test_the_same_with_a_crm_over_the_network_that_is_down_now_and_then(cast, seed, monkeypatch):
    with serving(monkeypatch) as server:
        connecting.connect("zoho", settings={"url": server.url}, secrets={"access_token": "t"}, by=cast.admin)
        story = Story(cast, seed)
        acts = [story.open, story.close, story.reopen, story.merge, story.trash, story.restore, story.spam, story.not_spam, story.give]  # fmt: skip
        open_one(cast)
        moment = now()
        for step in range(50):
            server.fault = story.chance.choice([None, None, (503, {}, b""), (200, {}, b"?")])
            with at(moment), contextlib.suppress(Refused, Hidden, Denied, IndexError):
                if step % 10 == 9:
                    email = story.chance.choice(EMAILS[:2])
                    server.knows(email, *story.chance.choices(["won", "open", "lost"], k=2))
                    lookups.wish_by_keys([email], [], of="zoho")
                story.chance.choice([*acts, look_up, look_up])()
            moment += timedelta(minutes=story.chance.choice([0, 0, 1, 20]))
        with at(moment):
            look_up()
        in_between = {t.pk: t.crm_class for t in board()}
        assert in_between == {t.pk: t.contact.crm_class for t in board()}
        server.fault = None
        with at(moment + timedelta(days=2)):
            look_up()
        expected = {}
        for contact in story.contacts:
            found = server.people.get(contact.email)
            there = {deal["category"] for deal in found["deals"]} if found else set()
            expected[contact.pk] = (
                CrmClass.NEW if found is None else CrmClass.DEAL if "open" in there
                else CrmClass.CUSTOMER if "won" in there else CrmClass.CONTACT
            )  # fmt: skip
        asked = set(Contact.objects.filter(classification__checked_at__isnull=False).values_list("pk", flat=True))
        assert {t.pk: t.crm_class for t in board() if t.contact_id in asked} == {
            t.pk: expected[t.contact_id] for t in board() if t.contact_id in asked
        }
        assert not Lookup.objects.exists()
        call_command("recount", "--check")
