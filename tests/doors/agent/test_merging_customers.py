"""Merging contacts and accounts on the pages: choose, compare, ask, do."""

import re

from madoguchi import people
from madoguchi.actor import Actor
from madoguchi.models import Account, Contact, Ticket
from tests.cast import open_one
from tests.doors.agent.conftest import text

DESK = Actor.desk()


def second(cast, address="hanako.y@personal.example", name="山田 花子", **values):
    contact = people.identify(address, name, by=DESK)
    return people.edit_contact(contact, values, by=DESK) if values else contact


def inputs(page: str) -> dict[str, str]:
    form = page[page.index('<form id="merge-form"') :]
    form = form[: form.index("</form>")]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))


def test_likely_doubles_are_offered_with_the_reason(cast, sato):
    name = second(cast)
    phone = second(cast, "t@kita.example", "別人 太郎")
    people.edit_contact(phone, {}, phone_numbers=[("phone", "03-1111-2222")], by=DESK)
    people.edit_contact(cast.yamada, {}, phone_numbers=[("mobile", "+81 3 1111 2222")], by=DESK)
    local = second(cast, "hanako@other.example", "H Y")
    role = second(cast, "info@other.example", "代表")
    people.edit_contact(cast.yamada, {}, emails=["hanako@midori.example", "info@midori.example"], by=DESK)
    page = text(sato.get(f"/contacts/{cast.yamada.pk}/merge"))
    for contact in (name, phone, local):
        assert f'id="with-{contact.pk}"' in page
    assert f'id="with-{role.pk}"' not in page and f'id="with-{cast.takahashi.pk}"' not in page
    assert [page.count(word) for word in ("同じ名前", "同じ電話番号", "似たメールアドレス")] == [1, 1, 1]


def test_others_are_searched_and_ticks_stay(cast, sato):
    other = second(cast)
    page = text(sato.get(f"/contacts/{cast.yamada.pk}/merge?q=高橋&with={other.pk}"))
    assert re.search(rf'id="with-{other.pk}" checked', page) and f'id="with-{cast.takahashi.pk}"' in page
    assert f'id="with-{cast.yamada.pk}"' not in page


def test_the_whole_way_without_javascript(cast, sato):
    other = second(cast, title="部長")
    open_one(cast, contact=other)
    there = f"/contacts/{cast.yamada.pk}/merge"
    page = text(sato.get(f"{there}?compare=1&with={other.pk}"))
    assert re.search(rf'name="keep-title" id="title-{other.pk}" value="{other.pk}"[^>]*checked', page)  # main has none
    assert "merge-form" not in page and Contact.objects.filter(merged_into=None).count() == 3
    asked = sato.get(f"{there}?compare=1&with={other.pk}&keep-title={cast.yamada.pk}&confirm=1")
    assert "問い合わせ 1 件" in re.sub(r"<[^>]+>", "", text(asked)) and "元に戻せません" in text(asked)
    done = sato.post(there, inputs(text(asked)))
    assert (done.status_code, done["Location"]) == (303, f"/contacts/{cast.yamada.pk}/")
    assert (Contact.objects.get(pk=cast.yamada.pk).title, Ticket.objects.get().contact) == ("", cast.yamada)
    again = sato.post(there, inputs(text(asked)))
    assert again.status_code == 303 and "問い合わせ" in text(sato.get(again["Location"]))
    for path in (f"/contacts/{other.pk}/", f"/contacts/{other.pk}/merge"):
        assert sato.get(path)["Location"] == f"/contacts/{cast.yamada.pk}/"


def test_another_main_contact_brings_its_own_values(cast, sato):
    other = second(cast, title="部長")
    people.edit_contact(cast.yamada, {"title": "課長"}, by=DESK)
    there = f"/contacts/{cast.yamada.pk}/merge?compare=1&with={other.pk}"
    page = text(sato.get(f"{there}&main={other.pk}&was={cast.yamada.pk}&keep-title={cast.yamada.pk}"))
    assert re.search(rf'id="title-{other.pk}" value="{other.pk}"[^>]*checked', page)
    assert sato.post(f"/contacts/{cast.yamada.pk}/merge", {"with": other.pk, "main": other.pk}).status_code == 303
    assert Contact.objects.get(pk=cast.yamada.pk).merged_into_id == other.pk


def test_values_that_changed_meanwhile_are_shown_and_nothing_is_merged(cast, sato):
    other = second(cast)
    there = f"/contacts/{cast.yamada.pk}/merge"
    form = inputs(text(sato.get(f"{there}?compare=1&with={other.pk}&confirm=1")))
    people.edit_contact(other, {"title": "部長"}, by=DESK)
    answer = sato.post(there, form)
    assert answer.status_code == 422 and "まだ統合していません" in text(answer)
    assert Contact.objects.get(pk=other.pk).merged_into is None


def test_what_is_refused_is_said_and_the_choice_stays(cast, sato):
    many = [second(cast, f"n{n}@kita.example", f"山田 {n}") for n in range(5)]
    asked = "&".join(f"with={contact.pk}" for contact in many)
    answer = sato.get(f"/contacts/{cast.yamada.pk}/merge?compare=1&{asked}")
    assert answer.status_code == 422 and text(answer).count(" checked") == 5
    assert sato.get(f"/contacts/{cast.yamada.pk}/merge?compare=1").status_code == 422
    assert sato.get(f"/contacts/{cast.yamada.pk}/merge?compare=1&with=999999").status_code == 404
    assert sato.post(f"/contacts/{cast.yamada.pk}/merge", {"with": "999999"}).status_code == 404
    assert sato.get("/contacts/999999/merge").status_code == 404


def test_light_agents_may_not(cast, sign_in):
    other = second(cast)
    light = sign_in(cast.light)
    assert light.get(f"/contacts/{cast.yamada.pk}/merge").status_code == 403
    assert light.post(f"/contacts/{cast.yamada.pk}/merge", {"with": other.pk}).status_code == 403
    assert light.get(f"/accounts/{cast.midori.pk}/merge").status_code == 403
    assert not Contact.objects.exclude(merged_into=None).exists()


def test_accounts_are_merged_the_same_way(cast, sato):
    double = people.create_account(
        {"name": "㈱みどり商事", "website": "https://midori.example"}, domains=["midori2.example"], by=DESK
    )
    people.edit_contact(cast.takahashi, {"account": double, "sees_account": True}, by=DESK)
    open_one(cast, contact=Contact.objects.get(pk=cast.takahashi.pk))
    there = f"/accounts/{cast.midori.pk}/merge"
    assert f'id="with-{double.pk}"' in text(sato.get(there))
    asked = text(sato.get(f"{there}?compare=1&with={double.pk}&confirm=1"))
    plain = re.sub(r"<[^>]+>", "", asked)
    assert "連絡先 1 名" in plain and "問い合わせ 1 件" in plain and "全体を閲覧できる連絡先 1 名" in plain
    done = sato.post(there, inputs(asked))
    assert done["Location"] == f"/accounts/{cast.midori.pk}/"
    assert Account.objects.get(pk=cast.midori.pk).website == "https://midori.example"
    assert Contact.objects.get(pk=cast.takahashi.pk).account == cast.midori
    assert sato.get(f"/accounts/{double.pk}/")["Location"] == f"/accounts/{cast.midori.pk}/"


def test_husks_are_in_no_list_and_not_in_the_bin(cast, sato, sign_in):
    other = second(cast, name="山田 乙")
    double = people.create_account({"name": "みどり商事乙"}, by=DESK)
    people.merge_contacts(cast.yamada, [other], by=cast.sato)
    people.merge_accounts(cast.midori, [double], by=cast.sato)
    admin = sign_in(cast.admin)
    for path in ("/contacts/", "/accounts/", "/contacts/?q=山田", "/accounts/?q=みどり"):
        assert "乙" not in text(sato.get(path)).replace("?q=", "")
    for show in ("contacts", "accounts"):
        assert "乙" not in text(admin.get(f"/settings/bin?show={show}", follow=True))
        assert admin.post("/settings/bin/restored", {"show": show, "one": other.pk}).status_code == 404


def test_statements_of_the_pages(cast, sato, statements):
    other = second(cast)
    there = f"/contacts/{cast.yamada.pk}/merge"
    few = [statements(sato, path) for path in (there, f"{there}?compare=1&with={other.pk}&confirm=1")]
    for n in range(8):
        contact = second(cast, f"hanako{n}@kita.example", "山田 花子")
        for _n in range(3):
            open_one(cast, contact=contact)
    many = [statements(sato, path) for path in (there, f"{there}?compare=1&with={other.pk}&confirm=1")]
    assert few == many and few[0] <= 20 and few[1] <= 20


def test_a_contact_with_a_new_account_takes_the_tickets_along_unless_told_otherwise(cast, sato):
    kita = people.create_account({"name": "北商店"}, by=DESK)
    ticket = open_one(cast)
    there = f"/contacts/{cast.yamada.pk}/details"
    page = text(sato.get(there))
    assert re.search(r'name="moves_tickets"[^>]* checked', page) and "1 件の問い合わせ" in page
    form = {"last_name": "山田", "first_name": "花子", "emails": "hanako@midori.example", "account": "北商店"}
    assert sato.post(there, form).status_code == 303  # the tick was taken off
    assert Contact.objects.get(pk=cast.yamada.pk).account == kita
    assert Ticket.objects.get(pk=ticket.pk).account == cast.midori
    assert sato.post(there, {**form, "account": cast.midori.name, "moves_tickets": "on"}).status_code == 303
    assert sato.post(there, {**form, "moves_tickets": "on"}).status_code == 303
    assert Ticket.objects.get(pk=ticket.pk).account == kita
