"""A CRM over the network is asked (SPEC C2, C7): answered, down, refused, misunderstood, slow, replaced. Real HTTP."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from madoguchi import lookups, people, tickets
from madoguchi.models import Classification, Contact, CrmClass, CrmConnection, CrmTrouble, Event, Lookup, Ticket
from madoguchi.organisation import crm
from madoguchi.reactions.crm import health, kinds, refreshing, wishes
from madoguchi.record import at
from tests.cast import open_one
from tests.reactions.crm.answering import look_up, serving


@pytest.fixture
def server(monkeypatch):
    with serving(monkeypatch) as found:
        yield found


@pytest.fixture
def desk(cast, server):
    connect(cast, server)
    return cast


def connect(cast, server):
    return crm.connect("zoho", settings={"url": server.url}, secrets={"access_token": "t"}, by=cast.admin)


def class_of(contact) -> CrmClass:
    return CrmClass(Contact.objects.get(pk=contact.pk).crm_class)


def look_up_in(minutes: float) -> None:
    with at(timezone.now() + timedelta(minutes=minutes)):
        look_up()


def many(desk, n: int) -> list[Contact]:
    found = [people.identify(f"c{each}@many.example", by=desk.sato) for each in range(n)]
    for each in found:
        open_one(desk, contact=each)
    return found


def test_who_opens_a_ticket_is_looked_up_once(desk, server):
    server.knows("hanako@midori.example", "open")
    for subject in ("一", "二", "三"):
        open_one(desk, subject)
    look_up()
    assert server.emails == ["hanako@midori.example"]
    assert class_of(desk.yamada) == CrmClass.DEAL
    assert set(Ticket.objects.values_list("crm_class", flat=True)) == {CrmClass.DEAL}
    assert not Lookup.objects.exists()
    found = Classification.objects.get(contact=desk.yamada)
    assert (found.source, found.module, found.record, found.deals["open"]["amount"]) == (
        "zoho",
        "contacts",
        "700",
        "1000",
    )


def test_who_was_asked_for_a_moment_ago_is_not_asked_for_again(desk, server):
    open_one(desk)
    look_up()
    open_one(desk, "もう一つ")
    look_up()
    assert len(server.asked) == 1 and not Lookup.objects.exists()
    with at(timezone.now() + timedelta(minutes=11)):
        open_one(desk, "十一分後")
        look_up()
    assert len(server.asked) == 2


def test_what_changed_in_the_crm_is_asked_at_once(desk, server):
    open_one(desk)
    look_up()
    server.knows("hanako@midori.example", "won")
    lookups.wish_by_keys(["HANAKO@midori.example"], [], of="zoho")
    look_up()
    assert class_of(desk.yamada) == CrmClass.CUSTOMER
    server.knows("hanako@midori.example", "lost")
    assert lookups.wish_of_records(["700"], of="zoho") == 1
    look_up()
    assert class_of(desk.yamada) == CrmClass.CONTACT
    assert lookups.wish_by_keys(["hanako@midori.example"], []) == 0  # the built-in CRM is not asked


def test_a_class_that_stays_leaves_no_event(desk, server):
    server.knows("hanako@midori.example", "open")
    open_one(desk)
    look_up()
    for _again in range(2):
        lookups.wish_all([desk.yamada.pk])
        look_up()
    assert len(server.asked) == 3
    assert Event.objects.filter(verb="contact.classified").count() == 1


def test_who_has_neither_address_nor_number_is_new_without_asking(desk, server):
    contact = people.create_contact({"last_name": "名無し"}, by=desk.sato)
    look_up()
    assert server.asked == [] and Classification.objects.get(contact=contact).checked_at is not None


def test_four_at_a_time_and_no_more(desk, server):
    server.delay_s = 0.05
    many(desk, 12)
    look_up()
    assert len(server.asked) == 12 and server.most_at_once == 4


def test_no_more_requests_a_minute_than_allowed(desk, server):
    crm.set_rate(per_minute=600, by=desk.admin)
    many(desk, 8)
    look_up()
    moments = [moment for moment, _email in server.asked]
    assert len(moments) == 8 and moments[-1] - moments[0] > 0.1 * 6.5


# -- down


def test_a_crm_that_is_down_is_left_alone_and_classes_keep_their_age(desk, server):
    server.knows("hanako@midori.example", "won")
    open_one(desk)
    look_up()
    age = Classification.objects.get(contact=desk.yamada).checked_at
    server.fault = (503, {}, b"")
    lookups.wish_all([desk.yamada.pk])
    look_up()
    look_up()
    connection = crm.connection()
    assert len(server.asked) == 2 and connection.failures == 1
    assert 24 <= (connection.paused_until - timezone.now()).total_seconds() <= 36
    assert Lookup.objects.count() == 1
    assert class_of(desk.yamada) == CrmClass.CUSTOMER
    assert Classification.objects.get(contact=desk.yamada).checked_at == age
    assert [(t.status, t.text) for t in CrmTrouble.objects.all()] == [(503, "left alone")]


def test_down_for_an_hour_it_is_tried_seldom_then_catches_up_in_order(desk, server):
    server.fault = (500, {}, b"")
    start = timezone.now()
    contacts = many(desk, 9)
    for minute in range(60):
        with at(start + timedelta(minutes=minute)):
            look_up()
    assert 5 <= len(set(server.asked)) <= 15
    assert crm.connection().failures >= 5
    server.fault, server.asked = None, []
    for contact in contacts:
        server.knows(contact.email, "open")
    late = open_one(desk, "停止中に届いた")
    for minute in range(60, 80):
        with at(start + timedelta(minutes=minute)):
            look_up()
    assert set(server.emails[:9]) == {each.email for each in contacts}
    assert server.emails[0] == contacts[0].email  # one alone to try, then four at a time
    assert server.emails[9:] == ["hanako@midori.example"]
    assert {class_of(each) for each in contacts} == {CrmClass.DEAL}
    assert Ticket.objects.get(pk=late.pk).crm_class == CrmClass.NEW
    connection = crm.connection()
    assert (connection.failures, connection.paused_until) == (0, None)
    assert not Lookup.objects.exists()


def test_copies_are_put_right_while_the_crm_is_down(desk, server):
    server.knows("hanako@midori.example", "won")
    ticket = open_one(desk)
    tickets.close(ticket, by=desk.sato)
    look_up()
    assert class_of(desk.yamada) == CrmClass.CUSTOMER
    assert Ticket.objects.get(pk=ticket.pk).crm_class == CrmClass.NEW  # closed: an old one may stay
    server.fault = (503, {}, b"")
    lookups.wish_all([desk.takahashi.pk])
    look_up()
    with at(timezone.now() + timedelta(seconds=5)):
        tickets.reopen(ticket, by=desk.sato)
        look_up()
    assert Ticket.objects.get(pk=ticket.pk).crm_class == CrmClass.CUSTOMER


def test_it_is_left_alone_as_long_as_it_asks_for(desk, server):
    server.fault = (429, {"Retry-After": "600"}, b"")
    open_one(desk)
    look_up()
    pause = crm.connection().paused_until - timezone.now()
    assert 598 <= pause.total_seconds() <= 662


def test_wishes_do_not_pile_up_while_nobody_can_be_asked(desk, server):
    server.fault = (401, {}, b"")
    ticket = open_one(desk)
    look_up()
    for _day in range(5):
        tickets.close(ticket, by=desk.sato)
        tickets.reopen(ticket, by=desk.sato)
        look_up()
    assert Lookup.objects.filter(is_forced=False).count() == 1
    lookups.wish_all([desk.yamada.pk])
    lookups.wish_all([desk.yamada.pk])
    look_up()
    assert sorted(Lookup.objects.values_list("is_forced", flat=True)) == [False, True]


def test_a_hanging_crm_is_down(cast, monkeypatch):
    with serving(monkeypatch, timeout_s=0.3) as server:
        connect(cast, server)
        server.fault = "hang"
        open_one(cast)
        look_up()
        assert crm.connection().failures == 1 and Lookup.objects.count() == 1
        assert CrmTrouble.objects.get().text == "ReadTimeout"


@pytest.mark.parametrize(
    ("failures", "shortest", "longest"), [(1, 24, 36), (2, 48, 72), (5, 384, 576), (6, 720, 1080), (99, 720, 1080)]
)
def test_pauses_grow_to_a_quarter_of_an_hour(failures, shortest, longest):
    assert health.pause_s(failures, chance=0) == shortest
    assert health.pause_s(failures, chance=1) == pytest.approx(longest)


def test_workers_that_find_it_down_together_are_one_failure(desk, server):
    from madoguchi.reactions.crm.connector import Down

    found = crm.connection()
    for _worker in range(3):
        health.is_down(found, Down("503"), "zoho", now=timezone.now())
    assert crm.connection().failures == 1 and CrmTrouble.objects.count() == 1


# -- refused, misunderstood


def test_a_crm_that_refuses_us_is_asked_nothing_until_it_is_connected_again(desk, server):
    server.fault = (401, {}, b"")
    open_one(desk)
    look_up()
    look_up_in(minutes=120)
    assert len(server.asked) == 1 and crm.connection().needs_consent
    server.fault = None
    server.knows("hanako@midori.example", "open")
    crm.reconnect(secrets={"access_token": "new"}, by=desk.admin)
    look_up()
    assert class_of(desk.yamada) == CrmClass.DEAL and not crm.connection().needs_consent


def test_an_answer_nobody_understands_stops_only_its_contact(desk, server):
    server.fault = lambda email: (200, {}, b"<html>") if email.startswith("c0@") else None
    contacts = many(desk, 5)
    for contact in contacts:
        server.knows(contact.email, "won")
    start = timezone.now()
    look_up()
    assert [class_of(each) for each in contacts] == [CrmClass.NEW] + [CrmClass.CUSTOMER] * 4
    asked = []
    for minute in [0.5, 1.5, 3, 7, 20, 37.5, 60, 24 * 60, 25 * 60 + 10]:
        server.asked = []
        with at(start + timedelta(minutes=minute)):
            look_up()
        asked.append(len(server.asked))
    assert asked == [0, 1, 0, 1, 0, 1, 0, 0, 1]
    found = Classification.objects.get(contact=contacts[0])
    assert found.tries == 5 and "JSONDecodeError" in found.error
    assert found.checked_at is None and Lookup.objects.count() == 1
    server.fault = None
    with at(start + timedelta(days=3)):
        look_up()
    assert class_of(contacts[0]) == CrmClass.CUSTOMER
    assert Classification.objects.get(contact=contacts[0]).tries == 0


def test_a_bug_in_a_connector_stops_only_its_contact(desk, server):
    server.people["hanako@midori.example"] = {"module": "contacts", "id": 5, "deals": []}  # a number: id[:64] breaks
    open_one(desk)
    open_one(desk, contact=desk.takahashi)
    server.knows("makoto@kita.example", "open")
    look_up()
    assert class_of(desk.takahashi) == CrmClass.DEAL
    assert (
        class_of(desk.yamada) == CrmClass.NEW and "TypeError" in Classification.objects.get(contact=desk.yamada).error
    )


# -- connecting another one


def test_an_answer_that_comes_after_another_crm_was_connected_is_thrown_away(desk, server):
    server.knows("hanako@midori.example", "won")
    open_one(desk)
    server.before_answer = lambda _email: None
    answered = threading.Event()

    def instead(_email: str) -> None:
        answered.set()

    server.before_answer = instead
    from madoguchi.reactions.crm import looking_up

    write = looking_up._write

    def late(*args, **kwargs):
        crm.connect_builtin(by=desk.admin)
        return write(*args, **kwargs)

    looking_up._write = late
    try:
        looking_up.LookingUp().run()  # the copies
        looking_up.LookingUp().run()
    finally:
        looking_up._write = write
    assert answered.is_set() and class_of(desk.yamada) == CrmClass.NEW
    assert not Classification.objects.exists()
    assert Lookup.objects.filter(contact=desk.yamada).exists()
    look_up()
    assert Classification.objects.get(contact=desk.yamada).source == "builtin"


def test_an_answer_to_an_older_question_changes_nothing(desk, server):
    from madoguchi.reactions.crm import looking_up
    from madoguchi.reactions.crm.connector import Deal, Record

    open_one(desk)
    now, connection = timezone.now(), crm.connection()
    wish = wishes.Wish(desk.yamada.pk)
    looking_up._write(wish, Record("contacts", "1", (Deal("won"),)), connection, asked_at=now)
    later = wishes.Wish(desk.yamada.pk, ids=[Lookup.objects.get().pk])
    looking_up._write(later, Record("contacts", "1", (Deal("open"),)), connection, asked_at=now - timedelta(seconds=3))
    assert class_of(desk.yamada) == CrmClass.CUSTOMER
    assert Classification.objects.get().checked_at == now
    assert Lookup.objects.get().not_before == now + timedelta(seconds=2)  # asked again, by whichever clock


def test_connecting_looks_up_who_has_open_tickets_the_most_urgent_first(cast, server, monkeypatch):
    contacts = many(cast, 4)
    late, _early = Ticket.objects.get(contact=contacts[2]), contacts[0]
    tickets.edit(late, {"due_at": timezone.now() + timedelta(minutes=1)}, by=cast.sato)
    connect(cast, server)
    assert Lookup.objects.count() == 4
    look_up()
    assert server.emails and set(server.emails) == {each.email for each in contacts}


def test_a_great_number_is_spread_and_lets_who_writes_now_go_first(cast, server, monkeypatch):
    contacts = many(cast, 5)
    monkeypatch.setattr(crm, "SPREAD_A_MINUTE", 1)
    connect(cast, server)
    look_up()
    assert len(server.asked) == 1
    open_one(cast)
    look_up()
    assert server.emails[1:] == ["hanako@midori.example"]
    look_up_in(minutes=2.5)
    assert len(server.asked) == 4
    look_up_in(minutes=10)
    assert {*server.emails} == {"hanako@midori.example", *(each.email for each in contacts)}


# -- refreshing


def test_a_day_old_class_of_who_has_open_tickets_is_looked_up_again_within_the_hour(desk, server):
    contacts = many(desk, 6)
    tickets.close(Ticket.objects.get(contact=contacts[0]), by=desk.sato)
    look_up()
    server.asked = []
    later = timezone.now() + timedelta(hours=25)
    with at(later):
        assert refreshing.wish_old() == 5
        assert refreshing.wish_old() == 0
    spread = Lookup.objects.values_list("not_before", flat=True)
    assert len(set(spread)) == 5 and all(later <= moment <= later + timedelta(hours=1) for moment in spread)
    with at(later + timedelta(hours=1)):
        look_up()
    assert set(server.emails) == {each.email for each in contacts[1:]}


def test_who_was_missed_while_the_crm_was_being_connected_is_found_within_the_hour(desk, server):
    server.knows("hanako@midori.example", "won")
    open_one(desk)
    Lookup.objects.all().delete()  # as a process would that does not know of the CRM yet
    assert refreshing.wish_old() == 1
    look_up_in(minutes=61)
    assert class_of(desk.yamada) == CrmClass.CUSTOMER
    crm.connect_builtin(by=desk.admin)
    Lookup.objects.all().delete()
    assert refreshing.wish_old() == 1
    look_up()
    assert class_of(desk.yamada) == CrmClass.NEW
    with at(timezone.now() + timedelta(days=400)):
        assert refreshing.wish_old() == 0  # what the built-in CRM said stays true


def test_the_order_turned_round_asks_nobody(desk, server):
    server.knows("hanako@midori.example", "won", "open")
    open_one(desk)
    look_up()
    assert class_of(desk.yamada) == CrmClass.DEAL
    server.fault = (503, {}, b"")
    crm.set_order(won_first=True, by=desk.admin)
    look_up()
    assert class_of(desk.yamada) == CrmClass.CUSTOMER
    assert Ticket.objects.get().crm_class == CrmClass.CUSTOMER
    assert len(server.asked) == 1


def test_a_connection_without_a_connector_is_said_so(cast, monkeypatch):
    monkeypatch.delitem(kinds.KINDS, "hubspot", raising=False)
    crm.connect("hubspot", settings={}, secrets={}, by=cast.admin)
    with pytest.raises(KeyError):
        kinds.connector(CrmConnection.objects.get())
