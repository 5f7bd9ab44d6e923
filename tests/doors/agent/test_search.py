"""The search page and what the bar offers."""

from madoguchi import tickets
from tests.cast import open_one


def text(response) -> str:
    return response.content.decode()


def test_the_page_shows_the_ticket_with_marks(sato, ticket):
    shown = text(sato.get("/search", {"q": "返金 山田"}))
    assert "<mark>返金</mark>はいつになりますか" in shown and f"#{ticket.number}" in shown and "山田" in shown


def test_what_others_wrote_is_shown_as_text(cast, sato):
    open_one(cast, "<b>返金</b><script>x</script>")
    shown = text(sato.get("/search", {"q": "返金"}))
    assert "&lt;b&gt;<mark>返金</mark>&lt;/b&gt;&lt;script&gt;" in shown


def test_a_number_with_its_sign_leads_straight_to_the_ticket(sato, ticket):
    for q in (f"#{ticket.number}", f"＃{ticket.number}"):
        assert sato.get("/search", {"q": q})["Location"] == f"/tickets/{ticket.number}/"
    assert f"#{ticket.number}" in text(sato.get("/search", {"q": str(ticket.number)}))


def test_a_ticket_of_another_department_is_neither_found_nor_led_to(cast, sato):
    other = open_one(cast, "経理だけの返金", department=cast.billing, mailbox=None)
    for q in (f"#{other.number}", str(other.number), "経理だけ"):
        for path in ("/search", "/search/suggestions"):
            response = sato.get(path, {"q": q})
            assert response.status_code == 200 and "だけの返金" not in text(response)


def test_filters_stand_in_the_address(sato, ticket):
    assert f"/tickets/{ticket.number}/" in text(sato.get("/search", {"q": "返金", "status": "Open", "in": "subject"}))
    assert f"/tickets/{ticket.number}/" not in text(sato.get("/search", {"q": "返金", "status": "Closed"}))
    for strange in (
        {"from": "9999-12-31", "until": "9999-12-31"},
        {"status": "x" * 99},
        {"assignee": "²"},
        {"after": "x"},
        {"department": "9" * 18},
    ):
        assert sato.get("/search", {"q": "返金", **strange}).status_code == 200


def test_contacts_and_accounts_are_found_by_name_address_and_phone(sato, cast):
    assert "山田" in text(sato.get("/search", {"q": "山田", "kind": "contacts"}))
    assert "hanako@midori.example" in text(sato.get("/search", {"q": "midori", "kind": "contacts"}))
    assert "株式会社みどり商事" in text(sato.get("/search", {"q": "みどり", "kind": "accounts"}))
    assert "高橋" in text(sato.get("/search", {"q": "髙橋", "kind": "contacts"}))


def test_the_bar_offers_tickets_contacts_and_accounts(sato, ticket):
    shown = text(sato.get("/search/suggestions", {"q": "みどり"}))
    assert "株式会社みどり商事" in shown and f"/tickets/{ticket.number}/" in shown and 'role="option"' in shown
    assert f"/tickets/{ticket.number}/" in text(sato.get("/search/suggestions", {"q": str(ticket.number)}))


def test_the_page_costs_the_same_for_many(cast, sato, statements):
    for n in range(3):
        open_one(cast, f"返金 {n}")
    few = statements(sato, "/search?q=返金")
    for n in range(20):
        open_one(cast, f"返金 {n}")
    assert statements(sato, "/search?q=返金") <= few


def test_the_page_says_when_nothing_is_found(sato, cast):
    assert "見つかり" in text(sato.get("/search?q=存在しない")) or "ありません" in text(
        sato.get("/search?q=存在しない")
    )
    assert sato.get("/search").status_code == 200


def test_tickets_in_the_bin_are_not_led_to(cast, sato, ticket):
    tickets.trash(ticket, by=cast.sato)
    assert sato.get("/search", {"q": f"#{ticket.number}"}).status_code == 200
