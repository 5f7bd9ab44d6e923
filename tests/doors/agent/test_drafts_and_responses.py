import pytest
from django.core.cache import cache

from madoguchi import tickets
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.models import CannedResponse, Draft, Entry, OutboundMail
from madoguchi.organisation import responses
from madoguchi.tickets.responding import filled
from tests.cast import open_one
from tests.doors.agent.conftest import text
from tests.doors.agent.test_ticket_page import to

JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


def canned(by, text="本文", name="お礼", department=None, private=False, **more) -> CannedResponse:
    pk = department.pk if department else None
    return responses.add_response({"name": name, "text": text, **more}, department_id=pk, private=private, by=by)


def test_the_composer_starts_with_the_draft_and_sending_ends_it(cast, ticket, sato):
    seen = ticket.entries.get().pk
    form = {"mode": "reply", "body": "書きかけ<です>", "html": "<p>書きかけ</p>", "to": "x@y.example", "seen": seen}
    answer = sato.post(to("ticket_draft", ticket), form, **JSON)
    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    page = text(sato.get(to("ticket", ticket)))
    assert (
        "書きかけ&lt;です&gt;</textarea>" in page and 'value="x@y.example"' in page and "下書きを保存しました" in page
    )
    assert "書きかけ" in text(sato.get("/"))
    assert sato.post(to("ticket_replies", ticket), {"body": "送ります", "seen": seen}).status_code == 303
    assert not Draft.objects.exists()
    late = sato.post(to("ticket_draft", ticket), {**form, "version": 1}, **JSON)
    assert (late.status_code, late.json()["code"]) == (409, "DRAFT_GONE") and not Draft.objects.exists()


def test_a_refused_reply_keeps_its_draft(cast, ticket, sato):
    sato.post(to("ticket_draft", ticket), {"mode": "reply", "body": "残る"}, **JSON)
    assert sato.post(to("ticket_replies", ticket), {"body": "残る", "to": "だめ"}).status_code == 422
    assert Draft.objects.get().fields["body"] == "残る"


def test_a_conflict_tells_what_stands_there(cast, ticket, sato):
    sato.post(to("ticket_draft", ticket), {"mode": "note", "body": "机"}, **JSON)
    answer = sato.post(to("ticket_draft", ticket), {"mode": "note", "body": "電話"}, **JSON)
    told = answer.json()
    assert (answer.status_code, told["fields"], told["version"]) == (409, {"body": "机"}, 1)
    answer = sato.post(to("ticket_draft", ticket), {"mode": "note", "body": "あ" * 70_000, "version": 1}, **JSON)
    assert answer.status_code == 422 and "長すぎる" in answer.json()["text"]


def test_a_draft_is_nobody_elses(cast, ticket, sato, sign_in):
    sato.post(to("ticket_draft", ticket), {"mode": "reply", "body": "秘密の下書き"}, **JSON)
    tanaka = sign_in(cast.tanaka)
    assert "秘密の下書き" not in text(tanaka.get(to("ticket", ticket))) + text(tanaka.get("/"))
    assert sign_in(cast.suzuki).post(to("ticket_draft", ticket), {"mode": "reply", "body": "x"}).status_code == 404
    tickets.move(ticket, cast.billing, by=cast.sato)
    assert "書きかけ" not in text(sato.get("/"))


def test_without_script_a_draft_is_saved_and_discarded_by_buttons(cast, ticket, sato):
    answer = sato.post(to("ticket_draft", ticket), {"mode": "note", "body": "あとで"})
    assert answer.status_code == 303 and answer["Location"].endswith("?compose=note")
    assert "あとで</textarea>" in text(sato.get(answer["Location"]))
    sato.post(to("ticket_draft", ticket), {"mode": "note", "_method": "DELETE"})
    assert not Draft.objects.exists()


def test_a_newer_message_stops_the_reply_and_keeps_everything(cast, ticket, sato):
    seen = ticket.entries.get().pk
    tickets.comment(ticket, "待ってください", by=cast.tanaka)
    form = {"body": "返信です", "to": "a@b.example", "cc": "", "bcc": "", "seen": seen, "mode": "reply", "once": "k"}
    answer = sato.post(to("ticket_replies", ticket), form)
    page = text(answer)
    assert answer.status_code == 422 and not OutboundMail.objects.exists()
    assert "待ってください" in page and "このまま送信" in page and "返信です</textarea>" in page
    assert Draft.objects.get().fields["to"] == "a@b.example"
    anyway = Entry.objects.order_by("-pk").first().pk
    assert f'name="anyway" value="{anyway}"' in page
    tickets.comment(ticket, "もう一つ", by=cast.tanaka)
    assert sato.post(to("ticket_replies", ticket), {**form, "anyway": anyway}).status_code == 422
    anyway = Entry.objects.order_by("-pk").first().pk
    assert sato.post(to("ticket_replies", ticket), {**form, "anyway": anyway}).status_code == 303
    assert OutboundMail.objects.get().recipients == ["a@b.example"] and not Draft.objects.exists()


def test_placeholders_are_filled_and_what_people_typed_stays_text(cast):
    evil = '<img src=x onerror=alert(1)>"'
    ticket = open_one(cast, evil)
    row = canned(cast.tanaka, html="<p>{{contact.lastName}}様 <b>{{ ticket.subject }}</b> {{account.name}}</p>")
    words = filled(row, ticket, by=cast.sato)
    assert "山田様" in words.html and "<img" not in words.html and "&lt;img src=x" in words.html
    assert words.missing == [] and "株式会社みどり商事" in words.text and evil in words.text
    with pytest.raises(Refused):
        canned(cast.tanaka, name="リンク", html='<p><a href="/{{ticket.subject}}">x</a></p>')


def test_what_the_ticket_does_not_know_is_left_for_the_writer_to_see(cast):
    ticket = open_one(cast, contact=cast.takahashi)
    words = filled(canned(cast.tanaka, "{{account.name}} 御中"), ticket, by=cast.sato)
    assert (words.text, words.missing) == ("【取引先名】 御中", ["取引先名"])


@pytest.mark.parametrize("words", ["{{contact.password}}", "{{ticket.__class__}}", "{{}}", "{{ agent.name | x }}"])
def test_unknown_placeholders_are_refused_on_saving(cast, words):
    with pytest.raises(Refused) as refusal:
        canned(cast.tanaka, words)
    assert (refusal.value.code, refusal.value.field) == ("PLACEHOLDER", "text")


def test_a_placeholder_cut_by_formatting_is_refused(cast):
    with pytest.raises(Refused):
        canned(cast.tanaka, html="<p>{{con<b>tact</b>.name}}</p>")


def test_agents_use_their_own_their_departments_and_everyones(cast):
    canned(cast.tanaka, name="サポート用", department=cast.support)
    canned(cast.admin, name="経理用", department=cast.billing)
    canned(cast.admin, name="全員用")
    canned(cast.sato, name="佐藤用", private=True)
    names = {who: {r.name for r in responses.usable(who)} for who in (cast.sato, cast.suzuki)}
    assert names[cast.sato] == {"サポート用", "全員用", "佐藤用"}
    assert names[cast.suzuki] == {"経理用", "全員用"}


def test_shared_ones_are_a_supervisors_and_foreign_ones_hidden(cast):
    with pytest.raises(Denied):
        canned(cast.sato, department=cast.support)
    with pytest.raises(Hidden):
        canned(cast.tanaka, department=cast.billing)
    shared, own = canned(cast.tanaka, department=cast.support), canned(cast.sato, private=True)
    with pytest.raises(Denied):
        responses.delete_response(shared, by=cast.sato)
    for stranger in (cast.admin, cast.tanaka):
        with pytest.raises(Hidden):
            responses.delete_response(own, by=stranger)
    assert CannedResponse.objects.count() == 2


def test_names_and_shortcuts_are_used_once(cast):
    canned(cast.sato, name="Thanks", private=True, shortcut="ty")
    for more, field in (
        ({"name": "thanks"}, "name"),
        ({"name": "b", "shortcut": "TY"}, "shortcut"),
        ({"name": "c", "shortcut": "a b"}, "shortcut"),
    ):
        with pytest.raises(Refused) as refusal:
            canned(cast.sato, private=True, **more)
        assert refusal.value.field == field


def test_responses_at_the_composer(cast, ticket, sato, sign_in):
    row = canned(cast.tanaka, "{{contact.lastName}} 様", department=cast.support, shortcut="sama")
    foreign = canned(cast.admin, name="経理用", department=cast.billing)
    listed = sato.get(to("ticket_responses", ticket)).json()["responses"]
    assert [(r["name"], r["shortcut"]) for r in listed] == [("お礼", "sama")]
    assert sato.get(to("ticket_response", ticket, response=row.pk)).json()["text"] == "山田 様"
    assert sato.get(to("ticket_response", ticket, response=foreign.pk)).status_code == 404
    page = sato.post(
        to("ticket_composer", ticket), {"mode": "reply", "body": "こんにちは", "responses": "1", "response": row.pk}
    )
    assert page.status_code == 200 and "こんにちは\n\n山田 様</textarea>" in text(page)
    assert Entry.objects.count() == 1


def test_the_pages_of_responses(cast, sato, sign_in):
    tanaka = sign_in(cast.tanaka)
    form = {"name": "共有", "text": "{{agent.name}}", "reach": str(cast.support.pk), "shortcut": "", "html": ""}
    assert sato.post("/settings/responses/new", form).status_code == 422
    assert tanaka.post("/settings/responses/new", form).status_code == 303
    wrong = tanaka.post("/settings/responses/new", {**form, "name": "x", "text": "{{nope}}"})
    assert wrong.status_code == 422 and "「nope」はありません" in text(wrong)
    row = CannedResponse.objects.get()
    assert (
        "共有" in text(sato.get("/settings/responses")) and sato.get(f"/settings/responses/{row.pk}").status_code == 403
    )
    assert tanaka.post(f"/settings/responses/{row.pk}", {**form, "name": "改名"}).status_code == 303
    assert tanaka.post(f"/settings/responses/{row.pk}/delete").status_code == 303
    assert not CannedResponse.objects.exists()


def test_a_comment_is_edited_with_its_formatting(cast, ticket, sato):
    entry = tickets.comment(ticket, html="<p><strong>太字</strong></p>", by=cast.sato)
    page = text(sato.get(to("ticket", ticket) + f"?edit=entry-{entry.pk}"))
    assert 'data-start="&lt;p&gt;&lt;strong&gt;太字' in page
    sato.post(to("ticket_comment", ticket, entry=entry.pk), {"body": "太字", "html": "<p><em>斜体</em></p>"})
    assert Entry.objects.get(pk=entry.pk).html == "<p><em>斜体</em></p>"


def test_commands_are_what_the_agent_may_do(cast, ticket, sato, sign_in):
    def labels(client, query="") -> set[str]:
        return {c["label"] for c in client.get(f"/commands{query}").json()["commands"]}

    here = f"?ticket={ticket.number}"
    assert {"返信", "完了にする", "自分に割り当てる", "ホーム", "新規作成"} <= labels(sato, here) | {"新規作成"}
    assert not {"返信", "完了にする", "自分に割り当てる"} & labels(sign_in(cast.light), here)
    assert "コメント" in labels(sign_in(cast.light), here)
    assert labels(sign_in(cast.suzuki), here) == labels(sign_in(cast.suzuki))
    assert "会社情報" not in labels(sato)


def test_single_keys_can_be_switched_off(cast, sato):
    assert 'data-keys="off"' not in text(sato.get("/"))
    profile = {"last_name": "佐藤", "language": "ja", "time_zone": "Asia/Tokyo", "theme": "auto"}
    assert sato.post("/profile/", profile).status_code == 303
    assert 'data-keys="off"' in text(sato.get("/"))


def test_the_draft_costs_the_ticket_page_no_statement(cast, ticket, sato, statements):
    before = statements(sato, to("ticket", ticket))
    for n in range(3):
        canned(cast.tanaka, name=str(n))
    sato.post(to("ticket_draft", ticket), {"mode": "reply", "body": "書きかけ"}, **JSON)
    assert statements(sato, to("ticket", ticket)) == before
