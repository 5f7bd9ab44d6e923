"""Merging contacts and accounts by the API, and moving a contact to another account (API B6, SPEC I1)."""

from madoguchi import people, tally
from madoguchi.actor import Actor
from madoguchi.models import Account, Contact, Event, Ticket
from tests.cast import open_one
from tests.doors.api.conftest import told

DESK = Actor.desk()


def second(cast, address="hanako.y@personal.example", **values):
    contact = people.identify(address, "山田 はな子", by=DESK)
    return people.edit_contact(contact, values, by=DESK) if values else contact


def refused(response) -> list[tuple[str, str]]:
    status, code, fields = told(response)
    assert (status, code) == (422, "INVALID_DATA"), response.content
    return fields


def test_merging_answers_the_main_contact(cast, sato):
    other = second(cast, title="部長", city="札幌市")
    ticket = open_one(cast, contact=other)
    body = {
        "ids": [str(other.pk)],
        "source": {"title": str(other.pk), "firstName": other.pk, "cf": {}, "customFields": cast.yamada.pk},
    }
    answer = sato.post(f"/contacts/{cast.yamada.pk}/merge", body)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["id"], found["title"], found["firstName"], found["city"]) == (
        str(cast.yamada.pk),
        "部長",
        "はな子",
        None,
    )
    assert (found["email"], found["secondaryEmail"]) == ("hanako@midori.example", "hanako.y@personal.example")
    assert found == sato.get(f"/contacts/{cast.yamada.pk}").json()
    assert Ticket.objects.get(pk=ticket.pk).contact == cast.yamada
    assert tally.figures() == tally.recount()


def test_the_old_id_stands_for_the_main_contact_for_ever(cast, sato):
    other, third = second(cast), second(cast, "c@kita.example")
    sato.post(f"/contacts/{other.pk}/merge", {"ids": [third.pk]})
    sato.post(f"/contacts/{cast.yamada.pk}/merge", {"ids": [other.pk]})
    for old in (other, third):
        got = sato.get(f"/contacts/{old.pk}").json()
        assert (got["id"], got["mergedFrom"]) == (str(cast.yamada.pk), str(old.pk))
    assert "mergedFrom" not in sato.get(f"/contacts/{cast.yamada.pk}").json()
    assert sato.patch(f"/contacts/{third.pk}", {"title": "部長"}).json()["id"] == str(cast.yamada.pk)
    made = sato.post("/tickets", {"departmentId": cast.support.pk, "contactId": third.pk, "subject": "件名"})
    assert made.json()["contactId"] == str(cast.yamada.pk)
    assert sato.get(f"/contacts/{third.pk}/tickets").json()["data"][0]["id"] == made.json()["id"]
    listed = [row["id"] for row in sato.get("/contacts").json()["data"]]
    assert not {str(other.pk), str(third.pk)} & set(listed)
    assert sato.get("/contacts/count").json() == {"count": "2"}


def test_accounts_likewise(cast, sato):
    double = people.create_account({"name": "みどり商事", "industry": "小売"}, domains=["midori2.example"], by=DESK)
    people.edit_contact(cast.takahashi, {"account": double}, by=DESK)
    ticket = open_one(cast, contact=Contact.objects.get(pk=cast.takahashi.pk))
    answer = sato.post(f"/accounts/{cast.midori.pk}/merge", {"ids": [double.pk], "source": {"industry": double.pk}})
    assert (answer.json()["id"], answer.json()["accountName"], answer.json()["industry"]) == (
        str(cast.midori.pk), "株式会社みどり商事", "小売",
    )  # fmt: skip
    got = sato.get(f"/accounts/{double.pk}").json()
    assert (got["id"], got["mergedFrom"]) == (str(cast.midori.pk), str(double.pk))
    assert Ticket.objects.get(pk=ticket.pk).account == cast.midori
    assert {row["id"] for row in sato.get(f"/accounts/{double.pk}/contacts").json()["data"]} == {
        str(cast.yamada.pk), str(cast.takahashi.pk),
    }  # fmt: skip
    assert sato.patch(f"/contacts/{cast.takahashi.pk}", {"accountId": double.pk}).json()["accountId"] == str(
        cast.midori.pk
    )


def test_a_dry_run_tells_and_changes_nothing(cast, sato):
    other = second(cast, title="部長")
    open_one(cast, contact=other)
    before = list(Contact.objects.order_by("pk").values()), Event.objects.count(), tally.figures()
    path = f"/contacts/{cast.yamada.pk}/merge?dryRun=true"
    found = sato.post(path, {"ids": [other.pk], "source": {"title": other.pk}}).json()
    assert (found["isMergeable"], found["mergedIds"], found["ticketCount"]) == (True, [str(other.pk)], "1")
    assert (found["contact"]["title"], found["contact"]["secondaryEmail"]) == ("部長", other.email)
    no = sato.post(path, {"ids": [cast.yamada.pk]}).json()
    assert (no["isMergeable"], [(r["fieldName"], r["code"]) for r in no["refusals"]]) == (
        False,
        [("/ids/0", "MERGE_TWICE")],
    )
    account = sato.post(f"/accounts/{cast.midori.pk}/merge?dryRun=true", {"ids": [cast.midori.pk]}).json()
    assert account["isMergeable"] is False
    assert (list(Contact.objects.order_by("pk").values()), Event.objects.count(), tally.figures()) == before


def test_what_is_refused_names_its_field_and_changes_nothing(cast, sato, caller):
    other, trashed, gone = second(cast), second(cast, "t@kita.example"), second(cast, "g@kita.example")
    people.trash_contact(trashed, by=DESK)
    people.merge_contacts(cast.takahashi, [gone], by=DESK)
    many = [second(cast, f"n{n}@kita.example").pk for n in range(5)]
    there = f"/contacts/{cast.yamada.pk}/merge"
    before = list(Contact.objects.order_by("pk").values())
    assert refused(sato.post(there, {"ids": [other.pk, cast.yamada.pk]})) == [("/ids/1", "invalid")]
    assert refused(sato.post(there, {"ids": [other.pk, other.pk]})) == [("/ids/1", "invalid")]
    assert refused(sato.post(there, {"ids": [trashed.pk]})) == [("/ids/0", "invalid")]
    assert refused(sato.post(there, {"ids": [gone.pk]})) == [("/ids/0", "invalid")]
    assert refused(sato.post(there, {"ids": many})) == [("/ids", "invalid")]
    for source in (
        {"ownerId": other.pk},
        {"title": cast.takahashi.pk},
        {"title": "x"},
        {"cf": {"cf_a": other.pk}},
        {"accountName": other.pk},
    ):
        assert refused(sato.post(there, {"ids": [other.pk], "source": source}))[0][0].startswith("/source/")
    assert sato.post(there, {"ids": [999_999]}).status_code == 404
    assert sato.post("/contacts/999999/merge", {"ids": [other.pk]}).status_code == 404
    assert sato.post(f"/contacts/{trashed.pk}/merge", {"ids": [other.pk]}).status_code == 404
    assert caller(cast.light).post(there, {"ids": [other.pk]}).status_code == 403
    assert list(Contact.objects.order_by("pk").values()) == before


def test_a_repeated_request_merges_once(cast, sato):
    other = second(cast)
    there, body = f"/contacts/{cast.yamada.pk}/merge", {"ids": [other.pk]}
    first = sato.post(there, body, **{"Idempotency-Key": "k"})
    assert sato.post(there, body, **{"Idempotency-Key": "k"}).content == first.content
    assert Event.objects.filter(verb="contact.merged").count() == 1
    assert refused(sato.post(there, body)) == [("/ids/0", "invalid")]


def test_tickets_go_along_to_another_account_unless_told_otherwise(cast, sato):
    kita = people.create_account({"name": "北商店"}, by=DESK)
    ticket = open_one(cast)
    there = f"/contacts/{cast.yamada.pk}"
    assert sato.patch(there, {"accountId": kita.pk, "moveTickets": False}).status_code == 200
    assert Ticket.objects.get(pk=ticket.pk).account == cast.midori
    assert sato.patch(there, {"accountId": cast.midori.pk}).status_code == 200
    assert sato.patch(there, {"accountId": kita.pk}).status_code == 200
    assert Ticket.objects.get(pk=ticket.pk).account == kita
    assert sato.patch(there, {"accountId": None}).status_code == 200
    assert Ticket.objects.get(pk=ticket.pk).account is None
    assert Account.objects.count() == 2 and tally.figures() == tally.recount()
    assert sato.post("/contacts", {"lastName": "鈴木", "moveTickets": True}).status_code == 422
