import pytest

from madoguchi import people
from madoguchi.models import Account, Contact
from tests.cast import open_one
from tests.doors.agent.conftest import text


def test_contacts_are_listed_found_and_opened_beside_the_list(cast, sato, ticket):
    page = text(sato.get("/contacts/"))
    assert "山田 花子" in page and "高橋 誠" in page and "hanako@midori.example" in page
    assert "高橋" not in text(sato.get("/contacts/?q=みどり")) and "山田" in text(sato.get("/contacts/?q=みどり"))
    beside = text(sato.get(f"/contacts/?open={cast.yamada.pk}"))
    assert "連絡先の詳細" in beside and ticket.subject in beside and f"/contacts/{cast.yamada.pk}/" in beside
    assert "見つかりません" in text(sato.get("/contacts/?q=いない"))


def test_a_contact_shows_only_tickets_the_reader_may_see(cast, sato, ticket):
    open_one(cast, "経理の秘密", department=cast.billing, mailbox=None)
    for path in (f"/contacts/?open={cast.yamada.pk}", f"/accounts/?open={cast.midori.pk}"):
        page = text(sato.get(path))
        assert ticket.subject in page and "経理の秘密" not in page, path


def test_more_contacts_take_no_more_statements(cast, sato, statements):
    sato.get("/contacts/")
    few = statements(sato, "/contacts/")
    for i in range(30):
        people.identify(f"c{i}@x.example", f"連絡 {i}", by=cast.sato)
    assert statements(sato, "/contacts/") == few <= 6


def test_a_contact_is_added_and_changed(cast, sato):
    form = {"last_name": "岡田", "first_name": "修", "emails": "osamu@midori.example\nokada@x.example", "account": "株式会社みどり商事",
            "phone_kind": ["phone", "mobile"], "phone_number": ["03-1111-2222", ""], "language": "ja"}  # fmt: skip
    response = sato.post("/contacts/new", form)
    contact = Contact.objects.get(last_name="岡田")
    assert (response.status_code, response["Location"]) == (303, f"/contacts/{contact.pk}/")
    assert (contact.account, contact.email, contact.phone_of("phone")) == (
        cast.midori,
        "osamu@midori.example",
        "03-1111-2222",
    )
    page = text(sato.get(f"/contacts/{contact.pk}/details"))
    assert "okada@x.example" in page and "03-1111-2222" in page and "株式会社みどり商事" in page
    sato.post(f"/contacts/{contact.pk}/details", {**form, "emails": "okada@x.example", "title": "部長"})
    contact = Contact.objects.get(pk=contact.pk)
    assert (contact.email, contact.title, contact.addresses.count()) == ("okada@x.example", "部長", 1)


@pytest.mark.parametrize(
    ("more", "reason"),
    [({"last_name": ""}, "姓を入力してください。"), ({"emails": "hanako@midori.example"}, "別の連絡先に登録されています"),
     ({"emails": "だめ"}, "メールアドレスとして正しくありません"), ({"account": "無い会社"}, "この名前の取引先はありません"),
     ({"time_zone": "Mars/Base"}, "このタイムゾーンはありません")],
)  # fmt: skip
def test_a_refused_contact_keeps_what_was_typed(cast, sato, more, reason):
    response = sato.post("/contacts/new", {"last_name": "新規", "description": "書いた説明", **more})
    assert response.status_code == 422 and reason in text(response) and "書いた説明" in text(response)
    assert Contact.objects.count() == 2


def test_accounts_are_added_changed_and_binned(cast, sato):
    response = sato.post(
        "/accounts/new", {"name": "ひばり物流", "domains": "hibari.example, hibari2.example", "phone": "045"}
    )
    account = Account.objects.get(name="ひばり物流")
    assert response["Location"] == f"/accounts/{account.pk}/" and account.domains.count() == 2
    assert "ひばり物流" in text(sato.get("/accounts/?q=ひばり")) and "みどり" not in text(
        sato.get("/accounts/?q=ひばり")
    )
    sato.post(f"/accounts/{account.pk}/details", {"name": "ひばり物流株式会社", "domains": "hibari.example"})
    assert Account.objects.get(pk=account.pk).name == "ひばり物流株式会社" and account.domains.count() == 1
    response = sato.post("/accounts/new", {"name": "別", "domains": "midori.example"})
    assert response.status_code == 422 and "別の取引先のドメインです" in text(response)
    sato.post(f"/accounts/{account.pk}/bin")
    assert Account.objects.get(pk=account.pk).trashed_at is not None
    assert f'"/accounts/{account.pk}/"' not in text(sato.get("/accounts/"))


def test_a_contact_with_tickets_stays(cast, sato, ticket):
    response = sato.post(f"/contacts/{cast.yamada.pk}/bin")
    assert response.status_code == 422 and "この連絡先には問い合わせがあります" in text(response)
    assert sato.post(f"/contacts/{cast.takahashi.pk}/bin").status_code == 303
    assert Contact.objects.get(pk=cast.takahashi.pk).trashed_at is not None


def test_a_light_agent_reads_customers_and_changes_none(cast, sign_in):
    light = sign_in(cast.light)
    assert "連絡先を追加" not in text(light.get("/contacts/"))
    for path in (
        "/contacts/new",
        f"/contacts/{cast.yamada.pk}/details",
        "/accounts/new",
        f"/accounts/{cast.midori.pk}/details",
    ):
        assert (
            light.get(path).status_code == 403 and light.post(path, {"last_name": "x", "name": "x"}).status_code == 403
        )
    assert light.post(f"/contacts/{cast.takahashi.pk}/bin").status_code == 403
