"""Boards and the CRM, attacked: other people's tickets, what cannot be stored, clocks that differ, many at the same moment."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client

from madoguchi import crm as builtin
from madoguchi import lookups, people, record, tickets
from madoguchi.board import modes, moving, samples
from madoguchi.crm import stages as builtin_stages
from madoguchi.doors.hooks import crm as hook
from madoguchi.errors import Hidden, Refused, Stale
from madoguchi.kit import paging, tables
from madoguchi.models import (
    BoardSample,
    Classification,
    Contact,
    CrmClass,
    CrmConnection,
    CrmDeal,
    CrmPerson,
    CrmStage,
    Lookup,
    Role,
    Status,
    Ticket,
)
from madoguchi.organisation import crm, current
from madoguchi.people.tokens import make_token
from madoguchi.reactions.crm import health, kinds, looking_up, notified
from madoguchi.reactions.crm.connector import Person, Record
from madoguchi.reactions.crm.line import Line
from madoguchi.reactions.crm.looking_up import LookingUp
from madoguchi.reactions.crm.pace import Pace
from tests.cast import Cast, gather, open_one
from tests.reactions.crm.answering import look_up, serving
from tests.security.test_two_at_once import at_once

UNSTORABLE = ["\x00", "\ud800", "a\x00b@x.example", "\udfffa@x.example"]


def signed_in(agent: Any) -> Client:
    client = Client(headers={"Accept-Language": "en"}, raise_request_exception=False)
    agent.is_confirmed, agent.language = True, "en"
    agent.save()
    client.force_login(agent)
    return client


@pytest.fixture
def on(cast: Cast) -> Cast:
    crm.connect_builtin(by=cast.admin)
    return cast


class Api:
    """Calls as an agent; never an answer of 500."""

    def __init__(self, by: Any) -> None:
        token = make_token(by.agent, "t", by=by)[1]
        self.client = Client(headers={"Authorization": f"Bearer {token}"}, raise_request_exception=False)

    def __call__(self, method: str, path: str, body: Any = None) -> int:
        sent = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return int(self.client.generic(method, f"/api/v1{path}", **sent).status_code)


# -- what cannot be stored


@pytest.mark.parametrize("text", UNSTORABLE)
def test_a_call_of_the_crm_with_what_cannot_be_stored_is_taken(on: Cast, text: str) -> None:
    hook.calls.forget()
    key = CrmConnection.objects.get().webhook_key
    client = Client(raise_request_exception=False)
    for told in (
        {"email": text},
        {"phones": [text, f"03{text}1"]},
        {"module": "Deals", "ids": [text]},
        [{"Email": text}],
    ):
        answer = client.post(f"/hooks/crm/{key}", json.dumps(told), content_type="application/json")
        assert answer.status_code == 202, told


@pytest.mark.parametrize("text", UNSTORABLE)
def test_the_api_refuses_what_cannot_be_stored(on: Cast, text: str) -> None:
    api = Api(on.sato)
    person = builtin.create_person("contact", {"last_name": "山田"}, by=on.sato)
    calls = [
        ("POST", "/crm/deals", {"dealName": "a", "contactId": str(person.pk), "stage": text}),
        ("POST", "/crm/deals", {"dealName": text, "contactId": str(person.pk), "currency": text}),
        ("POST", "/crm/deals", {"dealName": "a", "contactId": text}),
        ("POST", "/crm/deals", {"dealName": "a", "contactId": str(person.pk), "amount": text, "closingDate": text}),
        ("POST", "/crm/leads", {"lastName": "a", "email": text, "phone": text, "description": text}),
        ("GET", "/crm/leads?searchStr=%00", None),
        ("GET", "/crm/contacts?email=%00&phone=%00", None),
        ("GET", "/crm/deals?searchStr=a%00b&sortBy=%00", None),
        ("GET", "/board?mode=status&column=%00", None),
        ("GET", "/board?mode=%00", None),
    ]
    assert [call for call in calls if api(*call) >= 500] == []


HUGE = [2**31, 2**63 - 1, 2**63, 10**30]


@pytest.mark.parametrize("pk", HUGE)
def test_numbers_no_row_can_have_are_not_found(on: Cast, pk: int) -> None:
    client, api = signed_in(on.admin.agent), Api(on.admin)
    gets = [f"/crm/people/{pk}/", f"/crm/deals/{pk}/", f"/crm/import/{pk}/", f"/board/samples/{pk}/", f"/crm/people/{pk}/details"]  # fmt: skip
    posts = [f"/board/samples/{pk}/reply", f"/board/samples/{pk}/closure", f"/crm/people/{pk}/conversion", f"/crm/people/{pk}/delete",
             f"/crm/deals/{pk}/stage", f"/crm/deals/{pk}/delete", f"/crm/import/{pk}/start", f"/crm/import/{pk}/columns"]  # fmt: skip
    posts += [f"/board/status/cards/{pk}/{what}" for what in ("reply", "response", "closure", "place")]
    assert [(path, code) for path in gets if (code := client.get(path).status_code) != 404] == []
    assert [(path, code) for path in posts if (code := client.post(path).status_code) != 404] == []
    assert [p for p in ("leads", "contacts", "deals", "import") if api("GET", f"/crm/{p}/{pk}") != 404] == []
    for query in (f"assignee={pk}", f"reply={pk}", f"place={pk}", f"column={pk}&after=x"):
        assert client.get(f"/board/status/?{query}").status_code in (200, 404), query
    assert client.get(f"/board/status/changes?numbers={pk},{pk}").status_code == 200
    assert api("GET", f"/board?departmentId={pk}") in (404, 422)
    assert client.get(f"/crm/deals/new?contact={pk}").status_code in (200, 404)
    assert client.get(f"/crm/leads/new?contact={pk}").status_code == 200


# -- who may what


DEEDS = ["reply", "response", "closure", "place"]


@pytest.mark.parametrize("what", DEEDS)
@pytest.mark.parametrize("mode", ["crm", "status", "assignee"])
def test_a_card_of_another_department_is_not_there(on: Cast, mode: str, what: str) -> None:
    ticket = open_one(on)
    client, number = signed_in(on.ito.agent), ticket.number
    for headers in ({}, {"Board": str(on.support.pk)}, {"Board": str(on.delivery.pk)}):
        posted = client.post(f"/board/{mode}/cards/{number}/{what}", {"body": "x", "to": "none"}, headers=headers)
        assert posted.status_code == 404, posted.content
        assert ticket.subject.encode() not in posted.content
        for query in (f"reply={number}", f"place={number}"):
            assert ticket.subject.encode() not in client.get(f"/board/{mode}/?{query}", headers=headers).content
        told = client.get(f"/board/{mode}/changes?numbers={number}", headers=headers)
        assert ticket.subject.encode() not in told.content
    ticket.refresh_from_db()
    assert ticket.state == "Open" and ticket.version == Ticket.objects.get(pk=ticket.pk).version


@pytest.mark.parametrize("what", DEEDS)
def test_light_agents_and_roles_without_the_rights_change_nothing(on: Cast, what: str) -> None:
    ticket = open_one(on)
    role = Role.objects.create(
        name="Reader", name_ja="見るだけ", base=Role.Base.AGENT, takes_away=["reply", "set_status", "assign", "edit"]
    )
    on.sato.agent.role = role
    agents = [on.light.agent, on.sato.agent]
    before = (ticket.version, ticket.status_id, ticket.entries.count())
    for agent in agents:
        client = signed_in(agent)
        for mode, to in (("status", "2"), ("assignee", "none"), ("priority", "High"), ("due", "today")):
            for headers in ({}, {"Board": str(on.support.pk)}):
                sent = {"body": "x", "to": to, "once": "1"}
                code = client.post(f"/board/{mode}/cards/{ticket.number}/{what}", sent, headers=headers).status_code
                assert code == 403, (agent, mode, what, code)
    ticket.refresh_from_db()
    assert (ticket.version, ticket.status_id, ticket.entries.count()) == before


def test_samples_of_other_departments_are_not_there(on: Cast) -> None:
    sample = samples.of(on.support, by=on.sato)[0]
    client = signed_in(on.ito.agent)
    for path in ("", "reply", "closure"):
        send = client.post if path else client.get
        assert send(f"/board/samples/{sample.id}/{path}", {"body": "x"}).status_code == 404
    light = signed_in(on.light.agent)
    assert light.post(f"/board/samples/{sample.id}/reply", {"body": "x"}).status_code == 403
    assert light.post(f"/board/samples/{sample.id}/closure").status_code == 403
    assert signed_in(on.tanaka.agent).post("/board/samples/removal").status_code == 403
    row = BoardSample.objects.get(pk=sample.id)
    assert (row.reply, row.closed_at) == ("", None)


# -- the connection


@pytest.fixture
def other_key(settings: Any) -> Callable[[], None]:
    def change() -> None:
        settings.SECRET_KEY = "another key of this desk, as after a move without its old one"

    return change


def test_a_changed_key_of_the_desk_asks_for_consent_and_stops_asking(cast: Cast, other_key: Any) -> None:
    crm.connect("hubspot", settings={}, secrets={"access_token": "a-token-that-is-sealed"}, by=cast.admin)
    open_one(cast)
    other_key()
    looker = LookingUp()
    looker.run_all()
    row = crm.connection()
    assert row.needs_consent and row.failures == 0
    assert Lookup.objects.exists()
    assert looker.run() is False
    crm.CrmTrouble.objects.all().delete()
    looker.run_all()
    assert not crm.CrmTrouble.objects.exists()


def test_a_changed_key_is_no_crash_for_notified_records_nor_for_the_test(cast: Cast, other_key: Any) -> None:
    crm.connect("hubspot", settings={}, secrets={"access_token": "a-token-that-is-sealed"}, by=cast.admin)
    other_key()
    assert notified.look_up("Contacts", ["1"]) == 0
    assert crm.connection().needs_consent
    CrmConnection.objects.update(needs_consent=False)
    client = signed_in(cast.admin.agent)
    client.post("/settings/crm/do/test")
    assert crm.connection().needs_consent
    assert "key of the desk" in client.get("/settings/crm").content.decode()


def test_a_renewal_on_its_way_does_not_undo_a_new_consent(cast: Cast) -> None:
    row = crm.connect("zoho", settings={}, secrets={"access_token": "old", "refresh_token": "r"}, by=cast.admin)
    line = Line(row, Pace(600))

    def renew(_secrets: Any) -> dict[str, str]:
        crm.reconnect(secrets={"access_token": "consented", "refresh_token": "r2"}, by=cast.admin)
        return {"access_token": "renewed"}

    line.renewed("old", renew)
    assert crm.secrets_of(crm.connection()) == {"access_token": "consented", "refresh_token": "r2"}


def test_a_consent_is_not_kept_for_another_crm_connected_meanwhile(cast: Cast) -> None:
    seen = crm.connect("zoho", settings={}, secrets={"access_token": "of zoho"}, by=cast.admin)
    crm.connect("hubspot", settings={}, secrets={"access_token": "of hubspot"}, by=cast.admin)
    with pytest.raises(Refused):
        crm.reconnect(secrets={"access_token": "of zoho 2"}, of=seen, by=cast.admin)
    assert crm.secrets_of(crm.connection()) == {"access_token": "of hubspot"}


# -- what the CRM answers


@pytest.fixture
def server(monkeypatch: Any, cast: Cast) -> Iterator[Any]:
    with serving(monkeypatch) as server:
        crm.connect("zoho", settings={"url": server.url}, secrets={"access_token": "t"}, by=cast.admin)
        yield server


def test_a_stage_that_cannot_be_stored_is_stored_as_it_can(server: Any, cast: Cast) -> None:
    server.knows("hanako@midori.example", "open")
    server.people["hanako@midori.example"]["deals"][0]["stage"] = "商\x00談\ud800<script>"
    ticket = open_one(cast)
    look_up()
    ticket.refresh_from_db()
    assert ticket.crm_class == CrmClass.DEAL
    kept = Classification.objects.get(contact=cast.yamada)
    assert kept.deals["open"]["stage"] == "商談\ufffd<script>" and kept.error == ""
    page = signed_in(cast.sato.agent).get("/board/crm/").content.decode()
    assert "&lt;script&gt;" in page and "<script>・" not in page


def test_what_went_wrong_is_told_even_if_it_cannot_be_stored(cast: Cast) -> None:
    crm.note_trouble("a\x00b", "c\ud800d\x00")
    assert crm.CrmTrouble.objects.get().text.startswith("c")


def test_notified_people_with_addresses_that_cannot_be_stored(cast: Cast, monkeypatch: Any) -> None:
    class Odd:
        def concerned(self, _module: str, _ids: Any) -> list[Person]:
            return [Person("1\x00", ("\ud800@x.example", "hanako@midori.example\x00"), ("\x00", "03\ud8001"))]

        def close(self) -> None:
            pass

    monkeypatch.setitem(kinds.KINDS, "zoho", kinds.Kind(lambda _line: Odd(), 600))  # type: ignore[arg-type,return-value]
    crm.connect("zoho", settings={}, secrets={"access_token": "t"}, by=cast.admin)
    assert notified.look_up("Contacts", ["1"]) in (0, 1)


def test_an_answer_written_by_a_clock_that_was_ahead_is_replaced(server: Any, cast: Cast) -> None:
    ticket = open_one(cast)
    look_up()
    Classification.objects.update(checked_at=record.now() + timedelta(hours=5))
    server.knows("hanako@midori.example", "won")
    lookups.wish_by_keys(["hanako@midori.example"], [], of="zoho")
    server.asked.clear()
    look_up()
    ticket.refresh_from_db()
    assert ticket.crm_class == CrmClass.CUSTOMER
    assert len(server.asked) == 1 and not Lookup.objects.exists()
    assert Classification.objects.get(contact=cast.yamada).checked_at < record.now() + timedelta(minutes=1)


def test_a_look_up_that_never_returns_holds_nothing_else_up(cast: Cast, monkeypatch: Any) -> None:
    released = threading.Event()

    class Stuck:
        def find(self, _emails: Any, _phones: Any) -> Record | None:
            released.wait(30)
            return None

    monkeypatch.setitem(kinds.KINDS, "zoho", kinds.Kind(lambda _line: Stuck(), 6000))  # type: ignore[arg-type,return-value]
    monkeypatch.setattr(looking_up, "PATIENCE_S", 0.1)
    crm.connect("zoho", settings={}, secrets={"access_token": "t"}, by=cast.admin)
    open_one(cast)
    looker, began = LookingUp(), time.monotonic()
    try:
        looker.run_all()
        assert time.monotonic() - began < 10
        row = crm.connection()
        assert row.failures == 1 and health.crm.is_paused(row, record.now())
        assert Lookup.objects.filter(contact=cast.yamada).exists()
        Ticket.objects.update(crm_class=CrmClass.CUSTOMER)
        lookups.wish_all([cast.yamada.pk])
        looker.run_all()
        assert set(Ticket.objects.values_list("crm_class", flat=True)) == {CrmClass.NEW}
    finally:
        released.set()


# -- files


BOMBS = {
    "quotes": b'"' * (10 * 2**20),
    "line ends": b"\n" * (10 * 2**20),
    "carriage returns": b"\r" * (10 * 2**20),
    "commas": b"," * (10 * 2**20),
    "one wide row": b"a,b\nx" + b"," * (10 * 2**20 - 10),
    "wide rows": b"a,b\n" + (b"x" + b"," * 200 + b"\n") * 49_000,
    "one cell": b"a,b\n" + b"x" * (10 * 2**20 - 10),
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS.keys())
def test_a_file_made_to_hurt_is_refused_soon(data: bytes) -> None:
    began = time.process_time()
    with pytest.raises(tables.NotATable):
        tables.read(data, most_rows=50_000)
    assert time.process_time() - began < 3


# -- many at the same moment


def again(
    deed: Callable[[], Any], found: list[Any], until: threading.Event, done: list[int], n: int
) -> Callable[[], None]:
    """Over and over; what was refused is an answer, anything else is kept."""

    def run() -> None:
        try:
            while not until.is_set():
                try:
                    deed()
                    done[n] += 1
                except (Refused, Hidden):
                    pass
                except Exception as error:
                    found.append(error)
                    return
        finally:
            connection.close()

    return run


def side_by_side(deeds: list[Callable[[], Any]], seconds: float) -> list[Any]:
    """What went wrong; each of them succeeded now and then."""
    found: list[Any] = []
    done = [0] * len(deeds)
    until = threading.Event()
    threads = [threading.Thread(target=again(deed, found, until, done, n)) for n, deed in enumerate(deeds)]
    for thread in threads:
        thread.start()
    until.wait(seconds)
    until.set()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert found or min(done) > 1, done
    return found


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_each_other_for_ever() -> None:
    """Classifiers, ticket verbs, the CRM's verbs and connecting, all over the same few rows; then everything is as it should be."""
    cast = gather()
    crm.connect_builtin(by=cast.admin)
    pair = [open_one(cast, subject=f"{n}", contact=who) for n, who in enumerate([cast.yamada, cast.takahashi] * 3)]
    mails = ["hanako@midori.example", "makoto@kita.example"]
    known = [builtin.create_person("contact", {"last_name": "x", "email": mail}, by=cast.sato) for mail in mails]
    open_, won = CrmStage.objects.get(name_ja="初回面談"), CrmStage.objects.get(name_ja="受注")
    deals = [builtin.create_deal({"name": "d", "person": person}, by=cast.sato) for person in known]
    states = {each.state: each for each in Status.objects.all()}
    turn = iter(range(10**9))
    lookers = [LookingUp() for _n in range(2)]

    def fresh(n: int) -> Ticket:
        return Ticket.objects.get(pk=pair[n % len(pair)].pk)

    def move_deal() -> None:
        n = next(turn)
        builtin.edit_deal(CrmDeal.objects.get(pk=deals[n % 2].pk), {"stage": (open_, won)[n // 2 % 2]}, by=cast.sato)

    def hand_over() -> None:
        n = next(turn)
        builtin.edit_deal(CrmDeal.objects.get(pk=deals[n % 2].pk), {"person": known[n // 2 % 2]}, by=cast.tanaka)

    def come_and_go() -> None:
        person = builtin.create_person("lead", {"last_name": "g", "email": mails[next(turn) % 2]}, by=cast.sato)
        person = builtin.convert_lead(person, by=cast.sato)
        builtin.create_deal({"name": "g", "person": person, "stage": won}, by=cast.sato)
        builtin.delete_person(person, by=cast.sato)

    def reopen() -> None:
        n = next(turn)
        tickets.set_status(fresh(n), states["Closed" if n % 2 else "Open"], by=cast.tanaka)

    def give_to_another() -> None:
        n = next(turn)
        tickets.edit(fresh(n), {"contact": (cast.yamada, cast.takahashi)[n // 5 % 2]}, by=cast.sato)

    def change_address() -> None:
        n = next(turn)
        emails = ["hanako@midori.example", f"h{n % 3}@midori.example"]
        numbers = [("phone", f"03-1234-{n % 10000:04d}")]
        whose = Contact.objects.get(pk=cast.yamada.pk)
        people.edit_contact(whose, {}, emails=emails, phone_numbers=numbers, by=cast.sato)

    def connect() -> None:
        time.sleep(0.05)
        (crm.disconnect if next(turn) % 3 == 0 else crm.connect_builtin)(by=cast.admin)

    def turn_stage() -> None:
        time.sleep(0.02)
        stage = CrmStage.objects.get(name_ja="要件確認")
        builtin_stages.edit_stage(stage, {"category": "won" if next(turn) % 2 else "open"}, by=cast.admin)

    deeds = [move_deal, hand_over, come_and_go, reopen, give_to_another, change_address, connect, turn_stage]
    found = side_by_side([*deeds, *(lambda looker=looker: (looker.run(), time.sleep(0.01)) for looker in lookers)], 8)
    assert found == []
    crm.connect_builtin(by=cast.admin)
    look_up()
    call_command("recount", "--check")
    wrong = [
        t for t in Ticket.objects.filter(state="Open").select_related("contact") if t.crm_class != t.contact.crm_class
    ]
    assert wrong == [] and not Lookup.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_agents_drop_one_card_at_once() -> None:
    cast = gather()
    hold = Status.objects.filter(state="On Hold").first()
    assert hold is not None
    for n in range(8):
        ticket = open_one(cast)
        seen = str(ticket.status_id)
        open_ones = Status.objects.exclude(state="Closed").exclude(pk=ticket.status_id).values_list("pk", flat=True)
        one, other = str(open_ones[0]), str(open_ones[len(open_ones) - 1])

        def drop(key: str, by: Any, pk: int = ticket.pk, seen: str = seen) -> Any:
            return moving.move(Ticket.objects.with_people().get(pk=pk), modes.find("status"), key, seen=seen, by=by)

        found = at_once(partial(drop, one, cast.sato), partial(drop, other, cast.tanaka))
        assert [each for each in found if isinstance(each, Exception) and not isinstance(each, Stale)] == [], n
        moved = [key for key, each in zip([one, other], found, strict=True) if not isinstance(each, Exception)]
        assert str(Ticket.objects.get(pk=ticket.pk).status_id) in moved


@pytest.mark.django_db(transaction=True)
def test_a_deal_moved_while_its_contact_is_deleted() -> None:
    cast = gather()
    crm.connect_builtin(by=cast.admin)
    won = CrmStage.objects.get(name_ja="受注")
    for _n in range(10):
        person = builtin.create_person("contact", {"last_name": "x", "email": "hanako@midori.example"}, by=cast.sato)
        deal = builtin.create_deal({"name": "d", "person": person}, by=cast.sato)
        found = at_once(
            lambda deal=deal: builtin.edit_deal(deal, {"stage": won}, by=cast.sato),
            lambda deal=deal, person=person: builtin.edit_deal(deal, {"stage": won, "person": person}, by=cast.sato),
            lambda person=person: builtin.delete_person(person, by=cast.tanaka),
            lambda person=person: builtin.create_deal({"name": "e", "person": person, "stage": won}, by=cast.sato),
        )
        odd = [each for each in found if isinstance(each, Exception) and not isinstance(each, (Refused, Hidden))]
        assert odd == []
        assert not CrmPerson.objects.exists() and not CrmDeal.objects.exists()
    look_up()
    call_command("recount", "--check")


def test_a_card_dropped_into_a_column_that_is_gone(on: Cast) -> None:
    ticket = open_one(on)
    gone = Status.objects.filter(state="On Hold").first()
    assert gone is not None
    client = signed_in(on.sato.agent)
    for to in (str(gone.pk + 1000), "0", "²", "none", "９", "-1", "9" * 30):
        answer = client.post(f"/board/status/cards/{ticket.number}/place", {"to": to})
        assert answer.status_code == 422, to
    for to in ("0", "²", str(on.ito.agent.pk), "9" * 30, "x"):
        assert client.post(f"/board/assignee/cards/{ticket.number}/place", {"to": to}).status_code == 422, to
    for to in ("someday", "overdue"):
        assert client.post(f"/board/due/cards/{ticket.number}/place", {"to": to}).status_code == 422, to
    Status.objects.filter(pk=gone.pk).update(is_active=False)
    current.forget()
    assert client.post(f"/board/status/cards/{ticket.number}/place", {"to": str(gone.pk)}).status_code == 422
    ticket.refresh_from_db()
    assert ticket.state == "Open"


def test_a_department_that_is_disabled_has_no_board(on: Cast) -> None:
    ticket = open_one(on)
    client, api = signed_in(on.sato.agent), Api(on.sato)
    on.support.is_enabled = False
    on.support.save()
    assert ticket.subject.encode() not in client.get("/board/status/", headers={"Board": str(on.support.pk)}).content
    assert client.post(f"/board/status/cards/{ticket.number}/place", {"to": "none"}).status_code == 404
    assert api("GET", f"/board?mode=status&departmentId={on.support.pk}") == 404
    assert api("GET", "/board?mode=status") == 404


def test_names_are_never_markup(on: Cast) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}'
    stage = CrmStage.objects.get(name_ja="提案中")
    CrmStage.objects.filter(pk=stage.pk).update(name=evil, name_ja=evil)
    person = builtin.create_person(
        "contact",
        {"last_name": evil, "account_name": evil, "title": evil, "description": evil, "email": "hanako@midori.example"},
        by=on.sato,
    )
    deal = builtin.create_deal({"name": evil, "person": person, "stage": stage, "amount": "12"}, by=on.sato)
    on.yamada.last_name = evil[:60]
    on.yamada.save()
    on.midori.name = evil
    on.midori.save()
    ticket = open_one(on, subject=evil)
    look_up()
    samples.of(on.support, by=on.sato)
    client = signed_in(on.admin.agent)
    board = {"Board": str(on.support.pk)}
    data = f'姓,メール\r\n"{evil.replace(chr(34), chr(34) * 2)}",not-an-address\r\n'.encode()
    posted = client.post("/crm/import", {"what": "leads", "file": SimpleUploadedFile(f"{evil}.csv", data)})
    assert posted.status_code == 303, posted.content
    pages = [
        (posted["Location"], {}), ("/crm/import", {}), ("/crm/contacts/", {}), ("/crm/deals/", {}), (f"/crm/people/{person.pk}/", {}),
        (f"/crm/deals/{deal.pk}/", {}), (f"/crm/deals/{deal.pk}/details", {}), (f"/crm/people/{person.pk}/details", {}),
        ("/settings/crm/stages", {}), (f"/tickets/{ticket.number}", {}), (f"/contacts/{on.yamada.pk}", {}),
    ]  # fmt: skip
    for mode in modes.MODES:
        pages += [(f"/board/{mode}/", {}), (f"/board/{mode}/changes?numbers={ticket.number}", board)]
        pages += [(f"/board/{mode}/?reply={ticket.number}", extra) for extra in ({}, board)]
        pages += [(f"/board/{mode}/?place={ticket.number}", extra) for extra in ({}, board)]
    seen = 0
    for path, headers in pages:
        answer = client.get(path, headers=headers, follow=True)
        html = answer.content.decode()
        assert answer.status_code == 200, path
        assert "<script>alert" not in html and "<img src=x" not in html and '"><' + "script" not in html, path
        seen += "&lt;script&gt;alert" in html
    assert seen > len(pages) * 0.6
    file = client.get("/crm/export/contacts.csv")
    assert evil not in file["Content-Disposition"] and file["Content-Disposition"].startswith("attachment;")


STRANGE = [
    ("due", "x", 1),
    ("due", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), 1),
    ("due", datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-14))), 2**63 - 1),
    ("due", datetime(2026, 1, 1), -(2**63)),
    ("waiting", None, True),
    ("changed", Decimal("1e30"), 1),
    ("changed", "x", "y"),
    ("amount", datetime(1, 1, 1, tzinfo=UTC), 1),
    ("amount", Decimal("1e30"), 1),
    ("name", 5, 5),
    ("closing", date(1, 1, 1), 1),
    (1.5,),
    (),
]


@pytest.mark.parametrize("values", STRANGE, ids=range(len(STRANGE)))
def test_a_cursor_someone_made_up_is_no_crash(on: Cast, values: Any) -> None:
    open_one(on)
    person = builtin.create_person("contact", {"last_name": "x"}, by=on.sato)
    builtin.create_deal({"name": "d", "person": person, "amount": "5"}, by=on.sato)
    client, api = signed_in(on.sato.agent), Api(on.sato)
    after = paging.encode(*values)
    for order in ("due", "waiting"):
        for mode in ("crm", "status", "assignee"):
            key = {"crm": "unmapped", "status": str(Ticket.objects.get().status_id), "assignee": "none"}[mode]
            assert client.get(f"/board/{mode}/?order={order}&column={key}&after={after}").status_code == 200
    assert api("GET", f"/board?mode=crm&column=unmapped&after={after}") == 200
    for sort in ("", "changed", "name", "amount", "closing", "stage", "company"):
        for where in ("contacts", "deals", "leads"):
            assert client.get(f"/crm/{where}/?sort={sort}&after={after}").status_code == 200, (where, sort)
