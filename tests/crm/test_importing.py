"""CSV into the built-in CRM and out of it."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi import crm
from madoguchi.crm import exporting, importing
from madoguchi.crm.import_plan import columns_of, plan
from madoguchi.errors import Denied, Refused
from madoguchi.kit import tables
from madoguchi.models import CrmDeal, CrmImport, CrmPerson, Event, Lookup
from madoguchi.organisation import crm as connection

PEOPLE = "姓,名,会社名,メールアドレス,電話番号,担当者\r\n"
DEALS = "商談名,メールアドレス,電話番号,ステージ,金額,完了予定日\r\n"


@pytest.fixture
def on(cast):
    connection.connect_builtin(by=cast.admin)
    return cast


def upload(cast, text: str, what: str = "contacts") -> CrmImport:
    return importing.upload_file(what, "名簿.csv", text.encode("cp932"), by=cast.sato)


def imported(cast, text: str, what: str = "contacts") -> CrmImport:
    file = importing.start_import(upload(cast, text, what), by=cast.sato)
    importing.run(file.pk)
    file.refresh_from_db()
    return file


def faults(cast, text: str, what: str = "contacts") -> list[tuple[int, str]]:
    file = upload(cast, text, what)
    found = [(fault.row, fault.column) for fault in plan(file).faults]
    with pytest.raises(Refused) as refusal:
        importing.start_import(file, by=cast.sato)
    assert refusal.value.code == "FAULTY"
    importing.run(file.pk)  # not started: nothing
    assert not CrmPerson.objects.exclude(last_name="居た").exists() and not CrmDeal.objects.exists()
    return found


def test_columns_are_guessed_in_both_languages(on):
    file = upload(on, PEOPLE + "髙橋,誠,北浜,m@kita.example,06-1234-5678,sato@demo.example\r\n")
    assert file.encoding == "cp932" and file.rows == 1
    assert file.mapping == {"last_name": 0, "first_name": 1, "account_name": 2, "email": 3, "phone": 4, "owner": 5}
    english = importing.upload_file(
        "deals", "d.csv", b"Deal Name;Amount;Stage;Closing Date;Contact E-mail\n1;2;3;4;5\n", by=on.sato
    )
    assert english.mapping == {"name": 0, "amount": 1, "stage": 2, "closing_date": 3, "email": 4}


def test_all_are_added_told_once_and_their_contacts_looked_up(on):
    Lookup.objects.all().delete()
    file = imported(
        on,
        PEOPLE
        + f"山田,太郎,みどり商事,{on.yamada.email.upper()},,sato@demo.example\r\n"
        + "無名,,,,+81 90-1111-2222,\r\n",
    )
    assert (file.state, file.added, file.changed, file.done, bytes(file.data)) == ("done", 2, 0, 2, b"")
    yamada = CrmPerson.objects.get(last_name="山田")
    assert (yamada.kind, yamada.email_folded, yamada.owner) == ("contact", on.yamada.email.casefold(), on.sato.agent)
    assert CrmPerson.objects.get(last_name="無名").phone_folded == "819011112222"
    assert Event.objects.filter(verb="crm.imported").count() == 1
    assert Event.objects.get(verb="crm.imported").after == {
        "what": "contacts",
        "file": "名簿.csv",
        "added": 2,
        "changed": 0,
    }
    assert list(Lookup.objects.values_list("contact", flat=True)) == [on.yamada.pk]


def test_who_is_there_is_brought_up_to_date_and_empty_cells_change_nothing(on):
    there = crm.create_person(
        "contact", {"last_name": "居た", "email": "a@kita.example", "title": "部長", "phone": "0612345678"}, by=on.sato
    )
    lead = crm.create_person("lead", {"last_name": "居た", "email": "a@kita.example"}, by=on.sato)
    file = imported(on, PEOPLE + "髙橋,,,A@KITA.example,,\r\n")
    assert (file.state, file.added, file.changed) == ("done", 0, 1), file.errors
    there.refresh_from_db()
    lead.refresh_from_db()
    assert (there.last_name, there.title, there.phone) == ("髙橋", "部長", "0612345678")
    assert lead.last_name == "居た"
    assert imported(on, PEOPLE + "番号,,,,+81 6-1234-5678,\r\n").changed == 1
    there.refresh_from_db()
    assert (there.last_name, there.email) == ("番号", "A@KITA.example")


def test_one_person_by_address_and_by_number_is_one_row_too_many(on):
    crm.create_person("contact", {"last_name": "居た", "email": "a@kita.example", "phone": "0612345678"}, by=on.sato)
    assert faults(on, PEOPLE + "甲,,,a@kita.example,,\r\n乙,,,,06-1234-5678,\r\n") == [(3, "phone")]


def test_every_fault_is_told_with_its_row_and_nothing_is_imported(on):
    found = faults(
        on,
        PEOPLE
        + "正,しい,,ok@kita.example,,\r\n"
        + ",名だけ,,not an address,,\r\n"
        + "\r\n"
        + "長" * 121
        + ",,,,電話,\r\n"
        + "同,,,OK@kita.example,,\r\n"
        + "主,,,,,nobody@demo.example\r\n"
        + "余,,,,,,余り\r\n",
    )
    assert sorted(found) == [
        (3, "email"),
        (3, "last_name"),
        (5, "last_name"),
        (5, "phone"),
        (6, "email"),
        (7, "owner"),
        (8, ""),
    ]


def test_deals_belong_to_a_contact_by_address_or_number(on):
    person = crm.create_person(
        "contact", {"last_name": "居た", "email": "a@kita.example", "mobile": "090-1234-5678"}, by=on.sato
    )
    file = imported(
        on,
        DEALS
        + '保守,A@kita.example,,受注,"１，２００，０００",2026/12/31\r\n'
        + "増設,,+81 90 1234 5678,proposal,￥300000.50,\r\n".replace("proposal", "提案中")
        + "無段階,a@kita.example,,,,\r\n",
        "deals",
    )
    assert file.state == "done", file.errors
    rows = {deal.name: deal for deal in CrmDeal.objects.select_related("stage")}
    assert {deal.person_id for deal in rows.values()} == {person.pk}
    assert (rows["保守"].amount, rows["保守"].stage.category) == (Decimal("1200000.00"), "won")
    assert rows["増設"].amount == Decimal("300000.50") and rows["無段階"].stage.category == "open"
    again = imported(on, DEALS + "保守,a@kita.example,,失注,,\r\n", "deals")
    assert (again.added, again.changed) == (0, 1)
    rows["保守"].refresh_from_db()
    assert rows["保守"].stage.category == "lost" and rows["保守"].amount == Decimal("1200000.00")


def test_faults_of_deals(on):
    crm.create_person("contact", {"last_name": "居た", "email": "a@kita.example"}, by=on.sato)
    crm.create_person("lead", {"last_name": "居た", "email": "lead@kita.example"}, by=on.sato)
    found = faults(
        on,
        DEALS
        + "甲,a@kita.example,,どこか,,\r\n"
        + "乙,lead@kita.example,,,,\r\n"
        + "丙,,,,,\r\n"
        + "丁,a@kita.example,,,-1,2026-02-30\r\n"
        + "戊,a@kita.example,,,,\r\n"
        + "戊,a@kita.example,,,,\r\n",
        "deals",
    )
    assert sorted(found) == [(2, "stage"), (3, "email"), (4, "email"), (5, "amount"), (5, "closing_date"), (7, "name")]


def test_what_the_file_needs(on):
    file = upload(on, "メール\r\na@kita.example\r\n")
    assert [fault.column for fault in plan(file).faults] == ["last_name"]
    importing.set_columns(file, {"last_name": 0}, by=on.sato)
    file.refresh_from_db()
    assert plan(file).faults == []
    for wrong in ({"last_name": 0, "email": 0}, {"last_name": 1}, {"last_name": -1}, {"password": 0}):
        with pytest.raises(Refused) as refusal:
            importing.set_columns(file, wrong, by=on.sato)
        assert refusal.value.code == ("TWICE" if "email" in wrong else "NOT_A_CHOICE")
    deals = upload(on, "商談名\r\n甲\r\n", "deals")
    assert [fault.column for fault in plan(deals).faults] == ["email"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "EMPTY"),
        ("姓\r\n".encode(), "EMPTY"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe\x00", "ENCODING"),
        ('姓\r\n"x'.encode(), "BROKEN"),
        (b"x" * (importing.MOST_BYTES + 1), "TOO_LARGE"),
    ],
)
def test_files_that_are_no_tables(on, data, code):
    with pytest.raises(Refused) as refusal:
        importing.upload_file("leads", "x.csv", data, by=on.sato)
    assert (refusal.value.code, refusal.value.field) == (code, "file")
    assert not CrmImport.objects.exists()


def test_rights_and_switched_off(on):
    with pytest.raises(Denied):
        importing.upload_file("leads", "x.csv", "姓\n山".encode(), by=on.light)
    with pytest.raises(Denied):
        exporting.export("leads", by=on.light)
    file = importing.start_import(upload(on, PEOPLE + "山,,,,,\r\n"), by=on.sato)
    connection.disconnect(by=on.admin)
    importing.run(file.pk)
    file.refresh_from_db()
    assert file.state == "failed" and not CrmPerson.objects.exists() and file.errors[0]["text"]
    with pytest.raises(Refused) as refusal:
        upload(on, PEOPLE + "山,,,,,\r\n")
    assert refusal.value.code == "CRM_OFF"


def test_a_file_is_started_once_and_runs_once(on):
    file = upload(on, PEOPLE + "山,,,y@kita.example,,\r\n")
    importing.start_import(file, by=on.sato)
    for again in (importing.start_import, importing.give_up):
        with pytest.raises(Refused) as refusal:
            again(file, by=on.tanaka)
        assert refusal.value.code == "STARTED"
    importing.run(file.pk)
    importing.run(file.pk)
    assert CrmPerson.objects.count() == 1 and Event.objects.filter(verb="crm.imported").count() == 1


def test_what_changed_meanwhile_is_looked_at_again(on):
    """Right when it was confirmed, wrong when its turn came: nothing of it."""
    person = crm.create_person("contact", {"last_name": "居た", "email": "a@kita.example"}, by=on.sato)
    file = importing.start_import(upload(on, DEALS + "甲,a@kita.example,,,,\r\n", "deals"), by=on.sato)
    crm.delete_person(person, by=on.sato)
    importing.run(file.pk)
    file.refresh_from_db()
    assert (file.state, file.done) == ("failed", 0)
    assert (
        file.errors == [{"row": 2, "field": "email", "text": file.errors[0]["text"]}]
        and "a@kita" in file.errors[0]["text"]
    )


def test_old_files_are_emptied_not_those_that_wait(on):
    kept, gone = upload(on, PEOPLE + "山,,,,,\r\n"), upload(on, PEOPLE + "川,,,,,\r\n")
    importing.start_import(kept, by=on.sato)
    CrmImport.objects.update(created_at="2026-01-01T00:00:00Z")
    importing.forget_old()
    kept.refresh_from_db()
    gone.refresh_from_db()
    assert bytes(kept.data) and not bytes(gone.data)


TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)


@settings(max_examples=25, deadline=None)
@given(names=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
def test_what_is_exported_is_imported_as_the_same(names):
    from django.db import transaction

    from tests.recalling import recall

    with transaction.atomic():
        cast = recall()
        connection.connect_builtin(by=cast.admin)
        for n, (last, company) in enumerate(names):
            values = {
                "last_name": f"名{last}",
                "account_name": company,
                "email": f"p{n}@kita.example",
                "phone": "+81 3-1234-567" + str(n),
            }
            crm.create_person("lead", values, by=cast.sato)
        before = list(CrmPerson.objects.order_by("pk").values_list("last_name", "account_name", "phone"))
        data = b"".join(exporting.export("leads", by=cast.sato))
        file = importing.upload_file("leads", "x.csv", data, by=cast.sato)
        found = plan(file)
        assert (found.faults, found.added, found.changed, found.same) == ([], [], [], len(names))
        CrmPerson.objects.all().delete()
        importing.run(importing.start_import(file, by=cast.sato).pk)
        assert list(CrmPerson.objects.order_by("pk").values_list("last_name", "account_name", "phone")) == before
        transaction.set_rollback(True)


def test_an_export_holds_deals_with_their_contacts(on):
    person = crm.create_person("contact", {"last_name": "居た", "email": "a@kita.example"}, by=on.sato)
    crm.create_deal({"name": "=1+1", "person": person, "amount": "1200"}, by=on.sato)
    table = tables.read(b"".join(exporting.export("deals", by=on.sato)), most_rows=10)
    assert columns_of is not None and table.rows[0][:2] == ("=1+1", "a@kita.example") and "1200.00" in table.rows[0]
