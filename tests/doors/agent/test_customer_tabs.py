"""The tabs of an expanded contact or account besides the overview (SPEC I1–I5)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from madoguchi import crm, people, record, tally, tickets
from madoguchi.actor import Actor
from madoguchi.doors.agent.customers import deeds
from madoguchi.insight import by_state, figures
from madoguchi.models import CustomerNote, Status, Ticket
from madoguchi.organisation.crm import connect_builtin
from madoguchi.people import notes
from madoguchi.sla.overdue import mark_overdue
from tests.cast import open_one
from tests.doors.agent.conftest import text

TABS = ("activity", "tickets", "ratings", "notes")


def numbers(page: str) -> set[int]:
    """The tickets a page of the tickets tab lists."""
    rows = page.split("<tbody>")[1].split("</tbody>")[0].split("/tickets/")[1:] if "<tbody>" in page else []
    return {int(row.partition("/")[0]) for row in rows if row.partition("/")[0].isdecimal()}


@pytest.fixture
def stories(cast) -> dict[str, Ticket]:
    """Of 山田 a ticket for each thing a figure counts, some of them old, one of another department, one each merged, binned, spam."""
    now = timezone.now()
    closed, hold = Status.objects.get(name="Closed"), Status.objects.get(name="On Hold")
    found = {"open": open_one(cast, "未完了の件")}
    found["phone"] = open_one(cast, "電話の件", channel="Phone")
    found["hold"] = open_one(cast, "保留の件")
    tickets.set_status(found["hold"], hold, by=cast.sato)
    with record.at(now - timedelta(days=60)):
        found["late"] = open_one(cast, "遅れた件", channel="Web")
        tickets.edit(found["late"], {"due_at": now - timedelta(days=59)}, by=cast.sato)
    with record.at(now - timedelta(days=50)):
        mark_overdue()
        tickets.set_status(found["late"], closed, by=cast.sato)
    with record.at(now - timedelta(days=400)):
        found["old"] = open_one(cast, "昔の件")
        tickets.close(found["old"], by=cast.sato)
    found["billing"] = open_one(cast, "経理の秘密", department=cast.billing, mailbox=None)
    merged = open_one(cast, "統合された件")
    tickets.merge(found["open"], [merged], by=cast.sato)
    tickets.trash(open_one(cast, "捨てた件"), by=cast.sato)
    tickets.mark_spam(open_one(cast, "迷惑な件"), by=cast.sato)
    return found


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"open", "phone", "hold", "late", "old"}),
        ("?state=open", {"open", "phone"}),
        ("?state=on_hold", {"hold"}),
        ("?state=closed", {"late", "old"}),
        ("?overdue=1", {"late"}),
        ("?channel=Phone", {"phone"}),
        ("?channel=Email&state=open", {"open"}),
        ("?days=30", {"open", "phone", "hold"}),
        ("?days=90", {"open", "phone", "hold", "late"}),
        ("?days=90&overdue=1&channel=Web", {"late"}),
        ("?sort=created", {"open", "phone", "hold", "late", "old"}),
        ("?state=nonsense&channel=Fax&sort=weight&after=???", {"open", "phone", "hold", "late", "old"}),
    ],
)
def test_the_tickets_tab_lists_exactly_what_each_figure_counts(cast, sato, stories, query, names):
    for kind, pk in (("contacts", cast.yamada.pk), ("accounts", cast.midori.pk)):
        page = text(sato.get(f"/{kind}/{pk}/tickets{query}"))
        assert numbers(page) == {stories[name].number for name in names}, kind


def test_the_figures_say_the_same_as_the_list_for_every_reader(cast, sign_in, stories):
    for actor in (cast.sato, cast.suzuki, cast.ito, cast.admin):
        client = sign_in(actor)
        departments = None if actor is cast.admin else [d.pk for d in actor.agent.departments.all()]
        for days in (None, 30, 90):
            read = figures.read(cast.yamada, departments, days)
            more = f"&days={days}" if days else ""
            for query, n in (("", read.total), ("state=open", read.open), ("overdue=1", read.overdue),
                             ("state=closed", read.closed), ("state=on_hold", read.on_hold),
                             *((f"channel={name}", count) for name, count in read.by_channel.items())):  # fmt: skip
                assert len(numbers(text(client.get(f"/contacts/{cast.yamada.pk}/tickets?{query}{more}")))) == n, query


def test_the_chips_count_what_they_lead_to(cast, sato, stories):
    page = text(sato.get(f"/contacts/{cast.yamada.pk}/tickets"))
    for words in ("すべて 5", "未完了 2", "保留 1", "完了 2", "遅延 1", "メール 3", "ヘルプセンター 1", "電話 1"):
        assert words in page, words
    assert "チャット 0" not in page
    by_phone = text(sato.get(f"/contacts/{cast.yamada.pk}/tickets?channel=Phone"))
    assert "すべて 1" in by_phone and "完了 0" in by_phone
    cells = by_state.read(cast.yamada, [cast.support.pk], tally.today() - timedelta(days=29))
    assert (cells.count(), cells.count(is_overdue=True), cells.count(channel="Web")) == (3, 0, 0)


def test_the_days_are_those_of_the_organisation(cast, sato):
    """Thirty days: today and the twenty-nine before it, from midnight in Tokyo."""
    first = timezone.now().astimezone(tally.zone()).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(
        days=29
    )
    with record.at(first):
        inside = open_one(cast, "ちょうど")
    with record.at(first - timedelta(seconds=1)):
        open_one(cast, "一秒前")
    assert numbers(text(sato.get(f"/contacts/{cast.yamada.pk}/tickets?days=30"))) == {inside.number}
    assert figures.read(cast.yamada, None, 30).total == 1


def test_tickets_are_read_page_by_page_in_either_order(cast, sato, monkeypatch):
    monkeypatch.setattr("madoguchi.doors.agent.customers.tickets_tab.PAGE", 3)
    wanted = [open_one(cast, f"{n}番").number for n in range(7)]
    tickets.close(Ticket.objects.get(number=wanted[2]), by=cast.sato)
    for query, order in (
        ("", [2, 6, 5, 4, 3, 1, 0]),
        ("?sort=created", [6, 5, 4, 3, 2, 1, 0]),
        ("?turned=1", [0, 1, 3, 4, 5, 6, 2]),
    ):
        seen, path = [], f"/contacts/{cast.yamada.pk}/tickets{query}"
        while path:
            page = text(sato.get(path))
            rows = page.split("<tbody>")[1].split("</tbody>")[0].split("/tickets/")[1:]
            seen += [wanted.index(int(row.partition("/")[0])) for row in rows]
            path = (
                page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
                if 'rel="next"' in page
                else ""
            )
        assert seen == order, query


def test_who_works_in_another_department_sees_none_of_it(cast, sign_in, stories):
    ito = sign_in(cast.ito)
    tickets.share(stories["open"], [tickets.Wish(cast.delivery)], by=cast.sato)
    entry = tickets.reply(stories["open"], "返信", by=cast.sato)
    tickets.rate(entry, "bad", "遅い", by=Actor(contact=cast.yamada, door="help"))
    for kind, pk in (("contacts", cast.yamada.pk), ("accounts", cast.midori.pk)):
        for path in (
            "activity",
            "tickets",
            "ratings",
            "activity?kind=ratings",
            f"tickets?department={cast.support.pk}",
        ):
            page = text(ito.get(f"/{kind}/{pk}/{path}"))
            assert "の件" not in page and "遅い" not in page and "経理の秘密" not in page, path
            assert not any(f"#{ticket.number}" in page for ticket in stories.values()), path
    assert "すべて 0" in text(ito.get(f"/contacts/{cast.yamada.pk}/tickets"))
    assert "すべて 0" in text(ito.get(f"/contacts/{cast.yamada.pk}/ratings"))


def test_the_activity_says_who_did_what_and_the_status_then(cast, sato, ticket):
    tickets.share(ticket, [tickets.Wish(cast.billing)], by=cast.sato)
    tickets.comment(ticket, "極秘の内容", by=cast.suzuki)
    other = open_one(cast, "同じ件")
    tickets.merge(ticket, [other], by=cast.sato)
    entry = tickets.reply(ticket, "済みました。", then=Status.objects.get(name="Closed"), by=cast.sato)
    tickets.rate(entry, "good", "助かりました", by=Actor(contact=cast.yamada, door="help"))
    page = text(sato.get(f"/contacts/{cast.yamada.pk}/activity"))
    for words in (
        "<b>山田 花子</b> さんが「良い」と評価しました",
        "<b>佐藤 健</b>が完了にしました",
        "<b>佐藤 健</b>が返信しました",
        f"<b>佐藤 健</b>が #{other.number} を統合しました",
        "<b>鈴木 大輔</b>（経理）が非公開コメントを書きました",
        "<b>佐藤 健</b>が<b>経理</b>（すべてのアクセス）と共有しました",
        "<b>山田 花子</b> さんが問い合わせを作成しました",
        "当時のステータス",
        f"（#{other.number} に記録）",
    ):
        assert words in page, words
    assert "極秘" not in page and "助かりました" not in page
    statuses = [part.split("</span>")[0].rpartition(">")[2] for part in page.split("当時のステータス</span>")[1:]]
    assert statuses[:3] == ["完了", "完了", "未対応"]


def test_every_deed_can_be_said_in_words(cast, ticket):
    """Also verbs nobody thought of here, and events of old without what is told today."""
    for verb in (
        "ticket.rated",
        "ticket.merged",
        "ticket.shared",
        "ticket.unshared",
        "ticket.assigned",
        "ticket.commented",
        "mail.bounced",
    ):
        deed = deeds.Deed(
            1,
            timezone.now(),
            verb,
            {},
            {},
            None,
            "",
            "",
            None,
            "",
            None,
            "",
            None,
            None,
            None,
            "",
            None,
            None,
            None,
            "",
            None,
        )
        assert "%(" not in deeds.sentence(deed) and deeds.icon(deed) and deeds.stamp(deed.at)


def test_activity_is_narrowed_by_kind_and_goes_on_to_what_is_older(cast, sato, ticket, monkeypatch):
    monkeypatch.setattr("madoguchi.lists.activity.PAGE", 2)
    monkeypatch.setattr("madoguchi.lists.activity.page.__kwdefaults__", {"size": 2})
    tickets.comment(ticket, "一", by=cast.sato)
    tickets.close(ticket, by=cast.sato)
    first = text(sato.get(f"/contacts/{cast.yamada.pk}/activity"))
    assert first.count("timeline__item") == 2 and "古い活動" in first and "最新の活動" not in first
    there = first.partition('rel="next"')[2].partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = text(sato.get(there))
    assert "作成しました" in second and "最新の活動" in second
    only = text(sato.get(f"/contacts/{cast.yamada.pk}/activity?kind=comments"))
    assert only.count("timeline__item") == 1 and "コメントを書きました" in only


def test_ratings_name_comment_ticket_agent_time_and_way(cast, sato, ticket):
    entry = tickets.reply(ticket, "一度目", by=cast.sato)
    second = tickets.reply(ticket, "二度目", by=cast.tanaka)
    by = Actor(contact=cast.yamada, door="help")
    tickets.rate(entry, "bad", "遅い\n<b>とても</b>", by=by)
    tickets.rate(second, "good", by=by)
    other = open_one(cast, "別の件")
    third = tickets.reply(other, "三度目", by=cast.sato)
    tickets.rate(third, "ok", "まあまあ", by=by)
    tickets.merge(ticket, [other], by=cast.sato)
    page = text(sato.get(f"/contacts/{cast.yamada.pk}/ratings"))
    for words in ("すべて 3", "良い 1", "普通 1", "悪い 1", "遅い\n&lt;b&gt;とても", "コメントなし", "佐藤 健", "田中 美咲",
                  "ヘルプセンターから", f"（#{other.number} に記録）", f'/tickets/{ticket.number}/#entry-{third.pk}'):  # fmt: skip
        assert words in page, words
    assert f"/tickets/{other.number}/" not in page
    bad = text(sato.get(f"/accounts/{cast.midori.pk}/ratings?rating=bad"))
    assert "とても" in bad and "まあまあ" not in bad and "すべて 3" in bad
    assert "まあまあ" in text(sato.get(f"/contacts/{cast.yamada.pk}/ratings?rating=ok&days=30"))


def test_notes_are_written_changed_and_deleted(cast, sato):
    here = f"/contacts/{cast.yamada.pk}/notes"
    assert sato.post(here, {"text": "電話は <14 時> 以降\n平日のみ"})["Location"] == here
    note = CustomerNote.objects.get()
    page = text(sato.get(here))
    assert "電話は &lt;14 時&gt; 以降\n平日のみ" in page and "佐藤 健" in page
    assert f'action="{here}/{note.pk}"' in text(sato.get(f"{here}?edit={note.pk}"))
    assert sato.post(f"{here}/{note.pk}", {"text": "平日の午後"})["Location"] == f"{here}#note-{note.pk}"
    assert "編集済み" in text(sato.get(here))
    assert "このメモを削除しますか" in text(sato.get(f"{here}?delete={note.pk}"))
    assert sato.post(f"{here}/{note.pk}", {"_method": "DELETE"}).status_code == 303
    assert not CustomerNote.objects.exists()


def test_a_refused_note_keeps_what_was_typed(cast, sato):
    here = f"/accounts/{cast.midori.pk}/notes"
    response = sato.post(here, {"text": "あ" * 10_001})
    assert response.status_code == 422 and "10,000" in text(response) and "あ" * 10_001 in text(response)
    note = notes.write_note(cast.midori, "元のまま", by=cast.sato)
    response = sato.post(f"{here}/{note.pk}", {"text": " "})
    assert response.status_code == 422 and "内容を入力してください" in text(response)
    assert CustomerNote.objects.get().text == "元のまま"


def test_others_read_a_note_and_do_not_change_it(cast, sign_in):
    note = notes.write_note(cast.yamada, "全員へ", by=cast.sato)
    here = f"/contacts/{cast.yamada.pk}/notes"
    for actor in (cast.suzuki, cast.light):
        client = sign_in(actor)
        page = text(client.get(f"{here}?edit={note.pk}&delete={note.pk}"))
        assert "全員へ" in page and "削除しますか" not in page and f"{here}/{note.pk}" not in page
        assert client.post(f"{here}/{note.pk}", {"text": "改"}).status_code == 403
        assert client.post(f"{here}/{note.pk}", {"_method": "DELETE"}).status_code == 403
    light = sign_in(cast.light)
    assert 'name="text"' not in text(light.get(here)) and light.post(here, {"text": "書く"}).status_code == 403
    assert sign_in(cast.tanaka).post(f"{here}/{note.pk}", {"text": "直した"}).status_code == 303
    assert (
        sign_in(cast.tanaka).post(f"/contacts/{cast.takahashi.pk}/notes/{note.pk}", {"text": "他人"}).status_code == 404
    )
    assert CustomerNote.objects.get().text == "直した"


def test_older_notes_stand_on_another_page(cast, sato):
    for n in range(32):
        notes.write_note(cast.yamada, f"メモ{n:02}", by=cast.sato)
    page = text(sato.get(f"/contacts/{cast.yamada.pk}/notes"))
    assert "メモ31" in page and "メモ02" in page and "メモ01" not in page
    there = page.partition('rel="next"')[2].partition('href="')[2].partition('"')[0]
    assert "メモ01" in text(sato.get(there)) and "メモ02" not in text(sato.get(there))


def test_an_account_lists_its_contacts_with_their_figures(cast, sato, stories):
    jiro = people.identify("jiro@midori.example", "山田 次郎", by=cast.sato)
    page = text(sato.get(f"/accounts/{cast.midori.pk}/contacts"))
    assert page.index("山田 花子") < page.index("山田 次郎") and "高橋 誠" not in page
    assert f'<a class="link figure-link" href="/contacts/{cast.yamada.pk}/tickets">5</a>' in page
    assert f'<a class="link figure-link" href="/contacts/{cast.yamada.pk}/tickets?state=open">2</a>' in page
    assert f'<a class="link figure-link" href="/contacts/{cast.yamada.pk}/tickets?overdue=1">1</a>' in page
    found = text(sato.get(f"/accounts/{cast.midori.pk}/contacts?q=jiro"))
    assert jiro.name in found and "山田 花子" not in found
    assert "見つかりません" in text(sato.get(f"/accounts/{cast.midori.pk}/contacts?q=いない"))


def test_deals_are_shown_while_a_crm_is_connected(cast, sato):
    paths = (f"/contacts/{cast.yamada.pk}/deals", f"/accounts/{cast.midori.pk}/deals")
    assert [sato.get(path).status_code for path in paths] == [404, 404]
    assert "商談（CRM）" not in text(sato.get(f"/contacts/{cast.yamada.pk}/activity"))
    connect_builtin(by=cast.admin)
    assert "CRMに未登録です" in text(sato.get(paths[0]))
    person = crm.create_person("contact", {"last_name": "山田", "email": "hanako@midori.example"}, by=cast.sato)
    crm.create_deal({"name": "年間契約", "person": person, "amount": "1200000"}, by=cast.sato)
    stranger = crm.create_person("contact", {"last_name": "高橋", "email": "makoto@kita.example"}, by=cast.sato)
    crm.create_deal({"name": "他社の商談", "person": stranger, "amount": "1"}, by=cast.sato)
    for path in paths:
        page = text(sato.get(path))
        assert "年間契約" in page and "¥1,200,000" in page and "他社の商談" not in page


@pytest.mark.parametrize("tab", [*TABS, "activity?kind=ratings", "tickets?overdue=1&days=30", "contacts", "deals"])
def test_many_rows_take_no_more_statements(cast, sato, statements, tab):
    connect_builtin(by=cast.admin)
    kind, pk = ("accounts", cast.midori.pk) if tab == "contacts" else ("contacts", cast.yamada.pk)
    by = Actor(contact=cast.yamada, door="help")

    def more(n: int) -> None:
        for i in range(n):
            ticket = open_one(cast, f"{i}番")
            tickets.rate(tickets.reply(ticket, "返信", by=cast.sato), "good", by=by)
            notes.write_note(cast.yamada, f"{i}", by=cast.sato)
            people.identify(f"{n}-{i}@midori.example", f"社員 {i}", by=cast.sato)

    more(2)
    few = statements(sato, f"/{kind}/{pk}/{tab}")
    more(15)
    assert statements(sato, f"/{kind}/{pk}/{tab}") <= few <= 12
