"""Merging by the API (API B2, SPEC M)."""

from madoguchi import tickets
from madoguchi.models import CustomField, Merge, Ticket
from tests.cast import open_one
from tests.doors.api.shapes import FULL, WRITTEN
from tests.tickets.merged import assert_sound, pairs


def pair(cast):
    return open_one(cast, "返金の件"), open_one(cast, "返金はまだですか")


def fields(response) -> list[str]:
    assert response.status_code == 422, response.content
    assert response.json()["errorCode"] == "INVALID_DATA"
    return [row["fieldName"] for row in response.json()["errors"]]


def test_merging_answers_the_main_ticket(cast, sato):
    first, second = pair(cast)
    before = pairs()
    answer = sato.post(f"/tickets/{first.pk}/merge", {"ids": [str(second.pk)], "source": {"subject": str(second.pk)}})
    assert answer.status_code == 200 and set(answer.json()) == WRITTEN
    assert (answer.json()["id"], answer.json()["subject"]) == (str(first.pk), "返金はまだですか")
    assert answer.json()["threadCount"] == "2"
    assert_sound(before)


def test_every_address_of_the_merged_ticket_is_that_of_the_main_one(cast, sato):
    first, second = pair(cast)
    note = tickets.comment(second, "元のメモ", by=cast.sato)
    sato.post(f"/tickets/{first.pk}/merge", {"ids": [second.pk]})
    got = sato.get(f"/tickets/{second.pk}")
    assert got.status_code == 200
    assert (got.json()["id"], got.json()["mergedFrom"]) == (str(first.pk), str(second.pk))
    assert set(got.json()) == FULL | {"mergedFrom"}
    assert "mergedFrom" not in sato.get(f"/tickets/{first.pk}").json()
    assert sato.patch(f"/tickets/{second.pk}", {"priority": "High"}).json()["id"] == str(first.pk)
    assert sato.post(f"/tickets/{second.pk}/comments", {"content": "ここへ"}).status_code == 200
    listed = sato.get(f"/tickets/{first.pk}/comments").json()["data"]
    assert [row["content"] for row in listed] == ["ここへ", "元のメモ"]
    path = f"/tickets/{first.pk}/comments/{note.pk}"
    assert sato.patch(path, {"content": "直した"}).json()["content"] == "直した"
    assert sato.delete(path).status_code == 200
    assert len(sato.get(f"/tickets/{first.pk}/threads").json()["data"]) == 2
    assert len(sato.get(f"/tickets/{second.pk}/conversations").json()["data"]) == 3
    assert sato.post("/closeTickets", {"ids": [second.pk]}).json()["results"] == [
        {"id": str(first.pk), "success": True, "errors": None}
    ]
    assert Ticket.objects.get(pk=first.pk).is_closed
    assert_sound(pairs())


def test_history_has_the_merge_on_both_sides(cast, sato, caller):
    first, second = pair(cast)
    tickets.edit(second, {"priority": "High"}, by=cast.sato)
    sato.post(f"/tickets/{first.pk}/merge", {"ids": [second.pk]})
    told = sato.get(f"/tickets/{first.pk}/History", eventFilter="TicketMergedMaster").json()["data"][0]
    info = {row["propertyName"]: row["propertyValue"] for row in told["eventInfo"]}
    assert info["given_up"][str(second.number)]["priority"] == "High"
    tickets.restore(Ticket.objects.get(pk=second.pk), by=cast.tanaka)
    away = sato.get(f"/tickets/{second.pk}/History", eventFilter="TicketMergedChild").json()["data"]
    assert len(away) == 1


def test_what_was_merged(cast, sato):
    first, second = pair(cast)
    tickets.edit(second, {"priority": "High", "category": "返金"}, by=cast.sato)
    sato.post(f"/tickets/{first.pk}/merge", {"ids": [second.pk], "source": {"category": second.pk}})
    (row,) = sato.get(f"/tickets/{first.pk}/mergedTickets").json()["data"]
    assert (row["id"], row["ticketNumber"]) == (str(second.pk), str(second.number))
    assert row["keptFields"] == ["category"] and row["givenUp"]["priority"] == "High"
    assert row["mergedBy"]["id"] == str(cast.sato.agent.pk) and row["isRestored"] is False
    assert sato.get(f"/tickets/{open_one(cast).pk}/mergedTickets").status_code == 204


def test_the_number_and_custom_fields_can_be_chosen(cast, sato):
    CustomField.objects.create(department=cast.support, label="注文", api_name="cf_order", kind=CustomField.Kind.TEXT)
    first, second = pair(cast)
    one, two = str(first.number), str(second.number)
    tickets.edit(second, {"custom": {"cf_order": "A1"}}, by=cast.sato)
    source = {"ticketNumber": second.pk, "cf": {"cf_order": second.pk}, "contactId": second.pk}
    got = sato.post(f"/tickets/{first.pk}/merge", {"ids": [second.pk], "source": source}).json()
    assert (got["ticketNumber"], got["cf"]["cf_order"]) == (two, "A1")
    assert Ticket.objects.get(pk=second.pk).number == int(one)


def test_all_custom_fields_at_once(cast, sato):
    CustomField.objects.create(department=cast.support, label="注文", api_name="cf_order", kind=CustomField.Kind.TEXT)
    first, second = pair(cast)
    tickets.edit(second, {"custom": {"cf_order": "A1"}}, by=cast.sato)
    got = sato.post(f"/tickets/{first.pk}/merge", {"ids": [second.pk], "source": {"customFields": second.pk}})
    assert got.json()["cf"]["cf_order"] == "A1"


def test_refusals_name_the_id_or_the_field(cast, sato):
    first, second = pair(cast)
    others = [open_one(cast).pk for _n in range(4)]
    foreign, gone = open_one(cast, contact=cast.takahashi), open_one(cast)
    tickets.trash(gone, by=cast.sato)
    path = f"/tickets/{first.pk}/merge"
    assert fields(sato.post(path, {"ids": [second.pk, *others]})) == ["/ids"]
    assert fields(sato.post(path, {"ids": []})) == ["/ids"]
    assert fields(sato.post(path, {})) == ["/ids"]
    assert fields(sato.post(path, {"ids": [second.pk, foreign.pk]})) == ["/ids/1"]
    assert fields(sato.post(path, {"ids": [gone.pk, second.pk]})) == ["/ids/0"]
    assert fields(sato.post(path, {"ids": [second.pk, second.pk]})) == ["/ids/1"]
    assert fields(sato.post(path, {"ids": [first.pk]})) == ["/ids/0"]
    for source in (
        {"createdTime": second.pk},
        {"subject": others[0]},
        {"subject": "x"},
        {"description": second.pk},
        {"cf": {"cf_nothing": second.pk}},
    ):
        name = next(iter(source))
        found = fields(sato.post(path, {"ids": [second.pk], "source": source}))
        assert found[0].startswith(f"/source/{name}"), source
    assert not Merge.objects.exists() and Ticket.objects.filter(trashed_at=None).count() == 7


def test_what_one_may_not_see_or_do(cast, caller):
    first, second = pair(cast)
    elsewhere = open_one(cast, department=cast.billing, mailbox=None)
    assert caller(cast.suzuki).post(f"/tickets/{first.pk}/merge", {"ids": [second.pk]}).status_code == 404
    assert caller(cast.sato).post(f"/tickets/{first.pk}/merge", {"ids": [elsewhere.pk]}).status_code == 404
    assert caller(cast.sato).post(f"/tickets/{first.pk}/merge", {"ids": [99999999]}).status_code == 404
    assert caller(cast.light).post(f"/tickets/{first.pk}/merge", {"ids": [second.pk]}).status_code == 403
    assert caller(cast.admin).post(f"/tickets/{first.pk}/merge", {"ids": [elsewhere.pk]}).status_code == 200


def test_a_dry_run_tells_and_changes_nothing(cast, sato):
    first, second = pair(cast)
    tickets.tag(second, ["札"], by=cast.sato)
    rows = list(Ticket.objects.order_by("pk").values())
    body = {"ids": [second.pk], "source": {"subject": second.pk, "ticketNumber": second.pk}}
    told = sato.post(f"/tickets/{first.pk}/merge?dryRun=true", body)
    assert told.status_code == 200 and told.json()["isMergeable"] is True
    assert told.json()["ticket"]["subject"] == second.subject
    assert told.json()["ticket"]["ticketNumber"] == str(second.number)
    assert (told.json()["threadCount"], told.json()["refusals"]) == ("2", [])
    foreign = open_one(cast, contact=cast.takahashi)
    told = sato.post(f"/tickets/{first.pk}/merge?dryRun=true", {"ids": [foreign.pk]}).json()
    assert told["isMergeable"] is False
    assert [(row["code"], row["fieldName"]) for row in told["refusals"]] == [("MERGE_CONTACT", "/ids/0")]
    assert list(Ticket.objects.exclude(pk=foreign.pk).order_by("pk").values()) == rows
    assert not Merge.objects.exists()


def test_a_repeated_key_merges_once(cast, sato):
    first, second = pair(cast)
    third = open_one(cast)
    body = {"ids": [second.pk]}
    one = sato.post(f"/tickets/{first.pk}/merge", body, **{"Idempotency-Key": "m1"})
    two = sato.post(f"/tickets/{first.pk}/merge", body, **{"Idempotency-Key": "m1"})
    assert one.content == two.content and two["Idempotent-Replayed"] == "true"
    assert Merge.objects.count() == 1
    assert sato.post(f"/tickets/{first.pk}/merge", body).status_code == 422
    other = sato.post(f"/tickets/{first.pk}/merge", {"ids": [third.pk]}, **{"Idempotency-Key": "m1"})
    assert other.status_code == 422 and Merge.objects.count() == 1


def test_the_bin_says_why_and_gives_it_back(cast, caller):
    first, second = pair(cast)
    tickets.merge(first, [second], by=cast.sato)
    tanaka = caller(cast.tanaka)
    (row,) = tanaka.get("/recycleBin", module="tickets").json()["data"]
    assert (row["moduleId"], row["reason"]) == (str(second.pk), f"#{first.number}に統合済み")
    assert tanaka.post("/recycleBin/restore", {"ids": [row["id"]]}).json()["results"][0]["success"]
    assert tanaka.get(f"/tickets/{second.pk}").json()["id"] == str(second.pk)
    assert tanaka.get(f"/tickets/{first.pk}").json()["threadCount"] == "2"


def test_a_purged_one_is_in_no_bin(cast, caller):
    first, second = pair(cast)
    tickets.merge(first, [second], by=cast.sato)
    tanaka = caller(cast.tanaka)
    (row,) = tanaka.get("/recycleBin", module="tickets").json()["data"]
    assert tanaka.post("/recycleBin/delete", {"ids": [row["id"]]}).json()["results"][0]["success"]
    assert tanaka.get("/recycleBin", module="tickets").status_code == 204
    assert not tanaka.post("/recycleBin/restore", {"ids": [row["id"]]}).json()["results"][0]["success"]
    assert tanaka.get(f"/tickets/{second.pk}").json()["mergedFrom"] == str(second.pk)


def test_similar_tickets(cast, sato):
    first, second = pair(cast)
    (row,) = sato.get(f"/tickets/{first.pk}/similarTickets").json()["data"]
    assert row["id"] == str(second.pk) and 0.4 < row["score"] <= 1 and "12345" in row["shared"]
    tickets.close(second, by=cast.sato)
    assert sato.get(f"/tickets/{first.pk}/similarTickets").status_code == 204
