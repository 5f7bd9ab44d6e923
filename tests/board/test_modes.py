"""The work modes: which tickets stand in which column (SPEC C1, C3, C8)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from madoguchi import record, tickets
from madoguchi.board import modes, reading
from madoguchi.board.deals import told
from madoguchi.errors import Hidden
from madoguchi.models import Classification, CrmClass, Permission, Status
from madoguchi.tickets import Wish
from tests.cast import open_one


def shown(cast, mode, department=None, by=None, **more):
    """Column key → subjects, as the board has them."""
    found = reading.board(department or cast.support, modes.find(mode), by=by or cast.sato, **more)
    return {each.column.key: [card.subject for card in each.cards] for each in found.columns}


def test_the_crm_columns_stand_in_their_order_and_empty_ones_are_hidden(cast, of_class):
    of_class(CrmClass.NEW, "新規の方")
    of_class(CrmClass.CUSTOMER, "お客様", contact=cast.takahashi)
    found = reading.board(cast.support, modes.find("crm"), by=cast.sato)
    assert [(each.column.key, each.count) for each in found.columns] == [("customers", 1), ("unmapped", 1)]
    assert found.total == 2
    of_class(CrmClass.DEAL, "商談中", contact=cast.yamada)
    of_class(CrmClass.CONTACT, "見込み", contact=cast.takahashi)
    assert list(shown(cast, "crm")) == ["customers", "potentials", "contacts_leads", "unmapped"]
    with translation.override("ja"):
        told = [(c.label, c.hint, c.colour) for c in modes.columns(modes.find("crm"), cast.support, by=cast.sato)]
    assert told == [
        ("顧客", "受注した商談がある", "customer"),
        ("商談", "未完了の商談がある", "deal"),
        ("連絡先/見込み客", "未完了・受注の商談がない", "known"),
        ("新規", "CRM に登録されていない", "new"),
    ]


def test_only_open_live_tickets_of_the_department_stand_there(cast, of_class):
    here = of_class(CrmClass.DEAL, "ここ")
    tickets.hold(of_class(CrmClass.DEAL, "保留"), by=cast.sato)
    tickets.close(of_class(CrmClass.DEAL, "完了"), by=cast.sato)
    tickets.trash(of_class(CrmClass.DEAL, "ごみ箱"), by=cast.tanaka)
    tickets.mark_spam(of_class(CrmClass.DEAL, "迷惑"), by=cast.sato)
    of_class(CrmClass.DEAL, "経理", department=cast.billing, mailbox=None)
    shared = of_class(CrmClass.DEAL, "共有", department=cast.billing, mailbox=None)
    tickets.share(shared, [Wish(cast.support, Permission.FULL)], by=cast.suzuki)
    for mode in ("crm", "priority", "due", "assignee"):
        assert [subject for each in shown(cast, mode).values() for subject in each] == ["ここ"], mode
    assert reading.place_of(here, modes.find("crm")) == "potentials"
    assert reading.place_of(shared, modes.find("crm")) == "potentials"


def test_a_department_one_does_not_work_in_has_no_board(cast, ticket):
    for by in (cast.suzuki, cast.light):
        for call in (
            lambda by=by: reading.board(cast.delivery, modes.find("crm"), by=by),
            lambda by=by: reading.cards(cast.delivery, modes.find("crm"), "unmapped", by=by),
            lambda by=by: reading.counts(cast.delivery, modes.find("crm"), by=by),
        ):
            with pytest.raises(Hidden):
                call()
    assert reading.board(cast.support, modes.find("crm"), by=cast.light).total == 1
    assert reading.board(cast.support, modes.find("crm"), by=cast.admin).total == 1


def test_status_columns_are_those_in_use_and_not_closed(cast):
    open_one(cast, "未対応")
    tickets.set_status(open_one(cast, "保留"), Status.objects.get(name="On Hold"), by=cast.sato)
    tickets.close(open_one(cast, "完了"), by=cast.sato)
    names = {str(each.pk): each.name for each in Status.objects.all()}
    found = {names[key]: subjects for key, subjects in shown(cast, "status").items()}
    assert found == {"Open": ["未対応"], "In Progress": [], "Escalated": [], "On Hold": ["保留"]}


def test_a_status_out_of_use_keeps_its_column_while_it_has_tickets(cast):
    progress = Status.objects.get(name="In Progress")
    ticket = tickets.set_status(open_one(cast, "途中"), progress, by=cast.sato)
    Status.objects.filter(pk=progress.pk).update(is_active=False)
    column = next(c for c in reading.board(cast.support, modes.find("status"), by=cast.sato).columns if c.cards)
    assert (column.column.key, column.column.may_drop) == (str(progress.pk), False)
    tickets.close(ticket, by=cast.sato)
    assert str(progress.pk) not in shown(cast, "status")


def test_priorities_from_the_most_urgent_to_none(cast):
    for word in ("Low", "Urgent", "", "High"):
        open_one(cast, word or "なし", more={"priority": word})
    assert shown(cast, "priority") == {"Urgent": ["Urgent"], "High": ["High"], "Medium": [], "Low": ["Low"], "none": ["なし"]}  # fmt: skip


def test_due_columns_end_at_the_readers_midnight(cast):
    with record.at(datetime(2026, 11, 24, 12, 0, tzinfo=UTC)):  # 21:00 in Tokyo
        times = {
            "一時間前": datetime(2026, 11, 24, 11, 0, tzinfo=UTC),
            "今日の最後": datetime(2026, 11, 24, 14, 59, 59, tzinfo=UTC),
            "明日の最初": datetime(2026, 11, 24, 15, 0, tzinfo=UTC),
            "期限なし": None,
        }
        for subject, due in times.items():
            open_one(cast, subject, more={"due_at": due})
        with timezone.override("Asia/Tokyo"):
            assert shown(cast, "due") == {
                "overdue": ["一時間前"],
                "today": ["今日の最後"],
                "later": ["明日の最初"],
                "none": ["期限なし"],
            }
        with timezone.override("America/Los_Angeles"):  # 04:00 there
            assert shown(cast, "due")["today"] == ["今日の最後", "明日の最初"]


def test_assignee_columns_begin_with_nobodys_and_show_who_has_tickets(cast):
    open_one(cast, "誰も")
    tickets.assign(open_one(cast, "佐藤の"), cast.sato.agent, by=cast.sato)
    found = shown(cast, "assignee", by=cast.tanaka)
    assert found == {"none": ["誰も"], str(cast.sato.agent.pk): ["佐藤の"]}
    every = modes.columns(modes.find("assignee"), cast.support, by=cast.tanaka)
    assert [c.label for c in every][1:] == [cast.sato.agent.name, cast.tanaka.agent.name]
    assert all(c.may_drop for c in every)
    assert next(c for c in every if c.key == str(cast.tanaka.agent.pk)).colour == "me"


def test_tickets_of_an_agent_who_left_the_department_stay_on_the_board(cast):
    tickets.assign(open_one(cast, "佐藤の"), cast.sato.agent, by=cast.sato)
    cast.sato.agent.memberships.all().delete()
    found = reading.board(cast.support, modes.find("assignee"), by=cast.tanaka)
    column = next(each for each in found.columns if each.cards)
    assert (column.column.key, column.column.may_drop) == (str(cast.sato.agent.pk), False)


def test_an_unknown_mode_or_column_is_hidden(cast):
    for call in (
        lambda: modes.find("kanban"),
        lambda: reading.cards(cast.support, modes.find("crm"), "nobody", by=cast.sato),
        lambda: reading.cards(cast.support, modes.find("assignee"), "999999", by=cast.sato),
    ):
        with pytest.raises(Hidden):
            call()


def test_cards_stand_by_due_date_or_by_the_oldest_unanswered_message(cast):
    start = record.now()
    for n, (subject, due_h) in enumerate([("一", 3), ("二", None), ("三", 1)]):
        with record.at(start - timedelta(hours=5 - n)):
            open_one(cast, subject, more={"due_at": start + timedelta(hours=due_h)} if due_h else {})
    answered = open_one(cast, "返信済み", more={"due_at": start + timedelta(hours=2)})
    tickets.reply(answered, "回答", by=cast.sato)
    assert shown(cast, "crm")["unmapped"] == ["三", "返信済み", "一", "二"]
    assert shown(cast, "crm", order="waiting")["unmapped"] == ["一", "二", "三", "返信済み"]


def test_a_board_is_narrowed_to_an_agent_or_a_priority(cast):
    tickets.assign(open_one(cast, "佐藤の", more={"priority": "High"}), cast.sato.agent, by=cast.sato)
    open_one(cast, "誰も")
    open_one(cast, "誰も、急ぎ", more={"priority": "High"})
    mine = reading.Narrowed(assignee=cast.sato.agent.pk)
    nobodys = reading.Narrowed(assignee=0)
    for mode in modes.MODES:

        def every(narrowed, mode=mode):
            return sorted(s for each in shown(cast, mode, narrowed=narrowed).values() for s in each)

        assert every(mine) == ["佐藤の"], mode
        assert every(nobodys) == ["誰も", "誰も、急ぎ"], mode
        assert every(reading.Narrowed(priority="High")) == sorted(["佐藤の", "誰も、急ぎ"]), mode
        assert every(reading.Narrowed(priority="")) == ["誰も"], mode
        assert every(reading.Narrowed(assignee=0, priority="High")) == ["誰も、急ぎ"], mode
        counted = reading.counts(cast.support, modes.find(mode), narrowed=nobodys, by=cast.sato)
        assert sum(counted.values()) == 2, mode


def test_a_card_carries_what_the_picture_shows(cast, of_class):
    due = record.now() - timedelta(minutes=12)
    ticket = of_class(CrmClass.CUSTOMER, "注文番号 12345", more={"priority": "High", "due_at": due})
    tickets.assign(ticket, cast.sato.agent, by=cast.sato)
    Classification.objects.create(
        contact=cast.yamada, source="zoho", module="contacts", record="77", checked_at=record.now(),
        deals={"won": {"n": 2, "amount": "3480000", "currency": "JPY"}},
    )  # fmt: skip
    [filled] = reading.board(cast.support, modes.find("crm"), by=cast.sato).columns
    [card] = filled.cards
    assert (card.id, card.number, card.contact_id) == (ticket.pk, ticket.number, cast.yamada.pk)
    assert (card.contact, card.account, card.assignee) == ("山田 花子", "株式会社みどり商事", cast.sato.agent.name)
    assert (card.priority, card.channel, card.is_overdue, card.due_at) == ("High", "Email", True, due)
    assert (card.module, card.record) == ("contacts", "77") and card.checked_at is not None
    with translation.override("ja"):
        assert card.deals_text == "受注 2 件・¥3,480,000"
    assert reading.card(ticket, modes.find("crm")) == card
    tickets.close(ticket, by=cast.sato)
    assert reading.card(ticket, modes.find("crm")) is None


@pytest.mark.parametrize(
    ("crm_class", "deals", "text"),
    [
        (CrmClass.DEAL, {"open": {"n": 1, "stage": "提案中", "amount": "2400000.00", "currency": "JPY"}}, "提案中・¥2,400,000"),
        (CrmClass.DEAL, {"open": {"n": 3, "stage": "提案中", "amount": "12.50", "currency": "USD"}}, "提案中 ほか 2 件・$12.50"),
        (CrmClass.DEAL, {"open": {"n": 1, "stage": ""}}, "進行中"),
        (CrmClass.CUSTOMER, {"won": {"n": 1, "amount": "900", "currency": "CHF"}, "open": {"n": 1}}, "受注 1 件・CHF 900"),
        (CrmClass.CUSTOMER, {"won": {"n": 1, "amount": "1e999999", "currency": "JPY"}}, "受注 1 件"),
        (CrmClass.CUSTOMER, {"won": {"n": 1, "amount": "NaN", "currency": "JPY"}}, "受注 1 件"),
        (CrmClass.CUSTOMER, {}, ""),
        (CrmClass.CONTACT, {"won": {"n": 2}}, ""),
        (CrmClass.NEW, {"open": {"n": 1, "stage": "x"}}, ""),
    ],
)  # fmt: skip
def test_what_a_card_tells_of_deals(crm_class, deals, text):
    with translation.override("ja"):
        assert told(crm_class, deals) == text


def test_places_agree_with_the_board(cast):
    for word, due in (("Urgent", timedelta(hours=-1)), ("", timedelta(days=3)), ("Low", None)):
        open_one(cast, more={"priority": word, "due_at": due and record.now() + due})
    for mode in modes.MODES.values():
        found = reading.board(cast.support, mode, by=cast.sato)
        for filled in found.columns:
            for card in filled.cards:
                ticket = type(cast.yamada.tickets.first()).objects.get(pk=card.id)
                assert reading.place_of(ticket, mode) == filled.column.key
