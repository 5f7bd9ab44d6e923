import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile

from madoguchi import people
from madoguchi.models import Contact, CustomField, Entry, Ticket
from tests.doors.agent.conftest import text

NEW = "/tickets/new"


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


def test_the_contact_is_found_by_name_address_or_phone(cast, sato):
    people.edit_contact(cast.yamada, {}, phone_numbers=[("phone", "03-1234-5678")], by=cast.sato)
    for who in ("山田", "hanako@", "０３ー１２３４ー５６７８"):
        page = text(sato.post(NEW, {"who": who, "look": "who", "subject": "途中の件名"}))
        assert "山田 花子" in page and "高橋" not in page and "途中の件名" in page, who
    assert "「いない人」の連絡先は見つかりません" in text(sato.post(NEW, {"who": "いない人", "look": "who"}))
    assert not Ticket.objects.exists()


def test_a_call_is_logged_for_a_known_contact(cast, sato):
    CustomField.objects.create(department=cast.support, api_name="cf_order", label="注文番号", kind="text")
    response = sato.post(
        NEW,
        {"contact": cast.yamada.pk, "department": cast.support.pk, "subject": "電話の件", "body": "折り返し希望", "channel": "Phone",
         "priority": "High", "assignee": cast.tanaka.agent.pk, "cf/cf_order": "12345", "tags": "電話, 急ぎ", "due_at": "2030-01-02T03:04",
         "files": SimpleUploadedFile("a.txt", b"x")},
    )  # fmt: skip
    ticket = Ticket.objects.get()
    assert (response.status_code, response["Location"]) == (303, f"/tickets/{ticket.number}/")
    assert (ticket.contact, ticket.channel, ticket.priority, ticket.assignee) == (
        cast.yamada,
        "Phone",
        "High",
        cast.tanaka.agent,
    )
    assert ticket.custom == {"cf_order": "12345"} and ticket.due_at is not None
    assert sorted(ticket.ticket_tags.values_list("tag__name", flat=True)) == ["急ぎ", "電話"]
    entry = Entry.objects.get()
    assert (entry.text, entry.agent, entry.direction, entry.attachments.count()) == (
        "折り返し希望",
        cast.sato.agent,
        "in",
        1,
    )


def test_an_unknown_caller_becomes_a_contact(cast, sato):
    form = {
        "subject": "件",
        "channel": "Phone",
        "contact_name": "新田 一",
        "contact_email": "nitta@midori.example",
        "contact_phone": "03-9999-0000",
    }
    assert sato.post(NEW, form).status_code == 303
    contact = Contact.objects.get(addresses__folded="nitta@midori.example")
    assert (contact.name, contact.account, contact.phone_of("phone")) == ("新田 一", cast.midori, "03-9999-0000")
    sato.post(NEW, {"subject": "件2", "channel": "Phone", "contact_phone": "+81 3 9999 0000"})
    assert Ticket.objects.filter(contact=contact).count() == 2


@pytest.mark.parametrize(
    ("more", "reason"),
    [({"subject": ""}, "件名を入力してください。"), ({"contact": ""}, "連絡先を選択するか"), ({"due_at": "x"}, "日時として読み取れません。"),
     ({"tags": "<x>"}, "タグは"), ({"channel": "Pigeon"}, "この選択肢は存在しません"),
     ({"contact": "", "contact_email": "だめ"}, "メールアドレスとして正しくありません")],
)  # fmt: skip
def test_a_refusal_keeps_what_was_typed_and_makes_nothing(cast, sato, more, reason):
    form = {"contact": cast.yamada.pk, "subject": "件名です", "body": "聞いた話", "channel": "Phone", **more}
    response = sato.post(NEW, form)
    page = text(response)
    assert response.status_code == 422 and reason in page and "聞いた話" in page
    assert not Ticket.objects.exists() and Contact.objects.count() == 2


def test_pressed_twice_one_ticket_is_opened(cast, sato):
    form = {"contact": cast.yamada.pk, "subject": "一度", "channel": "Phone", "once": "abc"}
    sato.post(NEW, form)
    sato.post(NEW, form)
    assert Ticket.objects.count() == 1


def test_a_department_of_others_cannot_be_given(cast, sato, sign_in):
    sato.post(NEW, {"contact": cast.yamada.pk, "department": cast.billing.pk, "subject": "件", "channel": "Phone"})
    assert Ticket.objects.get().department == cast.support
    assert sign_in(cast.light).get(NEW).status_code == 403
