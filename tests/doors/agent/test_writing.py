import re

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from madoguchi import tickets
from madoguchi.models import Attachment, Entry, Mailbox, OutboundMail, Status
from tests.doors.agent.conftest import text
from tests.doors.agent.test_ticket_page import to


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


def hidden(response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text(response))
    assert found
    return found[1]


def test_a_reply_goes_to_whom_the_form_says(cast, ticket, sato):
    page = sato.get(to("ticket", ticket))
    assert "hanako@midori.example" in text(page)
    response = sato.post(
        to("ticket_replies", ticket),
        {
            "body": "お待たせしました。",
            "to": "山田 花子 <hanako@midori.example>",
            "cc": "makoto@kita.example",
            "bcc": "",
            "once": hidden(page, "once"),
        },
    )
    assert (response.status_code, response["Location"]) == (303, to("ticket", ticket))
    assert OutboundMail.objects.get().recipients == ["hanako@midori.example", "makoto@kita.example"]


def test_rich_text_is_kept_where_the_editor_sent_it(cast, ticket, sato):
    sato.post(to("ticket_replies", ticket), {"body": "太字", "html": "<p><strong>太字</strong></p>"})
    entry = Entry.objects.filter(direction="out").get()
    assert (entry.html, entry.text) == ("<p><strong>太字</strong></p>", "太字")


def test_a_reply_can_set_the_status_with_it(cast, ticket, sato):
    closed = Status.objects.get(name="Closed")
    assert f'name="then" value="{closed.pk}"' in text(sato.get(to("ticket", ticket)))
    sato.post(to("ticket_replies", ticket), {"body": "解決しました。", "then": closed.pk})
    ticket.refresh_from_db()
    assert ticket.is_closed


def test_pressing_send_twice_sends_once(cast, ticket, sato):
    form = {"body": "一度だけ", "once": hidden(sato.get(to("ticket", ticket)), "once")}
    first, second = (sato.post(to("ticket_replies", ticket), form) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert OutboundMail.objects.count() == 1 and "すでに送信済みです" in text(sato.get(to("ticket", ticket)))


def test_a_refused_form_can_be_sent_again(cast, ticket, sato):
    form = {"body": "宛先を直します", "to": "だめ", "once": hidden(sato.get(to("ticket", ticket)), "once")}
    assert sato.post(to("ticket_replies", ticket), form).status_code == 422
    assert sato.post(to("ticket_replies", ticket), {**form, "to": "hanako@midori.example"}).status_code == 303
    assert OutboundMail.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("to", "だめなアドレス", "メールアドレスとして正しくありません"),
        ("to", "", "宛先"),
        ("cc", "a@b", "メールアドレスとして正しくありません"),
    ],
)
def test_a_refusal_keeps_what_was_typed(cast, ticket, sato, field, value, reason):
    form = {"body": "書いた<内容>", "to": "hanako@midori.example", "cc": "", "bcc": "", field: value}
    response = sato.post(to("ticket_replies", ticket), form)
    page = text(response)
    assert response.status_code == 422 and "書いた&lt;内容&gt;" in page and reason in page
    assert not OutboundMail.objects.exists()


def test_files_go_with_the_reply_and_survive_a_refusal(cast, ticket, sato):
    file = SimpleUploadedFile("明細.pdf", b"%PDF", "application/pdf")
    response = sato.post(to("ticket_replies", ticket), {"body": "", "files": file})
    assert response.status_code == 422 and "明細.pdf" in text(response)
    kept = Attachment.objects.get()
    assert kept.entry is None and f'name="upload" value="{kept.key}"' in text(response)
    sato.post(to("ticket_replies", ticket), {"body": "添付します", "upload": kept.key})
    assert Attachment.objects.get().entry == Entry.objects.get(direction="out")


def test_a_file_too_large_is_refused_by_name(cast, ticket, sato):
    cast_limit = 10
    from madoguchi.models import Organisation

    Organisation.objects.update(max_file_bytes=cast_limit)
    response = sato.post(to("ticket_replies", ticket), {"body": "x", "files": SimpleUploadedFile("大.bin", b"x" * 11)})
    assert response.status_code == 422 and "大.bin は上限の 10 B を超えています。" in text(response)


def test_an_upload_of_someone_else_cannot_be_taken_up(cast, ticket, sato):
    theirs = tickets.upload("x.txt", "text/plain", b"x", by=cast.tanaka)
    assert sato.post(to("ticket_replies", ticket), {"body": "x", "upload": theirs.key}).status_code == 422
    assert not OutboundMail.objects.exists()


def test_a_comment_is_private_unless_chosen_otherwise(cast, ticket, sato):
    sato.post(to("ticket_comments", ticket), {"body": "内緒"})
    sato.post(to("ticket_comments", ticket), {"body": "公開", "public": "1"})
    assert list(Entry.objects.filter(kind="comment").values_list("text", "is_public")) == [
        ("内緒", False),
        ("公開", True),
    ]
    assert not OutboundMail.objects.exists()


def test_one_changes_and_deletes_own_comments_only(cast, ticket, sato, sign_in):
    entry = tickets.comment(ticket, "元の文", by=cast.sato)
    path = to("ticket_comment", ticket, entry=entry.pk)
    assert "元の文</textarea>" in text(sato.get(to("ticket", ticket) + f"?edit=entry-{entry.pk}"))
    sato.post(path, {"body": "直した文"})
    assert Entry.objects.get(pk=entry.pk).text == "直した文"
    assert sign_in(cast.light).post(path, {"body": "他人の変更"}).status_code == 403
    assert sign_in(cast.suzuki).post(path, {"body": "他人の変更"}).status_code == 404
    sato.post(path, {"_method": "DELETE"})
    assert "直した文" not in text(sato.get(to("ticket", ticket)))


def test_a_message_of_the_customer_cannot_be_changed(cast, ticket, sato):
    entry = ticket.entries.get()
    assert sato.post(to("ticket_comment", ticket, entry=entry.pk), {"body": "改ざん"}).status_code == 422
    assert Entry.objects.get(pk=entry.pk).text == "注文番号 12345 の返金について教えてください。"


def test_a_forward_goes_to_someone_else_and_stays_private(cast, ticket, sato):
    response = sato.post(to("ticket_forwards", ticket), {"body": "ご確認ください", "to": "partner@else.example"})
    assert response.status_code == 303
    entry = Entry.objects.get(is_forward=True)
    assert not entry.is_public and "12345" in entry.quoted
    response = sato.post(to("ticket_forwards", ticket), {"body": "宛先なし", "to": ""})
    assert response.status_code == 422 and "宛先なし" in text(response)


def test_the_address_to_write_from_can_be_chosen_among_own_ones(cast, ticket, sato):
    box = Mailbox.objects.create(department=cast.support, address="vip@demo.example", folded="vip@demo.example")
    assert f'<option value="{box.pk}">vip@demo.example' in text(sato.get(to("ticket", ticket)))
    sato.post(to("ticket_replies", ticket), {"body": "x", "from": box.pk})
    assert Entry.objects.get(direction="out").from_address == "vip@demo.example"
    theirs = cast.billing.mailboxes.get()
    assert sato.post(to("ticket_replies", ticket), {"body": "x", "from": theirs.pk}).status_code == 422


def test_each_way_of_writing_has_an_address_without_script(cast, ticket, sato):
    for mode, name in (("reply", "ticket_replies"), ("note", "ticket_comments"), ("forward", "ticket_forwards")):
        page = text(sato.get(to("ticket", ticket) + f"?compose={mode}"))
        assert (
            f'action="{reverse(name, kwargs={"number": ticket.number})}"' in page
            and f'data-mode="{mode}" aria-label' in page
        )


def test_a_comment_is_deleted_after_a_question_to_its_writer(cast, ticket, sato, sign_in):
    entry = tickets.comment(ticket, "消してよいメモ", by=cast.sato)
    path = to("ticket", ticket)
    assert f'href="{path}?edit=delete-{entry.pk}#entry-{entry.pk}"' in text(sato.get(path))
    assert "このコメントを削除しますか" in text(sato.get(f"{path}?edit=delete-{entry.pk}"))
    message = ticket.entries.get(kind="thread")
    assert "このコメントを削除しますか" not in text(sato.get(f"{path}?edit=delete-{message.pk}"))
    assert "このコメントを削除しますか" not in text(sign_in(cast.light).get(f"{path}?edit=delete-{entry.pk}"))


@pytest.mark.parametrize(
    "name, words",
    [
        ("ticket_replies", "送信していません"),
        ("ticket_forwards", "送信していません"),
        ("ticket_comments", "保存していません"),
    ],
)
def test_a_refusal_says_what_did_not_happen(cast, ticket, sato, name, words):
    response = sato.post(to(name, ticket), {"body": "", "to": "bad@@" if name != "ticket_comments" else ""})
    assert response.status_code == 422 and words in text(response)
    assert not OutboundMail.objects.exists()
