"""Possibly the same matter (SPEC M12)."""

from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.tickets.likeness import similar
from tests.cast import open_one


def opened(cast, subject: str, text: str = "", **more):
    message = {"text": text or subject, "from_name": "山田 花子", "from_address": "hanako@midori.example"}
    return open_one(cast, subject, message=message, **more)


def test_the_three_of_the_seed_find_each_other(cast):
    three = [
        opened(cast, s)
        for s in (
            "メールの同期についての不具合",
            "メールのアカウントに関する問題",
            "新しいデバイスでメールを同期できない",
        )
    ]
    opened(cast, "請求書の再発行のお願い")
    for ticket in three:
        assert {like.ticket for like in similar(ticket, by=cast.sato)} == set(three) - {ticket}


def test_the_same_order_number_is_named(cast):
    first = opened(cast, "お願い", "注文 A-12345 を急いでください")
    second = opened(cast, "至急", "a-12345 はいつですか")
    (found,) = similar(first, by=cast.sato)
    assert found.ticket == second and found.shared == ["A-12345"] and found.score > 0.7


def test_neither_closed_nor_trashed_nor_unseen_nor_anothers(cast):
    ticket = opened(cast, "返金はいつですか")
    closed, trashed = opened(cast, "返金の件"), opened(cast, "返金について")
    tickets.close(closed, by=cast.sato)
    tickets.trash(trashed, by=cast.sato)
    opened(cast, "返金の件", department=cast.billing, mailbox=None)
    opened(cast, "返金の件", contact=cast.takahashi)
    assert similar(ticket, by=cast.sato) == []
    assert len(similar(ticket, by=cast.admin)) == len(similar(ticket, by=Actor.desk())) == 1


def test_what_was_merged_is_no_suggestion(cast):
    first, second = opened(cast, "返金はいつですか"), opened(cast, "返金の件")
    assert similar(first, by=cast.sato)
    tickets.merge(first, [second], by=cast.sato)
    assert similar(first, by=cast.sato) == []


def test_an_order_number_far_down_the_list_is_found(cast):
    ticket = opened(cast, "定期点検 01", "注文 ZX-90817 です")
    marked = opened(cast, "まったく別の題", "ZX-90817 の続きです")
    for n in range(2, 60):
        opened(cast, f"定期点検 {n:02}", f"{n}号機の点検です")
    assert marked in [like.ticket for like in similar(ticket, by=cast.sato)]
