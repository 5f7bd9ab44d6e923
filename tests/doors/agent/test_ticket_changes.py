from datetime import UTC, datetime

import pytest
from django.urls import reverse

from madoguchi import people, tickets
from madoguchi.models import CustomField, Event, Product, Status, Team, Ticket
from tests.doors.agent.conftest import text
from tests.doors.agent.test_ticket_page import to


def status(name: str) -> Status:
    return Status.objects.get(name=name)


def test_closing_and_reopening(cast, ticket, sato):
    response = sato.post(to("ticket_closure", ticket))
    assert (response.status_code, response["Location"]) == (303, to("ticket", ticket))
    ticket.refresh_from_db()
    assert ticket.is_closed and f"#{ticket.number} を完了にしました" in text(sato.get(to("ticket", ticket)))
    sato.post(to("ticket_closure", ticket), {"_method": "DELETE"})
    ticket.refresh_from_db()
    assert ticket.state == "Open"


def test_the_status_changes_in_place(cast, ticket, sato):
    assert f'<option value="{status("On Hold").pk}">' in text(sato.get(to("ticket", ticket) + "?edit=status"))
    sato.post(to("ticket_status", ticket), {"value": status("On Hold").pk, "seen": ticket.status_id})
    ticket.refresh_from_db()
    assert ticket.state == "On Hold"


def test_a_status_changed_meanwhile_is_shown_and_not_overwritten(cast, ticket, sato):
    seen = ticket.status_id
    tickets.set_status(ticket, status("Escalated"), by=cast.tanaka)
    response = sato.post(to("ticket_status", ticket), {"value": status("Closed").pk, "seen": seen})
    page = text(response)
    assert response.status_code == 422 and "ほかの人が先に変更しました" in page
    assert "現在の値：エスカレーション" in page and "入力した値：完了" in page
    ticket.refresh_from_db()
    assert ticket.status == status("Escalated")


def test_assignee_and_team_change_in_place(cast, ticket, sato):
    team = Team.objects.create(department=cast.support, name="一次対応")
    form = text(sato.get(to("ticket", ticket) + "?edit=assignee"))
    assert "田中 美咲" in form and "鈴木 大輔" not in form and "森 葵" not in form
    sato.post(to("ticket_assignment", ticket), {"field": "assignee", "value": cast.tanaka.agent.pk, "seen": ""})
    sato.post(to("ticket_assignment", ticket), {"field": "team", "value": team.pk, "seen": ""})
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.team) == (cast.tanaka.agent, team)
    sato.post(to("ticket_assignment", ticket), {"field": "assignee", "value": "", "seen": cast.tanaka.agent.pk})
    ticket.refresh_from_db()
    assert ticket.assignee is None


def test_an_agent_of_another_department_cannot_be_chosen(cast, ticket, sato):
    response = sato.post(
        to("ticket_assignment", ticket), {"field": "assignee", "value": cast.suzuki.agent.pk, "seen": ""}
    )
    assert response.status_code == 422 and "この担当者は部門に所属していません。" in text(response)
    assert sato.post(to("ticket_assignment", ticket), {"value": "999999"}).status_code == 422
    ticket.refresh_from_db()
    assert ticket.assignee is None


@pytest.mark.parametrize(
    ("field", "value", "there"),
    [
        ("subject", "新しい件名", "新しい件名"),
        ("priority", "Urgent", "Urgent"),
        ("category", "返金", "返金"),
        ("due_at", "2030-01-02T03:04", datetime(2030, 1, 1, 18, 4, tzinfo=UTC)),
    ],
)
def test_a_field_changes_in_place(cast, ticket, sato, field, value, there):
    seen = {"subject": ticket.subject}.get(field, "")
    response = sato.post(to("ticket_properties", ticket), {"field": field, "value": value, "seen": seen})
    assert response.status_code == 303
    ticket.refresh_from_db()
    assert getattr(ticket, field) == there


def test_product_and_own_fields_change_in_place(cast, ticket, sato):
    product = Product.objects.create(name="定期便")
    product.departments.add(cast.support)
    for kind, name in (("text", "cf_a"), ("number", "cf_n"), ("checkbox", "cf_c"), ("choice", "cf_s")):
        CustomField.objects.create(department=cast.support, api_name=name, label=name, kind=kind, choices=["赤", "青"])
    page = text(sato.get(to("ticket", ticket) + "?edit=cf/cf_s"))
    assert '<option value="青">' in page and "cf_n" in page
    for field, value in (
        ("product", product.pk),
        ("cf/cf_a", "12345"),
        ("cf/cf_n", "7"),
        ("cf/cf_c", "true"),
        ("cf/cf_s", "青"),
    ):
        response = sato.post(to("ticket_properties", ticket), {"field": field, "value": value, "seen": ""})
        assert response.status_code == 303, (field, text(response)[:500])
    ticket.refresh_from_db()
    assert ticket.product == product
    assert ticket.custom == {"cf_a": "12345", "cf_n": 7, "cf_c": True, "cf_s": "青"}
    assert (
        sato.post(to("ticket_properties", ticket), {"field": "cf/cf_n", "value": "8", "seen": "7"}).status_code == 303
    )
    assert (
        sato.post(to("ticket_properties", ticket), {"field": "cf/cf_n", "value": "9", "seen": "7"}).status_code == 422
    )


def test_a_refused_value_stays_in_the_field_with_the_reason(cast, ticket, sato):
    response = sato.post(
        to("ticket_properties", ticket), {"field": "subject", "value": "長" * 256, "seen": ticket.subject}
    )
    assert response.status_code == 422 and "長" * 256 in text(response) and "255 文字以内" in text(response)
    response = sato.post(to("ticket_properties", ticket), {"field": "due_at", "value": "いつか", "seen": ""})
    assert response.status_code == 422 and "日時として読み取れません。" in text(response)
    assert sato.post(to("ticket_properties", ticket), {"field": "number", "value": "1", "seen": ""}).status_code == 422
    assert Event.objects.filter(ticket=ticket).count() == 1


def test_a_field_changed_meanwhile_is_shown_and_not_overwritten(cast, ticket, sato):
    tickets.edit(ticket, {"category": "先の変更"}, by=cast.tanaka)
    response = sato.post(to("ticket_properties", ticket), {"field": "category", "value": "後の変更", "seen": ""})
    page = text(response)
    assert response.status_code == 422 and "現在の値：先の変更" in page and "入力した値：後の変更" in page
    ticket.refresh_from_db()
    assert ticket.category == "先の変更"


def test_a_refusal_leaves_the_address_bar_alone(cast, ticket, sato):
    form = {"field": "subject", "value": "", "seen": ticket.subject}
    response = sato.post(to("ticket_properties", ticket), form, headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Replace-Url"]) == (422, "false")


def test_tags_are_added_and_taken_off(cast, ticket, sato):
    sato.post(to("ticket_tags", ticket), {"value": "返金、至急, VIP"})
    assert set(ticket.ticket_tags.values_list("tag__name", flat=True)) == {"返金", "至急", "VIP"}
    sato.post(to("ticket_tags", ticket), {"value": "至急", "_method": "DELETE"})
    assert set(ticket.ticket_tags.values_list("tag__name", flat=True)) == {"返金", "VIP"}
    response = sato.post(to("ticket_tags", ticket), {"value": "悪い<タグ>"})
    assert response.status_code == 422 and "悪い&lt;タグ&gt;" in text(response)


def test_copies_are_added_by_address_and_taken_off(cast, ticket, sato):
    sato.post(to("ticket_copies", ticket), {"value": "高橋 誠 <makoto@kita.example>, new@else.example"})
    assert [row.contact.name for row in ticket.secondary_contacts.order_by("pk")] == ["高橋 誠", "new"]
    sato.post(to("ticket_copies", ticket), {"value": cast.takahashi.pk, "_method": "DELETE"})
    assert [row.contact.name for row in ticket.secondary_contacts.all()] == ["new"]
    response = sato.post(to("ticket_copies", ticket), {"value": "not an address"})
    assert response.status_code == 422 and "not an address" in text(response)


def test_who_may_not_edit_makes_no_contact_either(cast, ticket, sign_in):
    assert sign_in(cast.light).post(to("ticket_copies", ticket), {"value": "new@else.example"}).status_code == 403
    assert people.contact_by_address("new@else.example") is None


def test_following_and_no_longer(cast, ticket, sato):
    sato.post(to("ticket_followers", ticket))
    assert ticket.followers.get().agent == cast.sato.agent and "フォロー解除" in text(sato.get(to("ticket", ticket)))
    sato.post(to("ticket_followers", ticket), {"_method": "DELETE"})
    assert not ticket.followers.exists()


def test_moving_leads_to_the_list_where_the_agent_no_longer_sees_it(cast, ticket, sato):
    assert "経理" in text(sato.get(to("ticket", ticket) + "?edit=move"))
    response = sato.post(to("ticket_department", ticket), {"value": cast.billing.pk})
    assert (response.status_code, response["Location"]) == (303, "/tickets/")
    ticket.refresh_from_db()
    assert ticket.department == cast.billing and f"#{ticket.number} を経理に移動しました" in text(sato.get("/tickets/"))
    assert sato.get(to("ticket", ticket)).status_code == 404


def test_spam_and_bin_take_it_away_and_give_it_back(cast, ticket, sato, sign_in):
    sato.post(to("ticket_spam", ticket))
    assert Ticket.objects.get().is_spam and "迷惑メールを解除" in text(sato.get(to("ticket", ticket)))
    sato.post(to("ticket_spam", ticket), {"_method": "DELETE"})
    assert "この問い合わせを削除しますか" in text(sato.get(to("ticket", ticket) + "?edit=bin"))
    response = sato.post(to("ticket_bin", ticket), {"because": "重複"})
    assert response["Location"] == "/tickets/" and Ticket.objects.get().trashed_because == "重複"
    assert sato.post(to("ticket_bin", ticket), {"_method": "DELETE"}).status_code == 403
    assert sign_in(cast.tanaka).post(to("ticket_bin", ticket), {"_method": "DELETE"}).status_code == 303
    assert Ticket.objects.get().trashed_at is None


def test_the_resolution_is_kept_and_not_overwritten(cast, ticket, sato):
    response = sato.post(to("ticket_resolution", ticket), {"text": "返金した\n二行目", "seen": ""})
    assert response.status_code == 303 and "返金した\n二行目" in text(sato.get(to("ticket_resolution", ticket)))
    response = sato.post(to("ticket_resolution", ticket), {"text": "別の内容", "seen": ""})
    assert response.status_code == 422 and "別の内容" in text(response) and "返金した" in text(response)
    assert Ticket.objects.get().resolution == "返金した\n二行目"
    same = {"text": "三行目", "seen": "返金した\r\n二行目"}
    assert sato.post(to("ticket_resolution", ticket), same).status_code == 303


CHANGES = [
    "ticket_replies", "ticket_comments", "ticket_forwards", "ticket_closure", "ticket_status", "ticket_assignment", "ticket_properties",
    "ticket_tags", "ticket_copies", "ticket_followers", "ticket_department", "ticket_spam", "ticket_bin", "ticket_resolution",
]  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_no_change_reaches_a_ticket_of_another_department(cast, ticket, sign_in, name):
    suzuki = sign_in(cast.suzuki)
    value = {"value": "1", "seen": "", "field": "subject", "body": "x", "to": "a@b.example", "text": "x"}
    assert suzuki.post(reverse(name, kwargs={"number": ticket.number}), value).status_code == 404
    assert Event.objects.filter(ticket=ticket).count() == 1
