"""概要 of contacts and accounts: figures, exactly what they lead to, and what it costs (SPEC I1, I3–I10)."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from madoguchi import people, record, tickets
from madoguchi.actor import Actor
from madoguchi.models import Contact, Entry
from madoguchi.tickets.rating import rate
from tests.cast import open_one
from tests.doors.agent.conftest import text

STAT = re.compile(r'class="stat__name">([^<]+)</h2>\s*<p class="stat__value[^>]*>\s*(?:<a href="([^"]+)">)?([\d,]+)<')
SLICE = re.compile(r'<a class="donut__slice" href="([^"]+)" aria-label="([^"]+)"')
TIME = re.compile(
    r'<h2 id="time-(\w+)">.*?<p class="stat__value">(.*?)</p>.*?<dl class="stat__spread">(.*?)</dl>', re.S
)
LISTED = re.compile(r'href="/tickets/(\d+)/?["?]')
TAGS = re.compile(r"<[^>]+>")


def here(customer, query=""):
    kind = "contacts" if isinstance(customer, Contact) else "accounts"
    return f"/{kind}/{customer.pk}/{query}"


def stats(page):
    """The three figures by name: (number, the address it leads to)."""
    return {name: (int(n.replace(",", "")), unescape(href)) for name, href, n in STAT.findall(page)}


def slices(page):
    return [(label, unescape(href)) for href, label in SLICE.findall(page)]


def times(page):
    """By key: the mean and what stands beside it, as text."""
    return {key: (words(mean), words(spread)) for key, mean, spread in TIME.findall(page)}


def words(html):
    return " ".join(TAGS.sub(" ", html).split())


def listed(client, path):
    return set(map(int, LISTED.findall(text(client.get(path)))))


def at(ago, write):
    with record.at(timezone.now() - ago):
        return write()


def answered(ticket, after, by, *, close=False):
    """The reply comes so long after the ticket; closed an hour later."""
    with record.at(ticket.created_at + after):
        entry = tickets.reply(ticket, "お答えします。", by=by)
    if close:
        with record.at(ticket.created_at + after + timedelta(hours=1)):
            tickets.close(ticket, by=by)
    return entry


@pytest.fixture
def story(cast):
    """Six tickets of 山田 in support: four by mail, one by phone, one by chat; two closed, one of them late; one in billing."""
    found = {}
    for n, (name, channel, days) in enumerate(
        [("old", "Email", 200), ("late", "Email", 60), ("solved", "Phone", 40), ("chat", "Chat", 20), ("new", "Email", 3), ("held", "Email", 2)]
    ):  # fmt: skip
        found[name] = at(
            timedelta(days=days, minutes=n),
            lambda name=name, channel=channel: open_one(cast, f"{name} の件", channel=channel),
        )
    tickets.edit(found["late"], {"due_at": found["late"].created_at + timedelta(hours=2)}, by=cast.sato)
    answered(found["late"], timedelta(hours=3), cast.sato, close=True)
    answered(found["solved"], timedelta(minutes=30), cast.sato, close=True)
    found["billing"] = open_one(cast, "経理の件", department=cast.billing, mailbox=None)
    return found


def numbers(story, *names):
    return {story[name].number for name in names}


@pytest.mark.parametrize("whose", ["yamada", "midori"])
def test_every_number_leads_to_exactly_the_tickets_it_counts(cast, sato, story, whose):
    page = text(sato.get(here(getattr(cast, whose))))
    found = stats(page)
    assert {name: n for name, (n, _href) in found.items()} == {"問い合わせの合計": 6, "未完了": 4, "遅延": 1}
    assert listed(sato, found["問い合わせの合計"][1]) == numbers(story, "old", "late", "solved", "chat", "new", "held")
    assert listed(sato, found["未完了"][1]) == numbers(story, "old", "chat", "new", "held")
    assert listed(sato, found["遅延"][1]) == numbers(story, "late")  # resolved, though late
    assert [label for label, _href in slices(page)] == [
        "メール 4 件（67%）",
        "チャット 1 件（17%）",
        "電話 1 件（17%）",
    ]
    by_channel = [listed(sato, href) for _label, href in slices(page)]
    assert by_channel == [
        numbers(story, "old", "late", "new", "held"),
        numbers(story, "chat"),
        numbers(story, "solved"),
    ]


def test_a_period_narrows_the_figures_and_what_they_lead_to(cast, sato, story):
    for days, total, late in [
        ("90", {"late", "solved", "chat", "new", "held"}, {"late"}),
        ("30", {"chat", "new", "held"}, set()),
    ]:
        found = stats(text(sato.get(here(cast.yamada, f"?days={days}"))))
        assert (found["問い合わせの合計"][0], found["遅延"][0]) == (len(total), len(late))
        assert listed(sato, found["問い合わせの合計"][1]) == numbers(story, *total)
        if late:
            assert listed(sato, found["遅延"][1]) == numbers(story, *late)
        else:
            assert found["遅延"][1] == ""  # nothing to lead to
    assert stats(text(sato.get(here(cast.yamada, "?days=31"))))["問い合わせの合計"][0] == 6  # nobody offered that


def test_figures_are_of_the_departments_the_agent_works_in(cast, sign_in, story):
    def total(actor, query=""):
        return stats(text(sign_in(actor).get(here(cast.yamada, query))))["問い合わせの合計"]

    assert [total(actor)[0] for actor in (cast.sato, cast.suzuki, cast.admin)] == [6, 1, 7]
    n, href = total(cast.admin, f"?department={cast.billing.pk}")
    assert n == 1 and listed(sign_in(cast.admin), href) == numbers(story, "billing")
    assert total(cast.sato, f"?department={cast.billing.pk}")[0] == 6  # not theirs: passed over
    stranger = text(sign_in(cast.ito).get(here(cast.yamada)))
    assert "問い合わせはまだありません" in stranger and "経理の件" not in stranger and "山田 花子" in stranger


def test_the_department_is_chosen_where_an_agent_works_in_several(cast, sato, sign_in, story):
    assert 'name="department" aria-label' not in text(sato.get(here(cast.yamada)))
    page = text(sign_in(cast.admin).get(here(cast.yamada, f"?department={cast.billing.pk}&days=90")))
    assert (
        f'<option value="{cast.billing.pk}" selected>' in page
        and '<input type="hidden" name="days" value="90">' in page
    )
    assert all(
        f"department={cast.billing.pk}" in href and "days=90" in href for _n, href in stats(page).values() if href
    )


def test_times_have_mean_median_percentile_and_count(cast, sato, story):
    page = text(sato.get(here(cast.yamada, "?hours=clock")))
    found = times(page)
    assert found["first_response"] == (
        "平均 1 時間 45 分",
        "中央値 1時間 45分 90 パーセンタイル 3時間 対象 2 件（未返信 4 件を除く）",
    )
    assert found["response"] == ("平均 1 時間 45 分", "中央値 1時間 45分 90 パーセンタイル 3時間 対象 メッセージ 2 件")
    assert found["resolution"] == ("平均 2 時間 45 分", "中央値 2時間 45分 90 パーセンタイル 4時間 対象 2 件")
    assert page.count("計算方法") == 4 and "夜間や休日も含めた経過時間です。" in page
    of_30 = times(text(sato.get(here(cast.yamada, "?days=30"))))
    assert of_30["first_response"] == (
        "平均 – まだありません",
        "中央値 – 90 パーセンタイル – 対象 0 件（未返信 3 件を除く）",
    )


def test_hours_are_remembered_by_the_browser(cast, sato, story):
    first = sato.get(here(cast.yamada))
    assert "hours" not in first.cookies
    assert f'href="/contacts/{cast.yamada.pk}/?hours=business" aria-current' in text(first)
    chosen = sato.get(here(cast.yamada, "?hours=clock"))
    assert (chosen.cookies["hours"].value, chosen.cookies["hours"]["httponly"]) == ("clock", True)
    assert f'href="/accounts/{cast.midori.pk}/?hours=clock" aria-current' in text(sato.get(here(cast.midori)))
    assert "hours" not in sato.get(here(cast.yamada, "?hours=moon")).cookies


def test_satisfaction_is_a_rate_at_first_and_opens_to_good_okay_and_bad(cast, sato, story):
    by = Actor(contact=cast.yamada, door="portal")
    assert "評価はまだありません" in text(sato.get(here(cast.yamada)))
    entries = list(Entry.objects.filter(agent=cast.sato.agent).order_by("pk"))
    rate(entries[0], "good", "安心しました。<b>", by=by)
    rate(entries[1], "bad", by=by)
    page = text(sato.get(here(cast.yamada)))
    card = page[page.index('class="reveal"') :]
    assert '<details class="reveal">' in page  # closed
    assert words(card[: card.index("</summary>")]).endswith("50 % 評価 2 件 内訳")
    assert words(card[card.index("<ul") : card.index("</ul>")]) == "良い 1 50% 普通 0 0% 悪い 1 50%"
    assert "安心しました。&lt;b&gt;" in card and f"#{story['late'].number}" in card
    for value, n in (("good", 1), ("bad", 1)):
        assert f'href="/contacts/{cast.yamada.pk}/ratings?rating={value}"' in card
        rows = text(sato.get(f"/contacts/{cast.yamada.pk}/ratings?rating={value}"))
        assert rows[rows.index("<tbody") : rows.index("</tbody")].count("<tr") == n
    assert "評価はまだありません" not in text(sato.get(here(cast.midori)))


def test_the_last_twelve_months_stand_in_a_table_too(cast, sato, story):
    page = text(sato.get(here(cast.yamada, "?days=30")))
    table = page[page.index('class="trend__table"') :]
    rows = re.findall(
        r'<th scope="row">([^<]+)</th><td class="table__num">(\d+)</td><td class="table__num">([^<]+)</td>', table
    )
    assert len(rows) == 12 and sum(int(n) for _month, n, _wait in rows) == 6  # twelve months whatever the period
    assert {wait for _month, _n, wait in rows} >= {"–"}


def test_an_account_shows_who_wrote_last(cast, sato, story):
    other = people.identify("shigeru@midori.example", "石川 茂", by=cast.sato)
    quiet = people.identify("aya@midori.example", "松本 彩", by=cast.sato)
    elsewhere = people.identify("ken@midori.example", "経理 健", by=cast.sato)
    open_one(cast, "新しい件", contact=other)
    open_one(cast, "経理だけ", contact=elsewhere, department=cast.billing, mailbox=None)
    page = text(sato.get(here(cast.midori)))
    card = page[page.index('aria-labelledby="members"') :]
    assert re.findall(r"<bdi>([^<]+)</bdi></a></span></th>", card) == ["石川 茂", "山田 花子"]
    assert quiet.name not in card and elsewhere.name not in card and "4 名すべて" in card


def test_deals_won_stand_in_the_head_of_an_account(cast, sato, ticket):
    from madoguchi import crm, lookups
    from madoguchi.models import Classification, CrmClass, CrmConnection

    CrmConnection.objects.create(pk=1, kind="builtin")
    lookups.forget()
    assert crm.is_on()
    Classification.objects.create(
        contact=cast.yamada,
        source="builtin",
        record="1",
        deals={"won": {"n": 2, "amount": "3480000", "currency": "JPY"}},
    )
    Contact.objects.filter(pk=cast.yamada.pk).update(crm_class=CrmClass.CUSTOMER)
    page = text(sato.get(here(cast.midori)))
    head = words(page[page.index('class="customer__who"') : page.index('class="customer__facts"')])
    assert "受注 2 件・¥3,480,000" in head and "株式会社みどり商事 顧客" in head
    assert "商談（CRM）" in page


def test_nobody_wrote_yet(cast, sato):
    for customer in (cast.takahashi, cast.midori):
        page = text(sato.get(here(customer, "?days=30&hours=clock")))
        assert (
            "問い合わせはまだありません" in page
            and "donut" not in page.replace("donut.js", "")
            and "stat__value" not in page
        )


def test_one_open_ticket_without_an_answer(cast, sato, ticket):
    page = text(sato.get(here(cast.yamada)))
    assert [label for label, _href in slices(page)] == ["メール 1 件（100%）"]
    assert times(page)["resolution"] == ("平均 – まだありません", "中央値 – 90 パーセンタイル – 対象 0 件")


def test_a_merged_contact_leads_on_to_the_main_one(cast, sato, ticket):
    Contact.objects.filter(pk=cast.takahashi.pk).update(merged_into=cast.yamada)
    answer = sato.get(here(cast.takahashi, "?days=30"))
    assert (answer.status_code, answer["Location"]) == (302, here(cast.yamada, "?days=30"))
    assert sato.get("/contacts/999999/").status_code == sato.get(f"/accounts/{2**70}/").status_code == 404


def test_the_fields_stay_within_reach(cast, sato):
    people.edit_contact(
        cast.yamada,
        {"last_name": "山田", "first_name": "花子", "account": cast.midori, "title": "部長", "city": "千代田区", "description": "朝は不在", "language": "en"},
        emails=["hanako@midori.example", "h2@midori.example"],
        phone_numbers=[("phone", "03-1234-5678")],
        by=cast.sato,
    )  # fmt: skip
    page = text(sato.get(here(cast.yamada)))
    head = words(page[page.index('class="customer__who"') : page.index('<nav class="tabs"')])
    for said in (
        "hanako@midori.example 、ほか 1 件",
        "h2@midori.example",
        "03-1234-5678",
        "部長",
        "千代田区",
        "朝は不在",
        "English",
        "追加日時",
    ):
        assert said in head, said


def test_what_a_light_agent_and_a_contact_in_the_bin_offer(cast, sato, sign_in, ticket):
    light = text(sign_in(cast.light).get(here(cast.yamada)))
    assert "問い合わせを作成" not in light and "?edit=bin" not in light and '/details"' not in light and "縮小" in light
    people.trash_contact(cast.takahashi, by=cast.sato)
    page = text(sato.get(here(cast.takahashi)))
    assert "この連絡先はごみ箱にあります" in page and "問い合わせを作成" not in page and "?edit=bin" not in page
    asks = text(sato.get(here(cast.yamada, "?edit=bin")))
    assert f'action="/contacts/{cast.yamada.pk}/bin"' in asks


def test_a_contact_is_added_to_the_account_whose_page_it_was(cast, sato):
    assert f'href="/contacts/new?account={cast.midori.pk}"' in text(sato.get(here(cast.midori)))
    assert 'value="株式会社みどり商事"' in text(sato.get(f"/contacts/new?account={cast.midori.pk}"))
    assert sato.get("/contacts/new?account=999999").status_code == 404


def test_more_tickets_and_contacts_take_no_more_statements(cast, sato, ticket, statements):
    def count():
        return [statements(sato, here(c)) for c in (cast.yamada, cast.midori)]

    few = count()
    for n in range(12):
        contact = people.identify(f"c{n}@midori.example", f"連絡 {n}", by=cast.sato)
        entry = tickets.reply(
            open_one(cast, f"件 {n}", contact=contact, channel=["Chat", "Phone"][n % 2]), "はい", by=cast.sato
        )
        rate(entry, "good", "どうも", by=Actor(contact=contact, door="portal"))
        mine = tickets.reply(open_one(cast, f"私の件 {n}"), "はい", by=cast.sato)
        rate(mine, "ok", "どうも", by=Actor(contact=cast.yamada, door="portal"))
    many = count()
    assert (many[0] - few[0], many[1] - few[1]) == (1, 1)  # the latest comment, where there are ratings
    assert many[0] <= 8 and many[1] <= 10, many
