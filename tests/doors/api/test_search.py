"""Search by words over the wire (API B8, SPEC D11)."""

from madoguchi import tickets
from tests.cast import open_one


def test_one_search_finds_tickets_contacts_and_accounts(sato, cast):
    ticket = open_one(cast, "みどり色の箱")
    answer = sato.get("/search", searchStr="みどり").json()
    found = [(row["module"], row["id"]) for row in answer["data"]]
    assert found == [
        ("tickets", str(ticket.pk)),
        ("contacts", str(cast.yamada.pk)),
        ("accounts", str(cast.midori.pk)),
    ]
    assert answer["count"] == 3
    assert answer["data"][0]["ticketNumber"] == str(ticket.number)


def test_pages_go_on_from_one_module_into_the_next(sato, cast):
    for n in range(3):
        open_one(cast, f"みどり色の箱 {n}")
    first = sato.get("/search", searchStr="みどり", limit=2).json()
    rest = sato.get("/search", **{"searchStr": "みどり", "limit": 5, "from": 2}).json()
    assert [row["module"] for row in first["data"]] == ["tickets", "tickets"]
    assert [row["module"] for row in rest["data"]] == ["tickets", "contacts", "accounts"]
    assert len({row["id"] for row in first["data"] + rest["data"] if row["module"] == "tickets"}) == 3
    assert first["count"] == rest["count"] == 5


def test_a_module_of_its_own_and_one_that_is_not_there(sato, cast):
    open_one(cast, "みどり色の箱")
    assert [row["module"] for row in sato.get("/search", searchStr="みどり", module="contacts").json()["data"]] == [
        "contacts"
    ]
    assert sato.get("/search", searchStr="みどり", module="secrets").status_code == 422
    assert sato.get("/search", searchStr="").status_code == 422
    assert sato.get("/search", searchStr="存在しない言葉").status_code == 204


def test_tickets_of_other_departments_are_not_found(sato, caller, cast):
    suzuki = caller(cast.suzuki)
    ticket = open_one(cast, "極秘の箱")
    assert sato.get("/search", searchStr="極秘", module="tickets").json()["count"] == 1
    assert suzuki.get("/search", searchStr="極秘", module="tickets").status_code == 204
    assert suzuki.get("/search", searchStr="極秘", departmentId=cast.support.pk).status_code == 404
    tickets.mark_spam(ticket, by=cast.sato)
    assert sato.get("/search", searchStr="極秘", module="tickets").status_code == 204


def test_contacts_by_any_of_their_words(sato, cast):
    for words in ("花子", "hanako@midori", "みどり商事 山田"):
        found = sato.get("/contacts/search", _all=words).json()
        assert [row["id"] for row in found["data"]] == [str(cast.yamada.pk)]
    assert sato.get("/contacts/search", _all="花子", lastName="高橋").status_code == 204
