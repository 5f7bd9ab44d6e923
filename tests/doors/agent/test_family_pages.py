"""What an agent sees of parents and children (SPEC F3–F8)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from madoguchi import tickets
from madoguchi.models import Attachment, Contact, Event, Ticket
from madoguchi.models.organisation import State
from madoguchi.organisation.current import default_status
from madoguchi.tickets import family
from tests.cast import Cast, open_one
from tests.doors.agent.conftest import text
from tests.tickets.test_family import again, states, switch


def to(name: str, ticket: Ticket) -> str:
    return reverse(name, kwargs={"number": ticket.number})


def after(client: Client, answer: Any) -> str:
    """The page a form led to."""
    assert answer.status_code == 303, text(answer)
    return text(client.get(answer["Location"]))


@pytest.fixture
def order(cast: Cast) -> list[Ticket]:
    """The seed's three tickets about order 12345: the first is the parent of the others."""
    switch(cast.support, waits_for_children=True, closes_parent=True)
    made = [again(open_one(cast, f"注文番号12345 {what}")) for what in ("ステータス", "配送の遅れ", "キャンセル")]
    family.relate(made[0], made[1:], by=cast.sato)
    return [again(ticket) for ticket in made]


@pytest.fixture
def foreign(cast: Cast, order: list[Ticket]) -> Ticket:
    """A fourth child, of a department 佐藤 does not work in."""
    switch(cast.delivery)
    ticket = again(open_one(cast, "配送の秘密", department=cast.delivery, mailbox=None, by=cast.admin))
    family.relate(order[0], [ticket], by=cast.admin)
    return again(ticket)


def test_the_tab_is_there_only_where_the_feature_is_on(cast: Cast, ticket: Ticket, sato: Client) -> None:
    assert "親 - 子" not in text(sato.get(to("ticket", ticket)))
    assert sato.get(to("ticket_children", ticket)).status_code == 404
    switch(cast.support)
    assert "親 - 子" in text(sato.get(to("ticket", ticket)))
    assert "子の問い合わせはありません" in text(sato.get(to("ticket_children", ticket)))


def test_the_tab_shows_progress_children_and_the_rule_in_force(cast: Cast, order: list[Ticket], sato: Client) -> None:
    parent, late, cancel = order
    tickets.close(late, by=cast.sato)
    page = text(sato.get(to("ticket_children", parent)))
    assert "2 件中 1 件完了" in page and '<progress max="2" value="1"' in page
    assert "あと 1 件" in page and "子の問い合わせがすべて完了した際にのみ、親の問い合わせを完了できます。" in page
    assert f'id="child-{late.number}"' in page and cancel.subject in page and "すべての子に返信" in page


def test_a_child_names_its_parent_under_its_title(order: list[Ticket], sato: Client) -> None:
    for name in ("ticket", "ticket_history", "ticket_children"):
        page = text(sato.get(to(name, order[1])))
        assert f'href="{to("ticket", order[0])}">#{order[0].number} {order[0].subject}</a>' in page, name


def test_of_a_child_in_another_department_only_its_being_there_is_told(
    cast: Cast, order: list[Ticket], foreign: Ticket, sato: Client
) -> None:
    for name in ("ticket_children", "ticket", "ticket_history", "ticket_child_replies"):
        page = text(sato.get(to(name, order[0])))
        assert "配送の秘密" not in page and f"#{foreign.number}" not in page, name
    page = text(sato.get(to("ticket_children", order[0]) + f"?open={foreign.number}"))
    assert "この問い合わせは表示できません" in page and "3 件中 0 件完了" in page and f"#{foreign.number}" not in page


def test_a_parent_in_another_department_is_not_named_on_the_child(
    cast: Cast, foreign: Ticket, sign_in: Callable
) -> None:
    ito = sign_in(cast.ito)
    for name in ("ticket_children", "ticket", "ticket_history"):
        page = text(ito.get(to(name, foreign)))
        assert "注文番号12345" not in page, name
    assert "親：" in text(ito.get(to("ticket", foreign)))


def test_the_conversation_of_a_child_opens_on_the_parent(cast: Cast, order: list[Ticket], sato: Client) -> None:
    tickets.comment(order[1], "内部のメモ", by=cast.tanaka)
    page = text(sato.get(to("ticket_children", order[0]) + f"?open={order[1].number}"))
    assert "注文番号 12345 の返金について教えてください。" in page
    assert "内部のメモ" in page and "非公開コメント" in page


def test_several_are_related_at_once_and_one_is_detached(cast: Cast, order: list[Ticket], sato: Client) -> None:
    parent = order[0]
    more = [again(open_one(cast, f"返金 {n}")) for n in (1, 2)]
    answer = sato.post(to("new_children", parent), {"with": [m.number for m in more]})
    assert (answer.status_code, answer["Location"]) == (303, to("ticket_children", parent))
    assert {again(m).parent_id for m in more} == {parent.pk}
    asked = text(sato.get(to("ticket_children", parent) + f"?detach={more[0].number}"))
    assert f"#{more[0].number} の関連付けを解除しますか？" in asked
    sato.post(to("ticket_children", parent), {"_method": "DELETE", "with": more[0].number})
    assert [again(m).parent_id for m in more] == [None, parent.pk]
    assert Event.objects.filter(ticket=parent, verb="ticket.children_removed").count() == 1


def test_rows_that_cannot_be_related_say_why(cast: Cast, order: list[Ticket], sato: Client) -> None:
    other = again(open_one(cast, "別の親"))
    child = again(open_one(cast, "別の子"))
    family.relate(other, [child], by=cast.sato)
    page = text(sato.get(to("new_children", order[0])))
    assert f'id="pick-{order[1].number}"' not in page
    assert "関連付け済みです" in text(sato.get(to("new_children", order[0]) + f"?q={order[1].number}"))
    assert "子の問い合わせがあるため、子にできません" in page
    assert f"別の親 #{other.number} に関連付け済みです" in page
    refused = sato.post(to("new_children", order[0]), {"with": [child.number]})
    assert refused.status_code == 422 and again(child).parent_id == other.pk


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=別人", {"別人の問い合わせ"}),
        ("q=&contact=1", {"同じ人の完了", "同じ人の返金"}),
        ("q=&contact=1&open=1", {"同じ人の返金"}),
        ("q=返金", {"同じ人の返金"}),
        ("q=ありえない言葉", set()),
    ],
)
def test_the_list_is_searched_and_narrowed(cast: Cast, sato: Client, asked: str, found: set[str]) -> None:
    switch(cast.support)
    said = {"text": "よろしく", "from_name": "x", "from_address": "x@y.example"}
    first = again(open_one(cast, "最初", message=said))
    closed = open_one(cast, "同じ人の完了", message=said)
    open_one(cast, "同じ人の返金", message=said)
    open_one(cast, "別人の問い合わせ", contact=cast.takahashi, message=said)
    tickets.close(closed, by=cast.sato)
    page = text(sato.get(f"{to('new_children', first)}?{asked}"))
    names = ("同じ人の完了", "同じ人の返金", "別人の問い合わせ")
    assert {name for name in names if name in page.split('id="assoc-list"')[1]} == found


def test_a_number_finds_its_ticket(cast: Cast, order: list[Ticket], sato: Client) -> None:
    other = again(open_one(cast, "番号で", contact=cast.takahashi))
    page = text(sato.get(f"{to('new_children', order[0])}?q=%23{other.number}"))
    assert f'id="pick-{other.number}"' in page


def test_the_earliest_is_proposed_as_parent(cast: Cast, sato: Client) -> None:
    switch(cast.support)
    first, second = again(open_one(cast, "先")), again(open_one(cast, "後"))
    page = text(sato.post(to("new_children", second), {"with": [first.number]}))
    assert f"最初の問い合わせは #{first.number} です。親にしますか？" in page and again(first).parent_id is None
    answer = sato.post(to("new_children", second), {"with": [first.number], "parent": first.number})
    assert answer["Location"] == to("ticket_children", first)
    assert (again(second).parent_id, again(first).parent_id) == (first.pk, None)


def test_one_may_keep_the_later_one_as_the_parent(cast: Cast, sato: Client) -> None:
    switch(cast.support)
    first, second = again(open_one(cast, "先")), again(open_one(cast, "後"))
    sato.post(to("new_children", second), {"with": [first.number], "parent": second.number})
    assert again(first).parent_id == second.pk


def test_a_new_child_is_opened_and_related_in_one(cast: Cast, order: list[Ticket], sato: Client) -> None:
    form = text(sato.get(f"/tickets/new?parent={order[0].number}"))
    assert "山田 花子" in form and order[0].subject in form
    filled = {"parent": order[0].number, "contact": cast.yamada.pk, "department": cast.support.pk, "subject": "電話で催促",
              "body": "まだですか", "channel": "Phone", "once": "k"}  # fmt: skip
    answer = sato.post("/tickets/new", filled)
    assert answer["Location"] == to("ticket_children", order[0])
    assert Ticket.objects.get(subject="電話で催促").parent_id == order[0].pk


def test_no_ticket_is_opened_that_cannot_be_related(cast: Cast, order: list[Ticket], sato: Client) -> None:
    filled = {"parent": order[1].number, "contact": cast.yamada.pk, "department": cast.support.pk, "subject": "電話で催促",
              "body": "まだですか", "channel": "Phone"}  # fmt: skip
    answer = sato.post("/tickets/new", filled)
    assert answer.status_code == 422 and "子なので" in text(answer)
    assert not Ticket.objects.filter(subject="電話で催促").exists()


# -- suggestions


def test_a_ticket_of_another_customer_with_the_same_order_number_is_suggested(
    cast: Cast, order: list[Ticket], sato: Client
) -> None:
    other = again(open_one(cast, "注文番号12345の宛名", contact=cast.takahashi))
    page = text(sato.get(to("ticket_children", order[0])))
    assert "関連付けの候補" in page and other.subject in page
    answer = sato.post(to("ticket_children", order[0]), {"with": other.number, "back": order[0].number})
    assert answer.status_code == 303 and again(other).parent_id == order[0].pk


def test_a_new_ticket_is_shown_the_parent_it_belongs_under(cast: Cast, order: list[Ticket], sato: Client) -> None:
    new = again(open_one(cast, "注文番号12345の件", contact=cast.takahashi))
    page = text(sato.get(to("ticket_children", new)))
    assert f"#{order[0].number} を親にする" in page
    strip = text(sato.get(to("ticket_similar", new), headers={"Part": "1"}))
    assert "関連付けの候補" in strip and f'action="{to("ticket_children", order[0])}"' in strip


def test_nothing_of_another_department_is_suggested(cast: Cast, order: list[Ticket], sato: Client) -> None:
    switch(cast.delivery)
    open_one(cast, "注文番号12345の荷物", department=cast.delivery, mailbox=None, by=cast.admin)
    assert "12345の荷物" not in text(sato.get(to("ticket_children", order[0])))


def test_the_strip_offers_to_relate_where_the_feature_is_on(cast: Cast, sato: Client) -> None:
    first, second = again(open_one(cast)), again(open_one(cast))
    assert "関連付ける" not in text(sato.get(to("ticket_similar", second), headers={"Part": "1"}))
    switch(cast.support)
    strip = text(sato.get(to("ticket_similar", second), headers={"Part": "1"}))
    assert f'action="{to("ticket_children", first)}"' in strip and "統合する" in strip


# -- closing


def test_closing_a_parent_that_waits_is_refused_with_the_way_to_its_children(order: list[Ticket], sato: Client) -> None:
    assert 'aria-disabled="true"' in text(sato.get(to("ticket", order[0])))
    answer = sato.post(to("ticket_closure", order[0]))
    assert answer.status_code == 422 and states(order[0]) == ["Open"]
    assert "未完了の子の問い合わせが 2 件あります" in text(answer) and to("ticket_children", order[0]) in text(answer)


def test_closing_the_last_child_says_that_the_parent_was_closed(cast: Cast, order: list[Ticket], sato: Client) -> None:
    tickets.close(order[1], by=cast.sato)
    page = after(sato, sato.post(to("ticket_closure", order[2])))
    assert f"親の #{order[0].number} も完了にしました。" in page and states(order[0]) == ["Closed"]


def test_closing_a_parent_asks_before_its_children_are_closed_with_it(
    cast: Cast, order: list[Ticket], sato: Client
) -> None:
    switch(cast.support, closes_children=True, waits_for_children=False, closes_parent=False)
    answer = sato.post(to("ticket_closure", order[0]))
    assert "未完了の子の問い合わせ 2 件も完了になります。" in text(answer)
    assert states(*order) == ["Open", "Open", "Open"]
    page = after(sato, sato.post(to("ticket_closure", order[0]), {"sure": "1"}))
    assert "子の問い合わせ 2 件も完了にしました。" in page and states(*order) == ["Closed"] * 3


def test_sending_and_closing_asks_as_well_and_keeps_the_text(cast: Cast, order: list[Ticket], sato: Client) -> None:
    switch(cast.support, closes_children=True, waits_for_children=False, closes_parent=False)
    closed = default_status(State.CLOSED)
    form = {"body": "完了しました。", "then": closed.pk, "once": "a"}
    answer = sato.post(to("ticket_replies", order[0]), form)
    assert answer.status_code == 422 and "完了しました。" in text(answer) and "送信して完了にする" in text(answer)
    assert order[0].entries.count() == 1 and states(*order) == ["Open"] * 3
    page = after(sato, sato.post(to("ticket_replies", order[0]), {**form, "sure": "1"}))
    assert "子の問い合わせ 2 件も完了にしました。" in page
    assert order[0].entries.count() == 2 and states(*order) == ["Closed"] * 3


def test_the_status_field_asks_as_well(cast: Cast, order: list[Ticket], sato: Client) -> None:
    switch(cast.support, closes_children=True, waits_for_children=False, closes_parent=False)
    closed = default_status(State.CLOSED)
    form = {"value": closed.pk, "seen": order[0].status_id}
    page = text(sato.post(to("ticket_status", order[0]), form))
    assert f'name="value" value="{closed.pk}"' in page and states(order[0]) == ["Open"]
    sato.post(to("ticket_status", order[0]), {**form, "sure": "1"})
    assert states(*order) == ["Closed"] * 3


def test_a_whole_family_is_closed_in_bulk(order: list[Ticket], sato: Client) -> None:
    answer = sato.post(reverse("bulk"), {"do": "close", "ids": [t.pk for t in order]})
    assert answer.status_code == 303 and states(*order) == ["Closed"] * 3


def test_bulk_closing_says_what_was_closed_along(order: list[Ticket], sato: Client) -> None:
    page = after(sato, sato.post(reverse("bulk"), {"do": "close", "ids": [t.pk for t in order[1:]]}))
    assert "親子の問い合わせ 1 件も完了にしました。" in page and states(order[0]) == ["Closed"]


# -- what else says it


def test_deleting_a_parent_says_that_its_children_stay(order: list[Ticket], sato: Client) -> None:
    page = text(sato.get(to("ticket", order[0]) + "?edit=bin"))
    assert "子の問い合わせ 2 件はそのまま残ります" in page
    assert "復元すると関連付けも元に戻ります" in text(sato.get(to("ticket", order[1]) + "?edit=bin"))


def test_the_recycle_bin_says_what_comes_back(cast: Cast, order: list[Ticket], sign_in: Callable) -> None:
    tickets.trash(order[0], by=cast.sato)
    assert "子 2 件の親" in text(sign_in(cast.tanaka).get(reverse("recycle_bin")))


def test_moving_says_that_the_relation_rests(order: list[Ticket], sato: Client) -> None:
    assert "親子の関連付けは表示されず" in text(sato.get(to("ticket", order[1]) + "?edit=move"))


def test_merging_says_what_becomes_of_the_family(cast: Cast, order: list[Ticket], sato: Client) -> None:
    lone = again(open_one(cast, "単独"))
    page = text(sato.get(f"/tickets/merges/new?tickets={lone.number},{order[0].number}&main={lone.number}&confirm=1"))
    assert "子の問い合わせ 2 件を引き継ぎます。" in page
    page = text(sato.get(f"/tickets/merges/new?tickets={lone.number},{order[1].number}&main={lone.number}&confirm=1"))
    assert f"#{order[0].number} の子になります。" in page


def test_a_merge_that_would_make_two_parents_is_refused_before_it_is_asked(
    cast: Cast, order: list[Ticket], sato: Client
) -> None:
    other, child = again(open_one(cast, "別の親")), again(open_one(cast, "別の子"))
    family.relate(other, [child], by=cast.sato)
    answer = sato.get(f"/tickets/merges/new?tickets={child.number},{order[1].number}")
    assert answer.status_code == 422 and "別々の親" in text(answer)


def test_history_tells_both_sides(order: list[Ticket], sato: Client) -> None:
    assert f"#{order[1].number} " in text(sato.get(to("ticket_history", order[0])))
    assert "が親の問い合わせに関連付けました" in text(sato.get(to("ticket_history", order[1])))


# -- what it costs


def test_a_parent_of_a_hundred_costs_what_a_parent_of_three_costs(
    cast: Cast, order: list[Ticket], sato: Client, statements: Callable
) -> None:
    few = [statements(sato, to(name, order[0])) for name in ("ticket", "ticket_children")]
    family.relate(order[0], [again(open_one(cast, f"子 {n}")) for n in range(98)], by=cast.sato)
    many = [statements(sato, to(name, order[0])) for name in ("ticket", "ticket_children")]
    assert few == many


def test_the_family_costs_the_ticket_page_no_statement(
    cast: Cast, ticket: Ticket, sato: Client, statements: Callable
) -> None:
    alone = statements(sato, to("ticket", ticket))
    switch(cast.support)
    family.relate(again(ticket), [again(open_one(cast, f"子 {n}")) for n in range(5)], by=cast.sato)
    assert statements(sato, to("ticket", ticket)) == alone


# -- one reply to all children


def test_one_reply_is_looked_at_and_sent_to_each(cast: Cast, order: list[Ticket], sato: Client) -> None:
    at, numbers = to("ticket_child_replies", order[0]), [ticket.number for ticket in order[1:]]
    form = {"body": "{{contact.name}} 様、#{{ticket.number}} は本日発送です。", "with": numbers}
    preview = text(sato.post(at, {**form, "do": "preview"}))
    assert f"山田 花子 様、#{numbers[1]} は本日発送です。" in preview and "2 件の返信を送信" in preview
    assert "hanako@midori.example" in preview
    assert not order[1].entries.filter(direction="out").exists()
    assert "下書きを保存しました" in text(sato.get(at)) and "本日発送です" in text(sato.get(at))
    answer = sato.post(at, {**form, "do": "send", "once": "k"})
    page = after(sato, answer)
    assert "2 件の返信を送信しています" in page and order[2].subject in page
    assert [ticket.entries.filter(direction="out").count() for ticket in order] == [0, 1, 1]
    assert "本日発送です" not in text(sato.get(at))
    again_sent = after(sato, sato.post(at, {**form, "do": "send", "once": "k"}))
    assert "すでに送信" in again_sent or "送信済み" in again_sent
    assert [ticket.entries.filter(direction="out").count() for ticket in order] == [0, 1, 1]


def test_the_result_says_for_which_it_was_not_sent_and_why(cast: Cast, order: list[Ticket], sato: Client) -> None:
    message = {"text": "電話です", "from_name": "高橋 誠"}
    other = again(open_one(cast, "取引先なし", contact=cast.takahashi, channel="Phone", message=message))
    family.relate(order[0], [other], by=cast.sato)
    form = {"body": "{{account.name}} 御中", "with": [order[1].number, other.number], "do": "send", "once": "k"}
    answer = sato.post(to("ticket_child_replies", order[0]), form)
    page = text(sato.get(answer["Location"]))
    assert "1 件の返信は送信されませんでした" in page and "差し込む内容がありません" in page
    forged = answer["Location"][:-3] + "xyz"
    assert sato.get(forged).status_code == 404


def test_nothing_chosen_keeps_the_text(order: list[Ticket], sato: Client) -> None:
    answer = sato.post(to("ticket_child_replies", order[0]), {"body": "発送です", "do": "preview"})
    assert answer.status_code == 422 and "発送です" in text(answer)


def test_bulk_closing_says_how_many_children_close_with_their_parents_before_it_happens(
    cast: Cast, order: list[Ticket], foreign: Ticket, sato: Client
) -> None:
    switch(cast.support, waits_for_children=False, closes_children=True)
    parent, late, _cancel = order
    alone = again(open_one(cast, "ほかの件"))
    closed = default_status(State.CLOSED)
    for do in ("close", f"status:{closed.pk}"):
        form = {"ids": [parent.pk, late.pk, alone.pk], "do": do, "next": "/tickets/"}
        asked = sato.post("/tickets/bulk", form)
        page = text(asked)
        assert asked.status_code == 200 and "3 件を子とともに完了しますか？" in page
        assert "選択した親の問い合わせ（1 件）の、未完了の子の問い合わせ 2 件も完了になります。" in page
        assert f'<input type="hidden" name="do" value="{do}">' in page and "配送の秘密" not in page
        assert states(*order, alone, foreign) == [State.OPEN] * 5
    told = after(sato, sato.post("/tickets/bulk", {**form, "sure": "1"}))
    assert states(*order, alone, foreign) == [State.CLOSED] * 5
    assert "親子の問い合わせ 2 件も完了にしました" in told


def test_bulk_closing_asks_only_where_children_would_close_along(cast: Cast, order: list[Ticket], sato: Client) -> None:
    switch(cast.support, waits_for_children=False, closes_children=True)
    alone = again(open_one(cast, "ほかの件"))
    answer = sato.post("/tickets/bulk", {"ids": [alone.pk], "do": "close", "next": "/tickets/"})
    assert answer.status_code == 303 and states(alone) == [State.CLOSED]
    whole = sato.post("/tickets/bulk", {"ids": [ticket.pk for ticket in order], "do": "close", "next": "/tickets/"})
    assert whole.status_code == 303 and states(*order) == [State.CLOSED] * 3


def test_the_draft_of_a_reply_to_all_leaves_the_page_of_the_parent_alone(
    cast: Cast, order: list[Ticket], sato: Client
) -> None:
    form = {"body": "下書きの本文", "with": [order[1].number], "do": "draft"}
    assert sato.post(to("ticket_child_replies", order[0]), form).status_code == 303
    page = sato.get(to("ticket", order[0]))
    assert page.status_code == 200 and "下書きの本文" not in text(page)
    assert "下書きの本文" in text(sato.get(to("ticket_child_replies", order[0])))


def test_files_go_to_each_child_and_are_kept_until_they_do(cast: Cast, order: list[Ticket], sato: Client) -> None:
    at, numbers = to("ticket_child_replies", order[0]), [ticket.number for ticket in order[1:]]
    file = SimpleUploadedFile("お詫び.txt", "遅れて申し訳ありません".encode(), "text/plain")
    preview = text(sato.post(at, {"body": "添付のとおりです。", "with": numbers, "files": [file], "do": "preview"}))
    assert "お詫び.txt" in preview
    upload = Attachment.objects.get()
    assert f'name="upload" value="{upload.key}" checked' in text(sato.get(at))  # with the draft
    form = {"body": "添付のとおりです。", "with": numbers, "upload": [upload.key]}
    assert "お詫び.txt" in text(sato.post(at, {**form, "do": "edit"}))
    assert "2 件の返信を送信しています" in after(sato, sato.post(at, {**form, "do": "send", "once": "k"}))
    told = Attachment.objects.values_list("ticket", "entry__kind", "name", "digest", "is_public")
    assert list(told) == [(child.pk, "thread", "お詫び.txt", upload.digest, True) for child in order[1:]]
    assert [again(child).attachment_n for child in order] == [0, 1, 1]


def test_a_file_stays_for_another_try_where_nothing_was_sent(cast: Cast, order: list[Ticket], sato: Client) -> None:
    at = to("ticket_child_replies", order[0])
    file = SimpleUploadedFile("写真.txt", b"x", "text/plain")
    answer = sato.post(at, {"body": "", "with": [order[1].number], "files": [file], "do": "preview"})
    upload = Attachment.objects.get()
    assert answer.status_code == 422 and f'value="{upload.key}" checked' in text(answer)
    form = {"body": "{{account.name}} 御中", "with": [order[1].number], "upload": [upload.key], "once": "k"}
    Contact.objects.update(account=None)
    Ticket.objects.update(account=None)
    assert "1 件の返信は送信されませんでした" in after(sato, sato.post(at, {**form, "do": "send"}))
    assert Attachment.objects.get().entry_id is None


def test_many_children_at_once_are_named_briefly_between_messages(
    cast: Cast, order: list[Ticket], foreign: Ticket, sato: Client
) -> None:
    more = [again(open_one(cast, f"子 {n}")) for n in range(6)]
    family.relate(order[0], more, by=cast.sato)
    page = text(sato.get(to("ticket", order[0])))
    assert f"#{more[2].number} 子 2、ほか 3 件" in page and f"#{more[3].number} 子 3" not in page.split("composer")[0]
    assert all(f"#{child.number} {child.subject}" in text(sato.get(to("ticket_history", order[0]))) for child in more)


def test_a_child_is_detached_from_its_own_page_once_it_is_confirmed(order: list[Ticket], sato: Client) -> None:
    parent, late, _cancel = order
    at = to("ticket_children", late)
    assert f'href="{at}?detach={late.number}"' in text(sato.get(at))
    asked = text(sato.get(f"{at}?detach={late.number}"))
    assert (
        f"#{late.number} の関連付けを解除しますか？" in asked and f'action="{to("ticket_children", parent)}"' in asked
    )
    form = {"_method": "DELETE", "with": late.number, "back": late.number}
    answer = sato.post(to("ticket_children", parent), form)
    assert (answer.status_code, answer["Location"], again(late).parent_id) == (303, at, None)
