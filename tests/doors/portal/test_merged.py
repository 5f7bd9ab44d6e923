"""After a merge the customer has one ticket with everything public of all (SPEC M9)."""

from django.core.files.uploadedfile import SimpleUploadedFile

from madoguchi import tickets
from madoguchi.lists import help_center
from madoguchi.models import Entry, Ticket
from madoguchi.tickets.merging import merge
from tests.cast import open_one
from tests.doors.portal.conftest import by_help, text


def test_the_contact_sees_one_ticket_with_everything_public_and_old_numbers_lead_there(cast, yamada, visit):
    main, other = open_one(cast, "本件"), open_one(cast, "別件", message={"text": "別件の話です"})
    tickets.comment(other, "内緒のメモ", by=cast.sato)
    tickets.comment(other, "公開のお知らせ", public=True, by=cast.sato)
    before = f"/help/tickets/{other.number}/"
    yamada.post(before + "replies", {"text": "別件に追記", "files": [SimpleUploadedFile("図.txt", b"x", "text/plain")]})
    file = Entry.objects.latest("id").attachments.get()
    merge(Ticket.objects.get(pk=main.pk), [Ticket.objects.get(pk=other.pk)], by=cast.sato)
    there = f"/help/tickets/{main.number}/"
    answer = yamada.get(before)
    assert (answer.status_code, answer["Location"]) == (302, there)
    page = text(yamada.get(there))
    for words in ("注文番号 12345", "別件の話です", "公開のお知らせ", "別件に追記", f"#{other.number}", "図.txt"):
        assert words in page
    assert "内緒のメモ" not in page
    listed = text(yamada.get("/help/"))
    assert listed.count("request__subject") == 1 and "すべて 1" in listed
    for q in ("別件の話", "追記", str(other.number)):
        assert "本件" in text(yamada.get("/help/", {"q": q})), q
    assert "request__subject" not in text(yamada.get("/help/", {"q": "内緒のメモ"}))
    assert yamada.get(f"/help/files/{file.key}/x").status_code == 200
    stranger = visit(cast.takahashi)
    assert [stranger.get(path).status_code for path in (before, there)] == [404, 404]


def test_an_answer_on_a_page_opened_before_the_merge_lands_on_the_main_ticket(cast, yamada):
    main, other = open_one(cast, "本件"), open_one(cast, "別件")
    merge(main, [other], by=cast.sato)
    yamada.post(f"/help/tickets/{other.number}/replies", {"text": "まだあります"})
    assert Entry.objects.get(text="まだあります").ticket_id == main.pk


def test_closing_on_such_a_page_does_not_close_the_main_ticket(cast, yamada):
    main, other = open_one(cast, "本件"), open_one(cast, "別件")
    merge(main, [other], by=cast.sato)
    assert yamada.post(f"/help/tickets/{other.number}/closure")["Location"] == f"/help/tickets/{main.number}/"
    assert Ticket.objects.get(pk=main.pk).state == "Open"


def test_after_a_restore_each_ticket_has_its_own_newest_message_and_both_are_found(cast):
    a, b = (
        open_one(cast, "甲"),
        open_one(cast, "乙", message={"text": "縞馬の件", "from_address": "hanako@midori.example"}),
    )
    tickets.merge(a, [b], by=cast.sato)
    tickets.restore(Ticket.objects.get(pk=b.pk), by=cast.tanaka)
    answer = tickets.reply(Ticket.objects.get(pk=b.pk), "届いています。", by=cast.sato)
    last = {row["id"]: row["last"] for row in help_center.page(by_help(cast.yamada)).rows}
    assert (last[b.pk], last[a.pk]) == (answer, b.entries.first())
    assert {row["id"] for row in help_center.page(by_help(cast.yamada), q="縞馬").rows} == {a.pk, b.pk}
