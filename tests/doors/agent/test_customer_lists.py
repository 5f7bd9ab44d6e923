"""The customers area as agents see it: lists, views, filters, the panel beside the list, the list as a file (SPEC I1)."""

import csv
import io
import re

import pytest

from madoguchi import people, tickets
from madoguchi.models import Contact, CrmClass, CustomerNote
from madoguchi.organisation import crm as connecting
from madoguchi.tickets import Wish
from tests.cast import open_one
from tests.doors.agent.conftest import text


def rows(page: str) -> str:
    return page[page.index('<tbody id="rows"') : page.index("</tbody>")]


def row(page: str, pk: int) -> str:
    return rows(page).split(f'<tr id="row-{pk}"')[1].split("</tr>")[0]


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_row_has_address_figures_and_the_time_of_the_last_ticket(cast, sato, ticket):
    tickets.close(open_one(cast, "終わった件"), by=cast.sato)
    shown = words(row(text(sato.get("/contacts/")), cast.yamada.pk))
    assert shown.startswith("> 山 山田 花子 株式会社みどり商事 hanako@midori.example 電話番号なし 2 未完了 1")
    assert shown.endswith("たった今")
    other = words(row(text(sato.get("/contacts/")), cast.takahashi.pk))
    assert "取引先なし" in other and other.endswith("0 未完了 0 なし")


def test_an_account_row_has_its_figures(cast, sato, ticket):
    people.identify("second@midori.example", "二人目", by=cast.sato)
    shown = words(row(text(sato.get("/accounts/")), cast.midori.pk))
    assert shown.startswith("> み 株式会社みどり商事 midori.example 2 1 未完了 1 遅延 0 なし")


def test_figures_are_those_of_own_departments(cast, sato, sign_in, ticket):
    open_one(cast, "経理の件", department=cast.billing, mailbox=None)
    for reader, total in (
        (sato, "1"),
        (sign_in(cast.suzuki), "1"),
        (sign_in(cast.admin), "2"),
        (sign_in(cast.ito), "0"),
    ):
        shown = words(row(text(reader.get("/contacts/")), cast.yamada.pk))
        assert f"電話番号なし {total} 未完了 {total}" in shown
        assert f">{total}</b>" in figures_of(text(reader.get(f"/contacts/?open={cast.yamada.pk}")))


def figures_of(page: str) -> str:
    return page[page.index('<div class="figures">') :].split("</div>")[0]


def test_views_and_their_counts_stand_at_the_left(cast, sato, ticket):
    page = text(sato.get("/contacts/?view=open"))
    views = words(page[page.index('id="views"') : page.index("views__foot")])
    assert "すべての連絡先 2 自分が対応中 0 未完了のある連絡先 1 最近の追加 2" in views
    assert "山田 花子" in rows(page) and "高橋 誠" not in rows(page)
    assert '<h1 id="view-title">未完了のある連絡先</h1>' in page
    assert "このビューに連絡先はありません" in text(sato.get("/contacts/?view=mine"))


def test_classes_are_views_and_badges_only_where_a_crm_is_asked(cast, sato):
    Contact.objects.filter(pk=cast.yamada.pk).update(crm_class=CrmClass.CUSTOMER)
    connecting.disconnect(by=cast.admin)
    without = text(sato.get("/contacts/?view=customers&class=0"))
    assert "高橋 誠" in rows(without) and "CRM に登録済み" not in without and 'name="class"' not in without
    connecting.connect_builtin(by=cast.admin)
    page = text(sato.get("/contacts/?view=customers"))
    assert "高橋 誠" not in rows(page) and "顧客" in row(page, cast.yamada.pk) and 'name="class"' in page


def test_filters_are_said_and_taken_off_one_by_one(cast, sato, ticket):
    page = text(sato.get("/contacts/?language=&owner=none&tickets=without&sort=name&nonsense=1"))
    assert "高橋 誠" in rows(page) and "山田 花子" not in rows(page)
    assert (
        'href="/contacts/?tickets=without&amp;sort=name"' in page
        and 'href="/contacts/?owner=none&amp;sort=name"' in page
    )
    assert 'href="/contacts/export?owner=none&amp;tickets=without&amp;sort=name"' in page
    nobody = text(sato.get("/contacts/?account=無い会社"))
    assert "条件に合う連絡先はありません" in nobody
    assert "山田 花子" in rows(text(sato.get("/contacts/?owner=99999999&tickets=perhaps")))


@pytest.mark.parametrize(
    "query",
    [
        "sort=nonsense",
        "after=nonsense",
        "view=nonsense",
        "open=nonsense",
        "open=",
        "class=9",
        "q=%00",
        "sort=last&after=eyJ9",
    ],
)
def test_nonsense_shows_the_list(cast, sato, ticket, query):
    assert "山田 花子" in rows(text(sato.get(f"/contacts/?{query}")))


def test_the_panel_has_figures_notes_and_tickets_and_keeps_the_page(cast, sato, ticket):
    CustomerNote.objects.create(contact=cast.yamada, agent=cast.sato.agent, text="請求書は月末にまとめて送る")
    page = text(sato.get(f"/contacts/?view=open&q=花子&open={cast.yamada.pk}"))
    panel = page[page.index('id="peek"') :]
    assert 'href="/contacts/?view=open&amp;q=%E8%8A%B1%E5%AD%90"' in panel  # close
    assert f'href="/contacts/{cast.yamada.pk}/"' in panel and "展開" in panel
    assert "請求書は月末にまとめて送る" in panel and ticket.subject in panel and "hanako@midori.example" in panel
    assert f'href="/contacts/{cast.yamada.pk}/tickets?state=open"' in panel
    assert 'class="table__here"' in page


def test_an_account_opens_beside_its_list(cast, sato, ticket):
    panel = text(sato.get(f"/accounts/?open={cast.midori.pk}"))
    panel = panel[panel.index('id="peek"') :]
    assert "取引先の詳細" in panel and ticket.subject in panel and "midori.example" in panel and "連絡先 1 名" in panel
    assert f'href="/accounts/{cast.midori.pk}/tickets?overdue=1"' in panel


@pytest.mark.parametrize("path", ["/contacts/?open=999999", "/accounts/?open=999999"])
def test_whoever_does_not_exist_is_not_found(cast, sato, path):
    assert sato.get(path).status_code == 404


def test_whoever_was_merged_is_shown_as_the_main_one(cast, sato):
    Contact.objects.filter(pk=cast.takahashi.pk).update(merged_into=cast.yamada, trashed_at="2026-01-01T00:00Z")
    page = text(sato.get(f"/contacts/?open={cast.takahashi.pk}"))
    assert "hanako@midori.example" in page[page.index('id="peek"') :] and "高橋 誠" not in page


@pytest.mark.parametrize(
    "path",
    [
        "/contacts/",
        "/contacts/?q=example&tickets=with",
        "/accounts/",
        "/contacts/?open={contact}",
        "/accounts/?open={account}",
    ],
)
def test_more_rows_take_no_more_statements(cast, sato, statements, ticket, path):
    path = path.format(contact=cast.yamada.pk, account=cast.midori.pk)
    few = statements(sato, path)
    for i in range(30):
        account = people.create_account({"name": f"会社{i}"}, domains=[f"c{i}.x.example"], by=cast.sato)
        contact = people.identify(f"who@c{i}.x.example", f"連絡 {i}", by=cast.sato)
        assert contact.account == account
        open_one(cast, f"件 {i}", contact=contact if i % 2 else cast.yamada)
        CustomerNote.objects.create(contact=cast.yamada, text=f"メモ {i}")
        CustomerNote.objects.create(account=cast.midori, text=f"メモ {i}")
    assert statements(sato, path) == few
    assert few <= (7 if "open=" not in path else 16), few


def table(response) -> list[list[str]]:
    data = b"".join(response.streaming_content)
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def test_the_list_goes_out_as_a_file_as_it_is_narrowed_and_sorted(cast, sato, sign_in, ticket, monkeypatch):
    monkeypatch.setattr("madoguchi.doors.agent.customers.list_file.TOGETHER", 2)
    people.create_contact(
        {"last_name": "=cmd|calc", "account": cast.midori}, emails=["b@x.example", "a@x.example"],
        phone_numbers=[("phone", "+81 3 1234 5678")], by=cast.sato,
    )  # fmt: skip
    response = sato.get("/contacts/export?account=みどり")
    assert response["Content-Type"] == "text/csv; charset=utf-8" and response["Cache-Control"] == "no-store"
    assert re.fullmatch(r'attachment; filename="contacts-\d{8}\.csv"', response["Content-Disposition"])
    head, first, second = table(response)
    assert head[:5] == ["名前", "取引先", "役職", "メールアドレス", "電話"] and head[-1] == "ID"
    assert (first[0], first[head.index("問い合わせの合計")], first[head.index("未完了")]) == ("山田 花子", "1", "1")
    assert second[0] == "'=cmd|calc" and second[3] == "b@x.example; a@x.example" and second[4] == "'+81 3 1234 5678"
    everybody = table(sato.get("/contacts/export?sort=added"))
    assert [line[0] for line in everybody[1:]] == ["'=cmd|calc", "高橋 誠", "山田 花子"]
    monkeypatch.setattr("madoguchi.doors.agent.customers.list_file.MOST", 2)
    assert len(table(sato.get("/contacts/export"))) == 3
    other = table(sign_in(cast.suzuki).get("/accounts/export"))
    assert other[1][0] == "株式会社みどり商事" and other[1][other[0].index("問い合わせの合計")] == "0"


def test_a_light_agent_may_look_and_take_the_list_along(cast, sign_in):
    light = sign_in(cast.light)
    assert len(table(light.get("/contacts/export"))) == 3
    page = text(light.get(f"/contacts/?open={cast.yamada.pk}"))
    assert "連絡先を追加" not in page and "メモを追加" not in page


def test_names_are_words_not_markup_in_every_script(cast, sato):
    for name in ("<b>太字</b>", "ليلى حسن", "Ωμέγα", "👩‍💻", "x" * 120):
        people.create_contact({"last_name": name}, emails=[], phone_numbers=[], by=cast.sato)
    page = text(sato.get("/contacts/"))
    assert "&lt;b&gt;太字" in page and "<b>太字" not in page and "ليلى حسن" in page
    for pk in Contact.objects.values_list("pk", flat=True):
        assert sato.get(f"/contacts/?open={pk}").status_code == 200


def test_an_empty_desk_says_where_contacts_come_from(cast, sato):
    people.trash_contact(cast.takahashi, by=cast.sato)
    people.trash_contact(cast.yamada, by=cast.sato)
    assert "問い合わせた人は、自動的にここに追加されます。" in text(sato.get("/contacts/"))


def test_the_ticket_page_says_who_the_customer_is(cast, sato, sign_in, ticket):
    CustomerNote.objects.create(contact=cast.yamada, agent=cast.sato.agent, text="電話は午後に")
    CustomerNote.objects.create(account=cast.midori, text="契約は年度末まで")
    open_one(cast, "経理の件", department=cast.billing, mailbox=None)
    page = text(sato.get(f"/tickets/{ticket.number}/"))
    side = page[page.index('id="side-contact"') : page.index('id="side-fields"')]
    assert words(figures_of(side)).startswith("1 合計 1 未完了 0 遅延")
    assert "電話は午後に" in side and "契約は年度末まで" in side and "取引先のメモ" in side
    assert f'href="/contacts/{cast.yamada.pk}/tickets?state=open"' in side
    assert f'<a class="person__name" href="/contacts/{cast.yamada.pk}/">' in side


def test_a_department_it_is_shared_with_sees_figures_of_its_own(cast, sign_in, ticket):
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    reader = sign_in(cast.suzuki)
    side = text(reader.get(f"/tickets/{ticket.number}/"))
    assert words(figures_of(side)).startswith("0 合計 0 未完了 0 遅延")
    open_one(cast, "経理の件", department=cast.billing, mailbox=None)
    assert words(figures_of(text(reader.get(f"/tickets/{ticket.number}/")))).startswith("1 合計 1 未完了 0 遅延")
