"""The board as pages: work modes, cards to answer, close and move, samples, and what it says without a CRM."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from madoguchi import lookups, tickets
from madoguchi.models import Agent, BoardSample, Classification, CrmClass, CrmConnection, Entry, Ticket
from madoguchi.models.organisation import State
from madoguchi.people import identify
from tests.cast import open_one
from tests.doors.agent.conftest import text

SCRIPTS = ["العربية عن الاسترداد", "返金の件です", "Возврат денег", "환불 문의", "คืนเงิน", "שאלה על החזר"]


@pytest.fixture
def crm(cast):
    """The built-in CRM, switched on, which answered a minute ago."""
    row = CrmConnection.objects.create(id=1, kind="builtin", last_ok_at=timezone.now() - timedelta(minutes=1))
    lookups.forget()
    yield row
    lookups.forget()


def classed(ticket: Ticket, crm_class: CrmClass, **deals: object) -> Ticket:
    Ticket.objects.filter(pk=ticket.pk).update(crm_class=crm_class)
    Classification.objects.update_or_create(
        contact_id=ticket.contact_id,
        defaults={"source": "builtin", "module": "contacts", "deals": deals, "checked_at": timezone.now()},
    )
    return ticket


def columns(page: str) -> list[str]:
    return re.findall(r'<section class="board__column[^>]* data-key="(\w+)"', page)


def card(page: str, ticket: Ticket) -> str:
    found = re.search(rf'<article [^>]*id="card-{ticket.number}".*?</article>', page, re.DOTALL)
    return found[0] if found else ""


def posted(client: Client, path: str, sent: dict[str, str] | None = None) -> str:
    """The page after a form."""
    answer = client.post(path, sent or {})
    assert answer.status_code == 303, answer.status_code
    return text(client.get(answer["Location"]))


# -- the way there


def test_home_leads_to_every_work_mode_and_the_board_opens_in_the_one_used_last(sato: Client, cast):
    home = text(sato.get("/"))
    for key in ("crm", "status", "priority", "due", "assignee"):
        assert f'href="/board/{key}/"' in home
    assert sato.get("/board/")["Location"] == "/board/crm/"
    assert sato.get("/board/priority/").status_code == 200
    assert Agent.objects.get(pk=cast.sato.agent.pk).work_mode == "priority"
    assert sato.get("/board/")["Location"] == "/board/priority/"
    assert re.search(r'href="/board/priority/" aria-current="true"', text(sato.get("/")))
    assert sato.get("/board/weather/").status_code == 404


def test_without_a_crm_an_administrator_is_shown_the_way_and_others_whom_to_ask(sato: Client, cast, sign_in):
    page = text(sato.get("/board/crm/"))
    assert "CRM がまだ連携されていません" in page and "board__column" not in page and "/settings/crm" not in page
    assert 'href="/settings/crm' in text(sign_in(cast.admin).get("/board/crm/"))
    assert sato.get("/board/status/").status_code == 200


# -- cards


def test_a_card_says_who_writes_what_they_bought_and_when_it_is_due(sato: Client, cast, crm):
    cast.yamada.account = cast.midori
    cast.yamada.save()
    ticket = open_one(cast)
    Ticket.objects.filter(pk=ticket.pk).update(priority="High", due_at=timezone.now() + timedelta(hours=1, minutes=5))
    classed(ticket, CrmClass.CUSTOMER, won={"n": 2, "amount": "3480000", "currency": "JPY"})
    page = text(sato.get("/board/crm/"))
    shown = card(page, ticket)
    for word in ("返金はいつになりますか", "山田 花子", "株式会社みどり商事", "受注 2 件・¥3,480,000", "高", "残り 1時間", "返信", "完了"):  # fmt: skip
        assert word in shown, word
    assert f'href="/tickets/{ticket.number}/"' in shown and "draggable" not in shown and "data-place" not in shown
    assert "CRM・1分前に更新" in re.sub(r"<[^>]+>", "", page)


def test_empty_columns_are_hidden_in_the_crm_mode_and_places_to_drop_in_the_others(sato: Client, cast, crm):
    BoardSample.objects.all().delete()
    open_one(cast)
    for key in range(4):
        BoardSample.objects.create(department=cast.support, crm_class=key, closed_at=timezone.now())
    assert columns(text(sato.get("/board/crm/"))) == ["unmapped"]
    assert columns(text(sato.get("/board/priority/"))) == ["Urgent", "High", "Medium", "Low", "none"]


def test_only_tickets_of_the_department_in_state_open_are_shown(sato: Client, cast, crm):
    shown, foreign = open_one(cast, "開いている"), open_one(cast, "経理の件", department=cast.billing, mailbox=None)
    closed, held = tickets.close(open_one(cast, "済んだ"), by=cast.sato), open_one(cast, "保留中")
    tickets.hold(held, by=cast.sato)
    page = text(sato.get("/board/crm/"))
    assert card(page, shown) and not any(card(page, other) for other in (foreign, closed, held))
    assert re.search(r'<span class="count">1</span><span class="small muted nowrap">未完了', page)


def test_a_light_agent_reads_the_board_and_finds_no_buttons(cast, crm, sign_in):
    ticket = open_one(cast)
    client = sign_in(cast.light)
    shown = card(text(client.get("/board/priority/")), ticket)
    assert shown and not re.search("data-reply|data-closes|data-place", shown)
    assert client.post(f"/board/crm/cards/{ticket.number}/closure").status_code == 403
    assert client.get(f"/board/crm/?reply={ticket.number}").status_code == 403
    ticket.refresh_from_db()
    assert ticket.state == State.OPEN


def test_eighty_cards_cost_as_many_statements_as_three(cast, crm, sato: Client, statements):
    for n in range(3):
        open_one(cast, f"件 {n}")
    few = {mode: statements(sato, f"/board/{mode}/") for mode in ("crm", "status", "priority", "due", "assignee")}
    for n in range(77):
        open_one(cast, f"件 {n}", contact=identify(f"c{n}@kita.example", f"客 {n}", by=cast.sato))
    many = {mode: statements(sato, f"/board/{mode}/") for mode in few}
    assert few == many and max(few.values()) <= 8, few


def test_the_next_cards_of_a_column_follow_without_script(cast, crm, sato: Client):
    made = [open_one(cast, f"件 {n}") for n in range(23)]
    page = text(sato.get("/board/crm/"))
    assert len(re.findall(r"<article [^>]*data-number", page)) == 20 and "ほか 3 件を表示" in page
    more = re.search(r'class="[^"]*board__more" href="([^"]+)"', page)
    assert more
    rest = text(sato.get(more[1].replace("&amp;", "&")))
    assert {t.number for t in made if card(rest, t)} == {t.number for t in made} - {
        t.number for t in made if card(page, t)
    }
    assert "最初のカードへ" in rest


def test_a_filter_narrows_cards_and_counts_and_can_be_taken_off(cast, crm, sato: Client):
    mine, other = open_one(cast, "私の件"), open_one(cast, "誰かの件")
    tickets.assign(mine, cast.sato.agent, by=cast.sato)
    page = text(sato.get("/board/crm/?assignee=mine&priority=nonsense"))
    assert card(page, mine) and not card(page, other)
    assert re.search(r'class="tag filter" href="/board/crm/" aria-label="[^"]*担当者', page)
    assert f"/board/crm/cards/{mine.number}/closure?assignee=mine" in page


def test_long_subjects_of_every_script_are_text_and_never_markup(cast, crm, sato: Client):
    for words in SCRIPTS:
        ticket = open_one(cast, (words * 40)[:250].strip())
        shown = card(text(sato.get("/board/crm/")), ticket)
        assert f'dir="auto">{(words * 40)[:250].strip()}</a>' in shown
    evil = open_one(cast, '<b>"x"</b><script>alert(1)</script>')
    page = text(sato.get("/board/crm/"))
    assert card(page, evil) and "<script>alert" not in page and "<b>&quot;" not in page


# -- answering, closing, moving


def test_a_reply_from_a_card_is_sent_and_the_card_stays(cast, crm, sato: Client):
    ticket = open_one(cast)
    opened = card(text(sato.get(f"/board/crm/?reply={ticket.number}")), ticket)
    assert "注文番号 12345 の返金について教えてください。" in opened and "hanako@midori.example" in opened
    seen, once = (re.search(rf'name="{name}" value="([^"]*)"', opened)[1] for name in ("seen", "once"))  # type: ignore[index]
    sent = {"body": "確認いたします。", "seen": seen, "once": once}
    assert sato.post(f"/board/crm/cards/{ticket.number}/reply", sent)["Location"] == "/board/crm/"
    assert sato.post(f"/board/crm/cards/{ticket.number}/reply", sent).status_code == 303
    assert (
        Entry.objects.filter(ticket=ticket, direction="out").values_list("text", flat=True).get() == "確認いたします。"
    )
    assert card(text(sato.get("/board/crm/")), ticket)


def test_a_reply_can_close_with_it(cast, crm, sato: Client):
    ticket = open_one(cast)
    page = text(sato.get(f"/board/crm/?reply={ticket.number}"))
    then = re.search(r'name="then" value="(\d+)"', page)
    assert then
    sato.post(f"/board/crm/cards/{ticket.number}/reply", {"body": "完了しました。", "then": then[1]})
    ticket.refresh_from_db()
    assert ticket.is_closed and not card(text(sato.get("/board/crm/")), ticket)


def test_who_answers_over_something_newer_is_told_and_keeps_the_text(cast, crm, sato: Client):
    ticket = open_one(cast)
    before = Entry.objects.filter(ticket=ticket).latest("pk").pk
    tickets.reply(ticket, "田中が先に返信", by=cast.tanaka)
    answer = sato.post(f"/board/crm/cards/{ticket.number}/reply", {"body": "佐藤の返信", "seen": before})
    shown = card(text(answer), ticket)
    assert answer.status_code == 422 and "新しい書き込みがあります" in shown and "佐藤の返信" in shown
    assert Entry.objects.filter(ticket=ticket, direction="out").count() == 1
    newest = re.search(r'name="anyway" value="(\d+)"', shown)
    assert newest
    again = {"body": "佐藤の返信", "seen": before, "anyway": newest[1]}
    assert sato.post(f"/board/crm/cards/{ticket.number}/reply", again).status_code == 303
    assert Entry.objects.filter(ticket=ticket, direction="out").count() == 2


def test_an_empty_reply_is_refused_on_its_card(cast, crm, sato: Client):
    ticket = open_one(cast)
    answer = sato.post(f"/board/crm/cards/{ticket.number}/reply", {"body": " "})
    assert answer.status_code == 422 and "field__error" in card(text(answer), ticket)


def test_a_draft_of_the_ticket_is_taken_up_and_is_gone_with_the_reply(cast, crm, sato: Client):
    ticket = open_one(cast)
    tickets.save_draft(ticket, "reply", {"body": "書きかけです"}, seen=2**62, by=cast.sato)
    assert "書きかけです" in card(text(sato.get(f"/board/crm/?reply={ticket.number}")), ticket)
    sato.post(f"/board/crm/cards/{ticket.number}/reply", {"body": "書きかけです。済"})
    assert not tickets.drafts_of(cast.sato, 5)


def test_closing_from_a_card_is_the_verb_of_the_ticket(cast, crm, sato: Client):
    ticket = open_one(cast)
    page = posted(sato, f"/board/crm/cards/{ticket.number}/closure")
    assert f"#{ticket.number} を完了にしました" in page and not card(page, ticket)
    ticket.refresh_from_db()
    assert ticket.is_closed


def test_a_parent_with_open_children_stays_and_its_card_says_why(cast, crm, sato: Client):
    cast.support.has_families, cast.support.waits_for_children = True, True
    cast.support.save()
    parent, child = open_one(cast, "親"), open_one(cast, "子")
    tickets.relate(parent, [child], by=cast.sato)
    answer = sato.post(f"/board/crm/cards/{parent.number}/closure")
    shown = card(text(answer), parent)
    assert answer.status_code == 422 and 'role="alert"' in shown and f"/tickets/{parent.number}/children" in shown
    parent.refresh_from_db()
    assert not parent.is_closed


def test_a_card_moves_by_a_form_and_the_field_with_it(cast, sato: Client):
    ticket = open_one(cast)
    opened = card(text(sato.get(f"/board/priority/?place={ticket.number}")), ticket)
    assert re.findall(r'name="to" value="(\w+)"', opened) == ["Urgent", "High", "Medium", "Low"]
    page = posted(sato, f"/board/priority/cards/{ticket.number}/place", {"to": "High", "seen": "none"})
    assert f"#{ticket.number} を「高」に移動しました。" in page
    ticket.refresh_from_db()
    assert ticket.priority == "High"


def test_a_card_that_someone_moved_meanwhile_is_not_moved_again(cast, sato: Client):
    ticket = open_one(cast)
    tickets.edit(ticket, {"priority": "Low"}, by=cast.tanaka)
    sent = {"to": "High", "seen": "none", "dragged": "1"}
    answer = sato.post(f"/board/priority/cards/{ticket.number}/place", sent)
    assert answer.status_code == 422 and 'role="alert"' in card(text(answer), ticket)
    ticket.refresh_from_db()
    assert ticket.priority == "Low"


def test_in_the_crm_mode_nothing_is_moved_and_the_answer_says_why(cast, crm, sato: Client):
    ticket = open_one(cast)
    answer = sato.post(f"/board/crm/cards/{ticket.number}/place", {"to": "customers", "seen": "unmapped"})
    assert answer.status_code == 422 and "CRM" in card(text(answer), ticket)
    ticket.refresh_from_db()
    assert ticket.crm_class == CrmClass.NEW


def test_a_merged_ticket_leaves_the_board_and_the_answer_names_the_main_one(cast, crm, sato: Client):
    main, other = open_one(cast, "主"), open_one(cast, "従")
    tickets.merge(main, [other], by=cast.sato)
    page = posted(sato, f"/board/crm/cards/{other.number}/closure")
    assert f"#{other.number} は #{main.number} に統合されました" in page
    main.refresh_from_db()
    assert not main.is_closed
    answer = sato.post(f"/board/crm/cards/{other.number}/reply", {"body": "書いた返信"})
    assert answer.status_code == 303 and f"/tickets/{main.number}/" in answer["Location"]


# -- what the script asks for


def test_changes_hold_the_cards_asked_for_and_the_counts_of_all_columns(cast, crm, sato: Client, statements):
    stays, leaves = open_one(cast, "残る"), open_one(cast, "去る")
    classed(stays, CrmClass.DEAL)
    tickets.close(leaves, by=cast.sato)
    address = f"/board/crm/changes?numbers={stays.number},{leaves.number},999999999999,x"
    page = text(sato.get(address, headers={"Board": str(cast.support.pk)}))
    assert card(page, stays) and 'data-column="potentials"' in card(page, stays) and not card(page, leaves)
    assert page.lstrip().startswith("<board-pieces>") and 'data-key="potentials" data-count="1"' in page
    assert statements(sato, address) <= 7


def test_the_script_gets_pieces_and_no_page(cast, crm, sato: Client):
    ticket, script = open_one(cast), {"Board": str(cast.support.pk)}
    answer = sato.post(f"/board/crm/cards/{ticket.number}/reply", {"body": ""}, headers=script)
    assert answer.status_code == 422 and "data-refused" in text(answer) and "<html" not in text(answer)
    answer = sato.post(f"/board/crm/cards/{ticket.number}/closure", headers=script)
    assert answer.status_code == 200 and "を完了にしました" in text(answer) and not card(text(answer), ticket)


def test_a_page_of_one_department_is_answered_for_it_when_another_tab_switched(cast, crm, sign_in):
    admin, ticket = sign_in(cast.admin), open_one(cast)
    admin.post("/department", {"department": cast.billing.pk})
    address = f"/board/crm/changes?numbers={ticket.number}"
    assert card(text(admin.get(address, headers={"Board": str(cast.support.pk)})), ticket)
    assert not card(text(admin.get(address)), ticket)
    assert not card(text(sign_in(cast.suzuki).get(address, headers={"Board": str(cast.support.pk)})), ticket)


def test_while_the_crm_is_down_the_board_says_since_when_and_how_old_the_classes_are(cast, crm, sato: Client):
    ticket = classed(
        open_one(cast), CrmClass.DEAL, open={"n": 1, "stage": "提案中", "amount": "2400000", "currency": "JPY"}
    )
    CrmConnection.objects.update(failures=3, last_ok_at=timezone.now() - timedelta(hours=1))
    Classification.objects.update(checked_at=timezone.now() - timedelta(minutes=45))
    page = text(sato.get("/board/crm/"))
    assert "から応答がありません" in page and "最後の応答は" in page
    assert "提案中・¥2,400,000" in card(page, ticket) and "CRM の確認: 45分前" in card(page, ticket)


# -- samples


def test_samples_are_read_answered_and_closed_and_only_an_administrator_removes_them(cast, crm, sato: Client, sign_in):
    page = text(sato.get("/board/crm/"))
    assert page.count("board-card--sample") == 4 and page.count("件数に含みません") == 4
    sample = BoardSample.objects.filter(department=cast.support, crm_class=CrmClass.NEW).get()
    shown = text(sato.get(f"/board/samples/{sample.pk}/"))
    assert "問い合わせサンプル" in shown and 'name="body"' in shown
    assert sato.post(f"/board/samples/{sample.pk}/reply", {"body": " "}).status_code == 422
    assert sato.post(f"/board/samples/{sample.pk}/reply", {"body": "試しの返信"}).status_code == 303
    assert "試しの返信" in text(sato.get(f"/board/samples/{sample.pk}/"))
    assert sato.post(f"/board/samples/{sample.pk}/closure").status_code == 303
    assert sato.get(f"/board/samples/{sample.pk}/").status_code == 404
    assert columns(text(sato.get("/board/crm/"))) == ["customers", "potentials", "contacts_leads"]
    assert sato.post("/board/samples/removal").status_code == 403
    admin = sign_in(cast.admin)
    assert "サンプルをすべて削除" in text(admin.get("/board/crm/")) and "サンプルをすべて削除" not in text(
        sato.get("/board/crm/")
    )
    assert admin.post("/board/samples/removal").status_code == 303
    assert "未完了の問い合わせはありません" in text(sato.get("/board/crm/")) and not Ticket.objects.exists()
