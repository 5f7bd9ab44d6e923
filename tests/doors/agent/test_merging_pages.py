"""Merging on the pages: from the list and from inside a ticket, the comparison, the question, and where old numbers lead."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from madoguchi import record, tickets
from madoguchi.models import Department, Draft, Entry, Event, Merge, Ticket
from madoguchi.tickets.merging import merge
from tests.cast import open_one
from tests.doors.agent.conftest import text

STORY = [
    ("メールの同期についての不具合", "Email", {}),
    ("メールのアカウントに関する問題", "Chat", {"priority": "High"}),
    ("新しいデバイスでメールを同期できない", "Web", {"category": "設定"}),
]


@pytest.fixture
def three(cast):
    """高橋's three tickets of the seed, an hour apart."""
    found = []
    for n, (subject, channel, more) in enumerate(STORY):
        with record.at(timezone.now() - timedelta(hours=5 - n)):
            ticket = open_one(cast, subject, contact=cast.takahashi, channel=channel)
            found.append(tickets.edit(ticket, more, by=cast.sato) if more else ticket)
    return found


def place(found, **more):
    query = "&".join(f"{key.replace('_', '-')}={value}" for key, value in more.items())
    return f"/tickets/merges/new?tickets={','.join(str(t.number) for t in found)}" + (f"&{query}" if query else "")


def bulk(client, found):
    return client.post("/tickets/bulk", {"ids": [t.pk for t in found], "do": "merge", "next": "/tickets/?view=all"})


def hidden_fields(html):
    form = re.search(r'<form id="merge-form".*?</form>', html, re.S)
    assert form is not None
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))


def confirmed(client, found, **more):
    """What the question above the comparison would send."""
    return hidden_fields(text(client.get(place(found, confirm=1, **more))))


def picked(html):
    """Field → number of the ticket whose value is picked, of the radios."""
    return {
        name: int(value)
        for name, value in re.findall(r'name="keep-([^"]+)" id="[^"]+" value="(\d+)"[^>]*? checked>', html)
    }


def pairs():
    return set(Entry.objects.values_list("pk", "ticket_id"))


# -- from the list


def test_two_to_five_ticked_tickets_lead_to_the_comparison_oldest_first(cast, sato, three):
    answer = bulk(sato, three[::-1])
    assert (answer.status_code, answer["Location"]) == (303, place(three))
    page = text(sato.get(answer["Location"]))
    for word in ("問い合わせの統合", "メイン(統合先)", "相違のある項目のみ表示", *(subject for subject, *_ in STORY)):
        assert word in page, word


def test_what_cannot_be_merged_is_refused_on_the_list_and_stays_ticked(cast, sato, three):
    other = open_one(cast)
    for found, why in (
        (three[:1], "2 件から 5 件"),
        ([*three, *[open_one(cast, contact=cast.takahashi) for _ in range(3)]], "2 件から 5 件"),
        ([three[0], other], "ほかの連絡先"),
    ):
        answer = bulk(sato, found)
        assert answer.status_code == 422 and "変更されていません" in text(answer)
        assert text(answer).count(" checked") >= len(found), why
    assert Merge.objects.count() == 0


def test_the_list_offers_merging_to_those_who_may(cast, sato, sign_in, three):
    assert 'value="merge"' in text(sato.get("/tickets/"))
    assert 'value="merge"' not in text(sign_in(cast.light).get("/tickets/"))
    assert bulk(sign_in(cast.light), three).status_code == 403


# -- the comparison


def test_the_page_proposes_the_oldest_and_where_it_has_nothing_the_oldest_other(cast, sato, three):
    a, b, c = (t.number for t in three)
    page = text(sato.get(place(three)))
    assert re.search(rf'name="main" id="main-{three[0].pk}" value="{a}" checked', page)
    assert picked(page) == {"subject": a, "number": a, "category": c, "priority": b, "channel": a} | {
        key: n for key, n in picked(page).items() if key not in ("subject", "number", "category", "priority", "channel")
    }


def test_another_main_ticket_takes_its_own_values_along_and_keeps_what_was_picked(cast, sato, three):
    a, b, c = (t.number for t in three)
    page = text(sato.get(place(three, main=b, was=a, keep_subject=c, keep_number=a)))
    assert picked(page)["subject"] == c, "picked by hand"
    assert picked(page)["number"] == b, "only proposed before"
    assert picked(page)["priority"] == b
    answer = sato.get(place(three, main=b, was=a, keep_subject=c, keep_number=a), HTTP_HX_REQUEST="true")
    assert answer["HX-Replace-Url"] == place(three, main=b, keep_subject=c)


def test_locked_values_are_shown_and_not_offered(cast, sato, three):
    page = text(sato.get(place(three)))
    for name in ("作成日時", "返信時間", "保留時間"):
        assert name in page
    assert not re.search(r'name="keep-(created_at|response|on_hold|overdue|tags)"', page)


def test_a_tickets_own_strangers_get_nothing(cast, sign_in, three):
    billing = sign_in(cast.suzuki)
    assert billing.get(place(three)).status_code == 404
    assert billing.get(f"/tickets/{three[0].number}/merges").status_code == 404
    assert billing.get(f"/tickets/{three[0].number}/similar").status_code == 404
    sent = {"tickets": ",".join(str(t.number) for t in three), "main": three[0].number}
    assert billing.post("/tickets/merges", sent).status_code == 404
    assert sign_in(cast.light).post("/tickets/merges", sent).status_code == 403
    assert Merge.objects.count() == 0


def test_the_comparison_costs_the_same_for_two_and_for_five(cast, sato, three, statements):
    more = [open_one(cast, f"追加 {n}", contact=cast.takahashi) for n in range(2)]
    assert statements(sato, place(three[:2])) == statements(sato, place([*three, *more]))


# -- the deed


def test_the_question_says_what_happens_and_the_answer_does_it_once(cast, sato, three):
    a, b, c = three
    before = pairs()
    page = text(sato.get(place(three, confirm=1, keep_subject=c.number)))
    assert "統合前の状態に戻すことはできません" in page and "はい、統合します" in page
    sent = hidden_fields(page)
    answer = sato.post("/tickets/merges", sent)
    assert (answer.status_code, answer["Location"]) == (303, f"/tickets/{a.number}/")
    page = text(sato.get(answer["Location"]))
    assert f"3 件の問い合わせを #{a.number} に統合しました" in page
    a.refresh_from_db()
    assert (a.subject, a.priority, a.merged_n) == (STORY[2][0], "High", 2)
    assert f"#{b.number} から" in page and f"#{c.number} から" in page
    again = sato.post("/tickets/merges", sent)
    assert (again.status_code, again["Location"]) == (303, f"/tickets/{a.number}/")
    assert Event.objects.filter(verb="ticket.merged").count() == 1
    assert pairs() == before


def test_going_back_to_the_comparison_leads_to_the_merged_ticket(cast, sato, three):
    merge(three[0], three[1:], by=cast.sato)
    answer = sato.get(place(three))
    assert (answer.status_code, answer["Location"]) == (303, f"/tickets/{three[0].number}/")


def test_the_same_key_merges_once_even_when_the_first_was_not_seen(cast, sato, three):
    sent = confirmed(sato, three)
    sato.post("/tickets/merges", sent)
    tickets.restore(Ticket.objects.get(pk=three[1].pk), by=cast.tanaka)
    tickets.restore(Ticket.objects.get(pk=three[2].pk), by=cast.tanaka)
    answer = sato.post("/tickets/merges", sent)
    assert answer.status_code == 303
    assert Event.objects.filter(verb="ticket.merged").count() == 1


def test_a_value_changed_meanwhile_is_shown_and_nothing_merged(cast, sato, three):
    sent = confirmed(sato, three, keep_category=three[2].number)
    tickets.edit(three[1], {"subject": "変更後の件名"}, by=cast.tanaka)
    answer = sato.post("/tickets/merges", sent)
    page = text(answer)
    assert answer.status_code == 422 and "まだ統合していません" in page and "変更後の件名" in page
    assert picked(page)["category"] == three[2].number
    assert Merge.objects.count() == 0
    assert sato.post("/tickets/merges", confirmed(sato, three)).status_code == 303


def test_a_new_message_meanwhile_does_not_stand_in_the_way(cast, sato, three):
    sent = confirmed(sato, three)
    tickets.comment(three[1], "あとから書いたメモ", by=cast.tanaka)
    assert sato.post("/tickets/merges", sent).status_code == 303
    assert "あとから書いたメモ" in text(sato.get(f"/tickets/{three[0].number}/"))


def test_one_merged_by_someone_else_meanwhile_is_named_with_the_way_on(cast, sato, three):
    other = open_one(cast, "別の入口から", contact=cast.takahashi)
    sent = confirmed(sato, three, keep_subject=three[2].number)
    merge(other, [three[1]], by=cast.tanaka)
    answer = sato.post("/tickets/merges", sent)
    page = text(answer)
    assert answer.status_code == 422 and f"#{other.number} に統合済み" in page
    rest = f"tickets={three[0].number},{other.number},{three[2].number}"
    assert rest in page.replace("&amp;", "&") and f"keep-subject={three[2].number}" in page
    assert Event.objects.filter(verb="ticket.merged").count() == 1


def test_of_two_overlapping_merges_the_second_is_told(cast, sato, three):
    first, second = confirmed(sato, three[:2]), confirmed(sato, three[1:])
    assert sato.post("/tickets/merges", first).status_code == 303
    assert sato.post("/tickets/merges", second).status_code == 422
    assert Merge.objects.count() == 1


def test_six_one_twice_and_one_in_the_bin_are_refused(cast, sato, three):
    more = [open_one(cast, contact=cast.takahashi) for _ in range(4)]
    for found in (three[:1], [*three, *more][:6], [three[0], three[0]]):
        assert sato.get(place(found)).status_code == 422
    tickets.trash(more[0], by=cast.sato)
    answer = sato.get(place([*three, more[0]]))
    assert answer.status_code == 422 and "ごみ箱にあります" in text(answer)
    assert f"tickets={','.join(str(t.number) for t in three)}" in text(answer)


def test_numbers_change_places(cast, sato, three):
    a, b = three[:2]
    numbers = a.number, b.number
    page = text(sato.get(place(three[:2], confirm=1, keep_number=b.number)))
    assert "入れ替わります" in page
    answer = sato.post("/tickets/merges", hidden_fields(page))
    assert answer["Location"] == f"/tickets/{numbers[1]}/"
    led = sato.get(f"/tickets/{numbers[0]}/")
    assert (led.status_code, led["Location"]) == (302, f"/tickets/{numbers[1]}/?from={numbers[0]}")
    assert f"#{numbers[0]} は #{numbers[1]} に統合されました" in text(sato.get(led["Location"]))


# -- from inside a ticket


def test_inside_a_ticket_the_contacts_others_are_offered_open_ones_first(cast, sato, three):
    tickets.close(three[2], by=cast.sato)
    foreign = open_one(cast, "山田の件")
    page = text(sato.get(f"/tickets/{three[0].number}/merges"))
    assert page.index(STORY[1][0]) < page.index(STORY[2][0])
    assert foreign.subject not in page.partition("choose")[2]
    found = text(sato.get(f"/tickets/{three[0].number}/merges?q=デバイス&with={three[1].number}")).partition("choose")[
        2
    ]
    assert STORY[2][0] in found and f'value="{three[1].number}" id="with-{three[1].number}" checked' in found
    answer = sato.post(f"/tickets/{three[0].number}/merges", {"with": [three[1].number, three[2].number]})
    assert answer["Location"] == place(three)
    nothing = sato.post(f"/tickets/{three[0].number}/merges", {})
    assert nothing.status_code == 422


def test_the_menu_of_a_ticket_leads_there_for_those_who_may(cast, sato, sign_in, three):
    there = f"/tickets/{three[0].number}/merges"
    assert there in text(sato.get(f"/tickets/{three[0].number}/"))
    assert there not in text(sign_in(cast.light).get(f"/tickets/{three[0].number}/"))


# -- afterwards


def test_an_old_number_leads_to_the_main_ticket_on_every_page(cast, sato, three):
    a, b = three[0].number, three[1].number
    merge(three[0], three[1:], by=cast.sato)
    assert sato.get(f"/tickets/{b}/")["Location"] == f"/tickets/{a}/?from={b}"
    assert sato.get(f"/tickets/{b}/?view=all")["Location"] == f"/tickets/{a}/?view=all&from={b}"
    assert sato.get(f"/tickets/{b}/history")["Location"] == f"/tickets/{a}/history"
    page = text(sato.get(f"/tickets/{a}/?from={b}"))
    assert f"#{b} は #{a} に統合されました" in page
    assert "に統合されました</p>" not in text(sato.get(f"/tickets/{a}/?from=999"))


def test_whoever_does_not_see_the_main_ticket_is_not_led_there(cast, sign_in, three):
    tickets.move(three[1], cast.billing, by=cast.admin)
    merge(three[0], [Ticket.objects.get(pk=three[1].pk)], by=cast.admin)
    assert sign_in(cast.suzuki).get(f"/tickets/{three[1].number}/").status_code == 404
    assert sign_in(cast.sato).get(f"/tickets/{three[1].number}/").status_code == 302


@pytest.mark.parametrize("mode, path", [("reply", "replies"), ("note", "comments"), ("forward", "forwards")])
def test_what_is_sent_from_a_page_of_a_merged_ticket_waits_in_the_main_ones_form(cast, sato, three, mode, path):
    a, b = three[0].number, three[1].number
    merge(three[0], three[1:], by=cast.sato)
    entries = Entry.objects.count()
    answer = sato.post(f"/tickets/{b}/{path}", {"body": "書きかけの返信", "once": "k", "mode": mode})
    assert (answer.status_code, answer["Location"]) == (303, f"/tickets/{a}/?from={b}&compose={mode}&unsent=1")
    page = text(sato.get(answer["Location"]))
    assert "書きかけの返信" in page and "送信されていません" in page
    assert Entry.objects.count() == entries


def test_a_draft_kept_from_there_joins_the_one_on_the_main_ticket(cast, sato, three):
    tickets.save_draft(three[0], "reply", {"body": "メインへの下書き"}, by=cast.sato)
    merge(three[0], three[1:], by=cast.sato)
    answer = sato.post(
        f"/tickets/{three[1].number}/draft",
        {"body": "もう一つの下書き", "mode": "reply"},
        HTTP_ACCEPT="application/json",
    )
    assert answer.status_code == 200
    assert Draft.objects.get().fields["body"] == "メインへの下書き\n\nもう一つの下書き"


def test_a_change_from_there_is_not_made_and_that_is_said(cast, sato, three):
    a, b = three[0].number, three[1].number
    merge(three[0], three[1:], by=cast.sato)
    version = Ticket.objects.get(pk=three[0].pk).version
    answer = sato.post(f"/tickets/{b}/closure")
    assert answer["Location"] == f"/tickets/{a}/?from={b}&undone=1"
    assert "変更は行われていません" in text(sato.get(answer["Location"]))
    by_htmx = sato.post(f"/tickets/{b}/closure", HTTP_HX_REQUEST="true")
    assert by_htmx["HX-Redirect"] == answer["Location"]
    assert Ticket.objects.get(pk=three[0].pk).version == version


def test_a_resolution_typed_there_stands_in_the_main_ones_form(cast, sato, three):
    merge(three[0], three[1:], by=cast.sato)
    answer = sato.post(f"/tickets/{three[1].number}/resolution", {"text": "設定をやり直して解決", "seen": ""})
    page = text(answer)
    assert answer.status_code == 422 and "設定をやり直して解決" in page
    assert f'action="/tickets/{three[0].number}/resolution"' in page
    assert Ticket.objects.get(pk=three[0].pk).resolution == ""


def test_what_was_purged_is_led_on_and_never_shown_again(cast, sato, sign_in, three):
    merge(three[0], three[1:], by=cast.sato)
    tickets.purge(Ticket.objects.get(pk=three[1].pk), by=cast.tanaka)
    tanaka = sign_in(cast.tanaka)
    for client in (sato, tanaka):
        assert client.get(f"/tickets/{three[1].number}/?bin=1").status_code == 302
    page = text(tanaka.get(f"/tickets/{three[0].number}/"))
    assert f"#{three[1].number} から" in page and "?bin=1" in page
    assert f'/tickets/{three[1].number}/?bin=1"' not in page
    assert STORY[1][0] not in text(tanaka.get("/settings/bin"))


def test_history_tells_on_both_sides_what_was_given_up(cast, sato, sign_in, three):
    merge(three[0], three[1:], keep={"priority": three[1]}, by=cast.sato)
    main = text(sato.get(f"/tickets/{three[0].number}/history"))
    assert "統合した問い合わせ" in main and f"#{three[2].number} から引き継がなかった値" in main
    assert f"件名「{STORY[2][0]}」" in main
    other = text(sign_in(cast.tanaka).get(f"/tickets/{three[2].number}/?bin=1"))
    assert "ごみ箱" in other and STORY[2][0] in other
    assert sato.get(f"/tickets/{three[2].number}/?bin=1").status_code == 302


def test_the_bin_says_why_and_where_and_brings_it_back_whole(cast, sign_in, three):
    merge(three[0], three[1:], by=cast.sato)
    tanaka = sign_in(cast.tanaka)
    page = text(tanaka.get("/settings/bin"))
    assert re.search(rf'<a class="link" href="/tickets/{three[0].number}/">#{three[0].number}</a> に統合', page)
    assert "統合は取り消されません" in page
    asked = text(tanaka.post("/settings/bin/purged", {"ids": [three[1].pk]}))
    assert "メインの問い合わせには" in asked
    answer = tanaka.post("/settings/bin/restored", {"one": three[1].pk, "show": "tickets"})
    assert answer.status_code == 303
    assert tanaka.get(f"/tickets/{three[1].number}/").status_code == 200
    assert f"#{three[1].number} から" in text(tanaka.get(f"/tickets/{three[0].number}/"))


def test_a_merged_tickets_page_costs_what_any_other_does(cast, sato, three, statements):
    plain = open_one(cast, contact=cast.takahashi)
    usual = statements(sato, f"/tickets/{plain.number}/")
    merge(three[0], three[1:], by=cast.sato)
    assert statements(sato, f"/tickets/{three[0].number}/") == usual


# -- suggestions


def test_the_page_asks_for_suggestions_only_where_the_contact_has_other_tickets(cast, sato, three):
    assert "<similar-tickets" in text(sato.get(f"/tickets/{three[0].number}/"))
    alone = open_one(cast)
    assert "<similar-tickets" not in text(sato.get(f"/tickets/{alone.number}/"))


def test_suggestions_lead_to_the_comparison_of_both(cast, sato, three):
    page = text(sato.get(f"/tickets/{three[0].number}/similar"))
    part = text(sato.get(f"/tickets/{three[0].number}/similar", HTTP_PART="1"))
    assert "同じ顧客の類似の問い合わせ" in page and "同じ顧客の類似の問い合わせ" in part
    assert place([three[0], three[2]]) in page.replace("%2C", ",")
    assert 'data-key="m"' in part and "<html" not in part


def test_the_palette_and_the_help_sheet_know_of_merging(cast, sato, three):
    commands = sato.get(f"/commands?ticket={three[0].number}").json()["commands"]
    assert [c["href"] for c in commands if c["key"] == "m"] == [f"/tickets/{three[0].number}/merges"]
    assert "<kbd>m</kbd>" in text(sato.get("/shortcuts"))


def test_departments_may_differ_where_the_agent_owns_both(cast, sign_in, three):
    tickets.move(three[1], Department.objects.get(pk=cast.billing.pk), by=cast.admin)
    page = text(sign_in(cast.admin).get(place(three)))
    assert "経理" in page and "見られなくなります" in page
