"""Sharing on the pages of a ticket: the panel, the line under the title, and what receivers are offered (SPEC S1–S6, S10)."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from madoguchi import people, tickets
from madoguchi.actor import Actor
from madoguchi.doors.agent.jinja import url
from madoguchi.doors.agent.when import for_input
from madoguchi.models import Agent, Department, Permission, Share, Ticket
from madoguchi.tickets import Wish
from tests.cast import Cast, open_one
from tests.doors.agent.conftest import text

READ, RESTRICTED, FULL = Permission.READ, Permission.RESTRICTED, Permission.FULL


@pytest.fixture
def suzuki(cast, sign_in) -> Client:
    return sign_in(cast.suzuki)


def to(name: str, ticket: Ticket, **more: object) -> str:
    return url(name, number=ticket.number, **more)


def panel_of(page: str) -> str:
    found = re.search(r'<dialog class="panel".*?</dialog>', page, re.S)
    assert found, "no panel"
    return found[0]


def filled(page: str) -> dict[str, str]:
    """The fields of the panel's form as a browser would send them."""
    panel = panel_of(page)
    sent = dict(re.findall(r'<input[^>]*type="hidden" name="([\w-]+)" value="([^"]*)"', panel))
    for name, value in re.findall(
        r'<input class="input" id="[\w-]+" type="[\w-]+" name="([\w-]+)" value="([^"]*)"', panel
    ):
        sent[name] = value
    for name, value in re.findall(r'type="radio" name="([\w-]+)" value="(\d)" checked', panel):
        sent[name] = value
    for name, body in re.findall(r'<select class="input"[^>]*name="([\w-]+)"[^>]*>(.*?)</select>', panel, re.S):
        chosen = re.search(r'value="(\d*)" selected', body)
        sent[name] = chosen[1] if chosen else ""
    return sent


def levels() -> dict[str, int]:
    return {share.department.name: share.level for share in Share.objects.select_related("department")}


# -- the panel


def test_several_departments_at_once_each_with_its_permission(cast: Cast, ticket, sato):
    first = filled(text(sato.get(to("ticket_shares", ticket))))
    assert (first["rows"], first["new-0-level"], first["new-0-department"]) == ("1", "3", "")
    page = text(sato.post(to("ticket_shares", ticket), {**first, "new-0-department": cast.billing.pk, "do": "more"}))
    second = filled(page)
    assert (second["rows"], second["new-0-department"]) == ("2", str(cast.billing.pk))
    assert levels() == {}
    asked = {**second, "new-1-department": cast.delivery.pk, "new-1-level": "1", "new-1-why": "到着予定の確認"}
    answer = sato.post(to("ticket_shares", ticket), asked)
    assert (answer.status_code, answer["Location"]) == (303, to("ticket", ticket))
    assert levels() == {"経理": 3, "配送": 1}
    page = text(sato.get(to("ticket", ticket)))
    assert "経理、配送 の 2 部門と共有中" in page and "経理、配送 の共有を保存しました。" in page
    assert "に「すべてのアクセス」" in page and "配送 理由 到着予定の確認" in page


def test_a_permission_is_changed_and_a_share_ended_after_a_question(cast: Cast, ticket, sato):
    tickets.share(ticket, [Wish(cast.billing), Wish(cast.delivery)], by=cast.sato)
    page = text(sato.get(to("ticket_shares", ticket)))
    assert "担当者 1 名" in page and "佐藤 健 が共有" in page
    sent = filled(page)
    sato.post(to("ticket_shares", ticket), {**sent, f"old-{cast.billing.pk}-level": "2"})
    assert levels() == {"経理": 2, "配送": 3}
    asked = sato.post(to("ticket_shares", ticket), {**sent, "do": f"end:{cast.delivery.pk}"})
    assert asked.status_code == 200 and "との共有を解除しますか" in text(asked)
    assert len(levels()) == 2
    there = to("ticket_share", ticket, department=cast.delivery.pk)
    answer = sato.post(there, {"_method": "DELETE"})
    assert (answer.status_code, answer["Location"]) == (303, to("ticket_shares", ticket))
    assert levels() == {"経理": 2}
    sato.post(there, {"_method": "DELETE"})
    assert "配送 との共有はすでに解除されています。" in text(sato.get(to("ticket", ticket)))


def test_end_and_reason_are_kept_and_can_be_changed(cast: Cast, ticket, sato):
    until = (timezone.now() + timedelta(days=3)).replace(second=0, microsecond=0)
    sent = filled(text(sato.get(to("ticket_shares", ticket))))
    with timezone.override("Asia/Tokyo"):
        terms = {"new-0-department": cast.billing.pk, "new-0-until": for_input(until), "new-0-why": "決済エラーの調査"}
    sato.post(to("ticket_shares", ticket), {**sent, **terms})
    share = Share.objects.get()
    assert (share.expires_at, share.reason) == (until, "決済エラーの調査")
    Share.objects.update(expires_at=until + timedelta(seconds=17))
    sent = filled(text(sato.get(to("ticket_shares", ticket))))
    sato.post(to("ticket_shares", ticket), {**sent, f"old-{cast.billing.pk}-why": "二重請求の調査"})
    share.refresh_from_db()
    assert (share.expires_at, share.reason) == (until + timedelta(seconds=17), "二重請求の調査")


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_shared(cast: Cast, ticket, sato):
    there = to("ticket_shares", ticket)
    row = {"rows": "1", "new-0-department": str(cast.billing.pk), "new-0-level": "3"}
    for wrong, said in (
        ({"new-0-department": ""}, "部門を選択してください。"),
        ({"new-0-department": "999999"}, "部門を選択してください。"),
        ({"new-0-department": str(cast.support.pk)}, "すでにこの部門のものです"),
        ({"new-0-level": "4"}, "この選択肢は"),
        ({"new-0-until": "あした"}, "日時"),
        ({"new-0-until": "2020-01-01T10:00"}, "過去の日時は指定できません。"),
        ({"new-0-why": "長" * 501}, "文字"),
        ({"rows": "2", "new-1-department": str(cast.billing.pk)}, "同じ部門が 2 回選択されています。"),
    ):
        answer = sato.post(there, {**row, **wrong})
        assert answer.status_code == 422, wrong
        panel = panel_of(text(answer))
        assert said in panel and "field__error" in panel, wrong
    assert levels() == {}


def test_more_than_ten_departments_are_refused(cast: Cast, ticket, sato):
    many = [Department.objects.create(name=f"部門{n}") for n in range(11)]
    tickets.share(ticket, [Wish(department) for department in many[:10]], by=cast.sato)
    page = text(sato.get(to("ticket_shares", ticket)))
    assert "共有できる部門は 10 までです。" in panel_of(page)
    asked = {**filled(page), "rows": "1", "new-0-department": many[10].pk, "new-0-level": "3"}
    assert sato.post(to("ticket_shares", ticket), asked).status_code == 422
    assert Share.objects.count() == 10


def test_a_panel_that_was_overtaken_is_told_and_nothing_is_done_by_halves(cast: Cast, ticket, sato):
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    sent = filled(text(sato.get(to("ticket_shares", ticket))))
    tickets.share(ticket, [Wish(cast.billing, READ)], by=cast.tanaka)
    asked = {**sent, f"old-{cast.billing.pk}-level": "2", "new-0-department": cast.delivery.pk}
    answer = sato.post(to("ticket_shares", ticket), asked)
    panel = panel_of(text(answer))
    assert answer.status_code == 422 and "ほかの担当者が共有の設定を変更しました" in panel and "変更あり" in panel
    assert levels() == {"経理": 1}
    again = filled(text(answer))
    assert again[f"old-{cast.billing.pk}-level"] == "1" and again["new-0-department"] == str(cast.delivery.pk)
    sato.post(to("ticket_shares", ticket), again)
    assert levels() == {"経理": 1, "配送": 3}


def test_a_share_that_ended_meanwhile_is_not_brought_back(cast: Cast, ticket, sato):
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    sent = filled(text(sato.get(to("ticket_shares", ticket))))
    tickets.unshare(ticket, [cast.billing], by=cast.tanaka)
    answer = sato.post(to("ticket_shares", ticket), {**sent, f"old-{cast.billing.pk}-level": "1"})
    assert answer.status_code == 422 and "ほかの担当者が共有の設定を変更しました" in text(answer)
    assert levels() == {}


def test_shared_by_two_at_once_with_the_same_department_the_second_is_told(cast: Cast, ticket, sato):
    sent = filled(text(sato.get(to("ticket_shares", ticket))))
    tickets.share(ticket, [Wish(cast.billing, READ)], by=cast.tanaka)
    answer = sato.post(to("ticket_shares", ticket), {**sent, "new-0-department": cast.billing.pk})
    assert answer.status_code == 422
    assert levels() == {"経理": 1}


def test_receivers_get_no_panel_to_share_from(cast: Cast, ticket, suzuki):
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    assert suzuki.get(to("ticket_shares", ticket)).status_code == 403
    assert suzuki.post(to("ticket_shares", ticket), {"new-0-department": cast.delivery.pk}).status_code == 403
    gone = suzuki.post(to("ticket_share", ticket, department=cast.billing.pk), {"_method": "DELETE"})
    assert gone.status_code == 403
    assert levels() == {"経理": 3}


# -- what receivers see


def offered(page: str) -> list[str]:
    return re.findall(r'<a href="[^"]*" data-mode="(\w+)"', page)


def locked(page: str) -> list[str]:
    found = re.findall(r'<button class="facts__edit"[^>]*aria-disabled="true"[^>]*><span[^>]*>([^:：<]+)', page)
    return [name.strip() for name in found]


@pytest.mark.parametrize(
    ("level", "modes", "fields"),
    [
        (FULL, ["reply", "note", "forward"], ["ステータス", "担当者", "チーム"]),
        (RESTRICTED, ["note", "forward"], ["ステータス", "担当者", "チーム", "優先度", "カテゴリー", "期限", "商品"]),
        (READ, ["note"], ["ステータス", "担当者", "チーム", "優先度", "カテゴリー", "期限", "商品"]),
    ],
)
def test_each_level_offers_what_it_allows_and_says_what_not(cast: Cast, ticket, suzuki, level, modes, fields):
    tickets.share(ticket, [Wish(cast.billing, level)], by=cast.sato)
    page = text(suzuki.get(to("ticket", ticket)))
    assert offered(page) == modes
    assert locked(page) == fields
    label = (
        str(level.label) if False else {3: "すべてのアクセス", 2: "制限付きアクセス", 1: "読み取り専用アクセス"}[level]
    )
    assert f"<b>サポート</b> から <b>{label}</b> で共有されています。" in page
    assert "共有元：" in page and 'class="badge badge--shared"' in page
    assert "共有・統合・完了・移動・削除" in page
    assert "/closure" not in page and "/merges" not in page and "edit=bin" not in page and "/shares" not in page
    assert 'name="public"' in page if level == FULL else 'name="public"' not in page


def test_restricted_forwarding_names_the_addresses_and_refuses_beside_the_field(cast: Cast, ticket, suzuki):
    people.edit_contact(cast.yamada, {}, emails=["hanako@midori.example", "h2@midori.example"], by=Actor.desk())
    tickets.share(ticket, [Wish(cast.billing, RESTRICTED)], by=cast.sato)
    page = text(suzuki.get(to("ticket", ticket) + "?compose=forward"))
    assert "依頼者のメールアドレス（hanako@midori.example、ほか 1 件）" in page
    sent = {"to": "shop@pay.example", "cc": "h2@midori.example", "body": "ご確認ください"}
    answer = suzuki.post(to("ticket_forwards", ticket), sent)
    assert answer.status_code == 422
    assert re.search(r'name="cc"[^>]*aria-invalid="true"', text(answer))


def test_the_list_beside_the_ticket_is_that_of_the_receiving_department(cast: Cast, ticket, suzuki):
    tickets.open_ticket(
        department=cast.support, contact=cast.yamada, subject="見えてはならない", channel="Web",
        message={"text": "秘密"}, by=Actor(contact=cast.yamada, door="help"),
    )  # fmt: skip
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    page = text(suzuki.get(to("ticket", ticket)))
    assert "共有された問い合わせ" in page and "見えてはならない" not in page
    assert f'data-live-department="{cast.billing.pk}"' in page


def test_a_role_that_allows_less_than_the_share_is_told(cast: Cast, ticket, sign_in):
    cast.billing.memberships.create(agent=cast.light.agent)
    cast.support.memberships.filter(agent=cast.light.agent).delete()
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    page = text(sign_in(cast.light).get(to("ticket", ticket)))
    assert offered(page) == ["note"]
    assert "お使いの役割では、共有の権限より操作が限られます。" in page


def test_narrowed_while_a_draft_was_there_its_text_stands_to_be_copied(cast: Cast, ticket, suzuki):
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    found = Ticket.objects.with_people().get(pk=ticket.pk)
    tickets.save_draft(found, "reply", {"body": "返金は明日です"}, by=cast.suzuki)
    tickets.share(ticket, [Wish(cast.billing, READ)], by=cast.sato)
    page = text(suzuki.get(to("ticket", ticket)))
    assert "送信できなくなった下書き" in page and "返金は明日です" in page
    assert offered(page) == ["note"]


def test_sent_a_moment_too_late_nothing_is_written_and_the_text_is_given_back(cast: Cast, ticket, suzuki):
    tickets.share(ticket, [Wish(cast.billing, READ)], by=cast.sato)
    answer = suzuki.post(to("ticket_replies", ticket), {"body": "返金は明日です"})
    assert answer.status_code == 403 and "返金は明日です</textarea>" in text(answer)
    tickets.unshare(ticket, [cast.billing], by=cast.sato)
    answer = suzuki.post(to("ticket_comments", ticket), {"body": "書きかけのメモ"})
    assert answer.status_code == 404 and "書きかけのメモ</textarea>" in text(answer)
    assert ticket.subject not in text(answer)
    assert ticket.entries.count() == 1


def test_a_kept_piece_of_one_level_is_not_shown_to_another(cast: Cast, ticket, suzuki):
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    found = Ticket.objects.with_people().get(pk=ticket.pk)
    note = tickets.comment(found, "公開で", public=True, by=cast.suzuki)
    assert f"edit=entry-{note.pk}" in text(suzuki.get(to("ticket", ticket)))
    tickets.share(ticket, [Wish(cast.billing, READ)], by=cast.sato)
    assert f"edit=entry-{note.pk}" not in text(suzuki.get(to("ticket", ticket)))
    tickets.unshare(ticket, [cast.billing], by=cast.sato)
    for path in (to("ticket", ticket), to("ticket_history", ticket), to("ticket_access", ticket)):
        assert suzuki.get(path).status_code == 404


# -- who sees it


def test_who_can_see_it_and_why(cast: Cast, ticket, sato, suzuki):
    until = timezone.now() + timedelta(days=3)
    tickets.share(ticket, [Wish(cast.billing, RESTRICTED, until, "調査")], by=cast.sato)
    for client in (sato, suzuki):
        panel = panel_of(text(client.get(to("ticket_access", ticket))))
        for word in (
            "サポート",
            "管理者",
            "経理",
            "制限付きアクセス",
            "理由：調査",
            "鈴木 大輔",
            "依頼者",
            "山田 花子",
        ):
            assert word in panel, word
        assert "（ライト担当者）" in panel


def test_history_tells_of_sharing_in_both_languages(cast: Cast, ticket, sato, sign_in):
    tickets.share(ticket, [Wish(cast.billing), Wish(cast.delivery, READ)], by=cast.sato)
    tickets.share(ticket, [Wish(cast.billing, RESTRICTED, reason="調査")], by=cast.sato)
    tickets.unshare(ticket, [cast.delivery], by=cast.sato)
    Share.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    tickets.sharing.end_expired()
    page = text(sato.get(to("ticket_history", ticket)))
    assert (
        "<b>佐藤 健</b>が<b>経理</b>に「すべてのアクセス」、<b>配送</b>に「読み取り専用アクセス」で共有しました" in page
    )
    assert "<b>経理</b><del>すべてのアクセス</del>" in page and "<ins>制限付きアクセス</ins>" in page
    assert "<b>佐藤 健</b>が<b>配送</b>との共有を解除しました" in page
    assert "期限になったため、<b>経理</b>との共有が終了しました" in page
    Agent.objects.filter(pk=cast.tanaka.agent.pk).update(language="en")
    page = text(sign_in(cast.tanaka).get(to("ticket_history", ticket)))
    assert "shared the ticket with <b>経理</b> (Full access), <b>配送</b> (Read only)" in page
    assert "The time was over: the sharing with <b>経理</b> ended" in page


# -- elsewhere


def test_the_merge_names_the_departments_that_gain_or_lose_sight(cast: Cast, ticket, sato):
    other = open_one(cast, "返金の件")
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    tickets.share(other, [Wish(cast.delivery, READ)], by=cast.sato)
    asked = f"{url('new_merge')}?tickets={ticket.number},{other.number}"
    page = text(sato.get(asked))
    assert "閲覧できる部門" in page and "経理（すべてのアクセス）" in page and "配送（読み取り専用アクセス）" in page
    question = text(sato.get(asked + "&confirm=1"))
    dialog = question[question.index("confirm-merge") :]
    assert "経理 は、2 件すべての内容を閲覧できるようになります。" in dialog
    assert "配送 は、閲覧できなくなります" in dialog


def test_the_bin_says_that_shares_come_back(cast: Cast, ticket, sato, sign_in):
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    tickets.trash(ticket, by=cast.sato)
    assert "復元すると、経理 との共有も元に戻ります。" in text(sato.get(to("ticket", ticket)))
    assert "1 部門と共有" in text(sign_in(cast.tanaka).get(url("recycle_bin")))


def test_the_palette_offers_what_each_may(cast: Cast, ticket, sato, suzuki):
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)

    def labels(client: Client) -> set[str]:
        commands = client.get(f"{url('commands')}?ticket={ticket.number}").json()["commands"]
        return {each["label"] for each in commands if each["group"] == "この問い合わせ"}

    assert "他の部門との共有" in labels(sato)
    theirs = labels(suzuki)
    assert {"この問い合わせを閲覧できる人", "返信", "期限を変更"} <= theirs
    assert not {"他の部門との共有", "ステータスを変更", "削除", "完了にする"} & theirs


# -- cost


def test_a_share_costs_the_ticket_page_no_statement(cast: Cast, ticket, sato, suzuki, statements):
    plain = statements(sato, to("ticket", ticket))
    tickets.share(ticket, [Wish(cast.billing), Wish(cast.delivery)], by=cast.sato)
    assert statements(sato, to("ticket", ticket)) == plain
    assert statements(suzuki, to("ticket", ticket)) <= plain


def test_the_panels_cost_the_same_for_many_shares(cast: Cast, ticket, sato, statements):
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    few = [statements(sato, to(name, ticket)) for name in ("ticket_shares", "ticket_access")]
    many = [Wish(Department.objects.create(name=f"部門{n}")) for n in range(8)]
    tickets.share(ticket, many, by=cast.sato)
    assert [statements(sato, to(name, ticket)) for name in ("ticket_shares", "ticket_access")] == few
