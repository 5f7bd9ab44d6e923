"""The pages of the built-in CRM: lists, a person, a deal, forms, and what the contact's own page shows of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from madoguchi import crm, lookups
from madoguchi.models import Agent, CrmConnection, CrmDeal, CrmPerson, CrmStage, Event
from tests.cast import open_one
from tests.doors.agent.conftest import text


@pytest.fixture
def desk(cast):
    CrmConnection.objects.update_or_create(pk=1, defaults={"kind": "builtin"})
    lookups.forget()
    return cast


@pytest.fixture
def hanako(desk) -> CrmPerson:
    values = {"last_name": "山田", "first_name": "花子", "email": "hanako@midori.example", "phone": "03-1234-5678",
              "account_name": "みどり商事", "owner": desk.tanaka.agent}  # fmt: skip
    return crm.create_person("contact", values, by=desk.sato)


@pytest.fixture
def lead(desk) -> CrmPerson:
    return crm.create_person("lead", {"last_name": "高橋", "email": "makoto@kita.example"}, by=desk.sato)


@pytest.fixture
def deal(desk, hanako) -> CrmDeal:
    return crm.create_deal({"name": "年間契約", "person": hanako, "amount": "1,200,000"}, by=desk.sato)


def stage(name: str) -> CrmStage:
    return CrmStage.objects.get(name_ja=name)


PAGES = [
    "/crm/leads/",
    "/crm/contacts/",
    "/crm/deals/",
    "/crm/people/1/",
    "/crm/deals/1/",
    "/crm/leads/new",
    "/crm/deals/new",
]


@pytest.mark.parametrize("path", PAGES)
def test_switched_off_the_pages_say_so_and_change_nothing(cast, sato, sign_in, path):
    page = sato.get(path)
    assert page.status_code == 200 and "内蔵CRMはオフになっています" in text(page) and "/settings/crm" not in text(page)
    assert 'href="/settings/crm"' in text(sign_in(cast.admin).get(path))
    if path.endswith("new"):
        assert sato.post(path, {"last_name": "x"}).status_code == 422 and CrmPerson.objects.count() == 0


def test_the_menu_of_customers_leads_to_the_crm_where_there_is_one(cast, sato, sign_in):
    assert 'href="/crm/contacts/"' not in text(sato.get("/contacts/"))
    assert 'href="/crm/contacts/"' in text(sign_in(cast.admin).get("/contacts/"))
    CrmConnection.objects.update_or_create(pk=1, defaults={"kind": "builtin"})
    lookups.forget()
    assert 'href="/crm/contacts/"' in text(sato.get("/contacts/"))


def test_empty_lists_say_what_to_do(desk, sato):
    assert "見込み客はまだありません" in text(sato.get("/crm/leads/")) and 'href="/crm/leads/new"' in text(
        sato.get("/crm/leads/")
    )
    assert "CRM の連絡先はまだありません" in text(sato.get("/crm/contacts/"))
    assert "商談はまだありません" in text(sato.get("/crm/deals/"))


@pytest.mark.parametrize(
    "q", ["山田", "みどり", "HANAKO@midori", "03-1234-5678", "０３１２３４５６７８", "+81 3 1234 5678", "山田 みどり"]
)
def test_contacts_are_found_by_name_company_address_and_number(desk, sato, hanako, lead, q):
    found = text(sato.get("/crm/contacts/", {"q": q}))
    assert "山田 花子" in found and "高橋" not in found
    assert "見つかりません" in text(sato.get("/crm/contacts/", {"q": q + " いない"}))


def test_lists_are_filtered_by_stage_and_owner(desk, sato, hanako, deal):
    crm.create_person("contact", {"last_name": "森田", "owner": desk.sato.agent}, by=desk.sato)
    assert "森田" not in text(sato.get("/crm/contacts/?category=open")) and "山田" in text(
        sato.get("/crm/contacts/?category=open")
    )
    mine = text(sato.get("/crm/contacts/", {"owner": desk.sato.agent.pk}))
    assert "森田" in mine and "山田" not in mine
    assert "年間契約" in text(sato.get("/crm/deals/?category=open")) and "年間契約" not in text(
        sato.get("/crm/deals/?category=won")
    )
    assert "年間契約" in text(sato.get("/crm/deals/", {"q": "みどり"}))


def test_nonsense_in_the_address_is_as_if_it_were_not_there(desk, sato, hanako):
    query = {"category": "maybe", "owner": "x", "sort": "salary", "after": "@@@", "q": "\x00"}
    assert "山田" in text(sato.get("/crm/contacts/", query))
    assert sato.get("/crm/people/999999999999/").status_code == 404 and sato.get("/crm/deals/99999/").status_code == 404


@pytest.mark.parametrize("sort", ["changed", "closing", "amount"])
def test_deals_are_paged_in_every_order_without_loss(desk, sato, hanako, sort, monkeypatch):
    now = timezone.now()
    rows = [
        CrmDeal(name=f"商談{n:03}", person=hanako, stage=stage("受注"), amount=None if n % 3 == 0 else n // 2, modified_at=now,
                closing_date=None if n % 4 == 0 else (now + timedelta(days=n // 5)).date())
        for n in range(120)
    ]  # fmt: skip
    CrmDeal.objects.bulk_create(rows)
    seen: list[str] = []
    path = f"/crm/deals/?sort={sort}"
    for _page in range(3):
        page = text(sato.get(path))
        seen += [line.split("<")[0] for line in page.split('/">')[1:] if line.startswith("商談")]
        path = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert sorted(seen) == [f"商談{n:03}" for n in range(120)]


def test_more_rows_take_no_more_statements(desk, sato, statements, hanako, deal, lead):
    open_one(desk)
    paths = (
        "/crm/leads/",
        "/crm/contacts/",
        "/crm/deals/",
        f"/crm/people/{hanako.pk}/",
        f"/contacts/{desk.yamada.pk}/",
    )
    few = {path: statements(sato, path) for path in paths}
    for n in range(30):
        crm.create_person("lead", {"last_name": f"客{n}"}, by=desk.sato)
        other = crm.create_person(
            "contact", {"last_name": f"客{n}", "email": "hanako@midori.example", "owner": desk.sato.agent}, by=desk.sato
        )
        crm.create_deal({"name": f"商談{n}", "person": other}, by=desk.sato)
        crm.create_deal({"name": f"別件{n}", "person": hanako}, by=desk.sato)
        open_one(desk, f"件{n}")
    assert {path: statements(sato, path) for path in paths} == few
    assert max(few.values()) <= 12, few


def test_a_person_shows_deals_history_and_the_help_desks_own_contacts(desk, sato, hanako, deal, ticket):
    open_one(desk, "経理の秘密", department=desk.billing, mailbox=None)
    crm.edit_person(hanako, {"title": "部長"}, by=desk.tanaka)
    page = text(sato.get(f"/crm/people/{hanako.pk}/"))
    for there in ("山田 花子", "みどり商事", "年間契約", "初回面談", "1,200,000", ticket.subject, f'href="/contacts/{desk.yamada.pk}/"',
                  "田中 美咲", "部長", "商談を追加しました"):  # fmt: skip
        assert there in page, there
    assert "経理の秘密" not in page


def test_a_contact_of_the_help_desk_leads_to_its_record(desk, sato, hanako, deal):
    page = text(sato.get(f"/contacts/{desk.yamada.pk}/deals"))
    assert f'href="/crm/people/{hanako.pk}/"' in page and "年間契約" in page
    other = text(sato.get(f"/contacts/{desk.takahashi.pk}/deals"))
    add = f"/crm/leads/new?contact={desk.takahashi.pk}"
    assert add in other
    form = text(sato.get(add))
    assert 'value="makoto@kita.example"' in form and 'value="高橋"' in form


def test_a_lead_is_added_changed_converted_and_deleted(desk, sato):
    form = {"last_name": "岡田", "first_name": "修", "email": "okada@x.example", "phone": "０４５−１１１−２２２２", "owner": desk.sato.agent.pk}  # fmt: skip
    response = sato.post("/crm/leads/new", form)
    lead = CrmPerson.objects.get()
    assert (response.status_code, response["Location"]) == (303, f"/crm/people/{lead.pk}/")
    assert (lead.kind, lead.phone_folded, lead.owner) == ("lead", "81451112222", desk.sato.agent)
    edit = f"/crm/people/{lead.pk}/details"
    assert 'value="okada@x.example"' in text(sato.get(edit))
    assert sato.post(edit, {**form, "title": "部長", "seen": lead.modified_at.isoformat()}).status_code == 303
    assert "連絡先に変換" in text(sato.get(f"/crm/people/{lead.pk}/"))
    assert sato.post(f"/crm/people/{lead.pk}/conversion").status_code == 303
    lead.refresh_from_db()
    assert (lead.kind, lead.title) == ("contact", "部長")
    assert "元に戻せません" in text(sato.get(f"/crm/people/{lead.pk}/?edit=delete"))
    assert sato.post(f"/crm/people/{lead.pk}/delete")["Location"] == "/crm/contacts/"
    assert CrmPerson.objects.count() == 0


def test_every_wrong_field_says_why_and_what_was_typed_stays(desk, sato):
    form = {"last_name": "", "email": "だめ", "phone": "なし", "title": "あ" * 300, "description": "書いた説明"}
    response = sato.post("/crm/contacts/new", form)
    page = text(response)
    assert (
        response.status_code == 422
        and CrmPerson.objects.count() == 0
        and "書いた説明" in page
        and 'value="だめ"' in page
    )
    for name in ("last_name", "email", "phone", "title"):
        assert f'id="f-{name}-error"' in page, name
    assert page.partition("<main")[2].partition("</main>")[0].count('role="alert"') == 4


def test_a_deal_begins_with_its_contact(desk, sato, hanako, lead):
    chooser = text(sato.get("/crm/deals/new"))
    assert f"/crm/deals/new?contact={hanako.pk}" in chooser and "高橋" not in chooser
    path = f"/crm/deals/new?contact={hanako.pk}"
    assert "山田 花子" in text(sato.get(path))
    response = sato.post(
        path,
        {
            "name": "年間契約",
            "amount": "￥１，２００，０００",
            "stage": stage("提案中").pk,
            "closing_date": "2026-12-31",
        },
    )
    deal = CrmDeal.objects.get()
    assert (response.status_code, response["Location"], str(deal.amount)) == (
        303,
        f"/crm/deals/{deal.pk}/",
        "1200000.00",
    )
    assert "1,200,000" in text(sato.get(f"/crm/deals/{deal.pk}/")) and 'value="1,200,000"' in text(
        sato.get(f"/crm/deals/{deal.pk}/details")
    )
    refused = sato.post(f"/crm/deals/new?contact={lead.pk}", {"name": "x", "stage": stage("提案中").pk})
    assert refused.status_code == 422 and "先に見込み客を連絡先に変換" in text(refused) and CrmDeal.objects.count() == 1


def test_a_deal_is_won_at_a_click(desk, sato, hanako, deal):
    path = f"/crm/deals/{deal.pk}/stage"
    back = f"/crm/people/{hanako.pk}/"
    response = sato.post(path, {"stage": stage("受注").pk, "seen": deal.stage_id, "next": back})
    assert (response.status_code, response["Location"]) == (303, back)
    assert CrmDeal.objects.get().stage == stage("受注") and Event.objects.filter(verb="deal.edited").count() == 1
    late = sato.post(path, {"stage": stage("失注").pk, "seen": deal.stage_id})
    assert late.status_code == 422 and "ほかの人" in text(late) and CrmDeal.objects.get().stage == stage("受注")
    assert sato.post(path, {"stage": "x"}).status_code == 422
    assert (
        sato.post(path, {"stage": stage("失注").pk, "next": "https://evil.example/"})["Location"]
        == f"/crm/deals/{deal.pk}/"
    )


def test_somebody_elses_change_is_shown_and_may_be_replaced(desk, sato, hanako):
    seen = hanako.modified_at.isoformat()
    crm.edit_person(hanako, {"title": "部長"}, by=desk.tanaka)
    form = {"last_name": "山田", "first_name": "花子", "email": hanako.email, "phone": hanako.phone, "account_name": "みどり商事",
            "owner": desk.tanaka.agent.pk, "title": "課長", "seen": seen}  # fmt: skip
    path = f"/crm/people/{hanako.pk}/details"
    response = sato.post(path, form)
    page = text(response)
    assert response.status_code == 422 and "部長" in page and 'value="課長"' in page
    again = page.partition('name="seen" value="')[2].partition('"')[0]
    assert sato.post(path, {**form, "seen": again}).status_code == 303
    assert CrmPerson.objects.get().title == "課長"


def test_a_refused_field_does_not_hide_somebody_elses_change(desk, sato, hanako):
    seen = hanako.modified_at.isoformat()
    form = {"last_name": "山田", "email": "だめ", "seen": seen}
    path = f"/crm/people/{hanako.pk}/details"
    crm.edit_person(hanako, {"title": "部長"}, by=desk.tanaka)
    page = text(sato.post(path, form))
    assert f'name="seen" value="{seen}"' in page


def test_light_agents_look_and_change_nothing(desk, sign_in, hanako, lead, deal):
    light = sign_in(desk.light)
    for path in (
        f"/crm/people/{hanako.pk}/",
        f"/crm/people/{lead.pk}/",
        f"/crm/deals/{deal.pk}/",
        "/crm/deals/",
        "/crm/leads/",
    ):
        page = text(light.get(path)).partition("<main")[2].partition("</main>")[0]
        assert 'popovertarget="stage-' not in page and '/details"' not in page and "/new" not in page, path
    for path in (
        f"/crm/people/{hanako.pk}/details",
        "/crm/leads/new",
        f"/crm/deals/{deal.pk}/details",
        "/crm/deals/new",
    ):
        assert light.get(path).status_code == 403, path
    for path in (
        f"/crm/people/{hanako.pk}/delete",
        f"/crm/people/{lead.pk}/conversion",
        f"/crm/deals/{deal.pk}/delete",
    ):
        assert light.post(path).status_code == 403, path
    assert light.post(f"/crm/deals/{deal.pk}/stage", {"stage": stage("受注").pk}).status_code == 403
    assert CrmDeal.objects.get().stage == stage("初回面談")


def test_an_owner_who_left_stays_in_the_form(desk, sato, hanako):
    Agent.objects.filter(pk=desk.tanaka.agent.pk).update(is_active=False)
    page = text(sato.get(f"/crm/people/{hanako.pk}/details"))
    assert f'<option value="{desk.tanaka.agent.pk}" selected>田中 美咲' in page


def test_stages_are_set_up_by_administrators(desk, sign_in, deal):
    admin = sign_in(desk.admin)
    page = text(admin.get("/settings/crm/stages"))
    assert "初回面談 / First meeting" in page and "商談あり" in page
    admin.post("/settings/crm/stages/new", {"name": "Pilot", "name_ja": "試用中", "category": "open"})
    pilot = stage("試用中")
    refused = admin.post(f"/settings/crm/stages/{stage('受注').pk}/off")
    assert refused.status_code == 422 and "少なくとも 1 つ" in text(refused)
    assert admin.post("/settings/crm/stages/new", {"name": "won", "name_ja": "x", "category": "won"}).status_code == 422
    assert admin.post(f"/settings/crm/stages/{deal.stage_id}/delete").status_code == 422
    assert admin.post(f"/settings/crm/stages/{pilot.pk}/delete").status_code == 303
    assert (
        admin.post(
            f"/settings/crm/stages/{stage('提案中').pk}", {"name": "Offer", "name_ja": "ご提案", "category": "open"}
        ).status_code
        == 303
    )
    assert stage("ご提案").name == "Offer" and CrmStage.objects.count() == 6
    assert admin.post(f"/settings/crm/stages/{deal.stage_id}/burn").status_code == 404


def test_a_contact_with_many_records_shows_contacts_before_leads(desk, sato, lead):
    crm.create_person("contact", {"last_name": "連絡", "email": "makoto@kita.example"}, by=desk.sato)
    page = text(sato.get(f"/contacts/{desk.takahashi.pk}/deals"))
    assert 0 < page.index("連絡</a>") < page.index(f"/crm/people/{lead.pk}/")


@pytest.mark.parametrize("what", ["leads", "contacts", "deals"])
def test_the_lists_lead_to_import_and_export(desk, sato, sign_in, hanako, what):
    page = text(sato.get(f"/crm/{what}/"))
    assert f'href="/crm/import?what={what}"' in page and f'href="/crm/export/{what}.csv"' in page
    assert sato.get(f"/crm/import?what={what}").status_code == sato.get(f"/crm/export/{what}.csv").status_code == 200
    assert "/crm/import" not in text(sign_in(desk.light).get(f"/crm/{what}/"))
