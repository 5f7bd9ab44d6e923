"""Files into the built-in CRM and out of it, by the pages and the API."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from madoguchi import crm
from madoguchi.crm import importing
from madoguchi.models import CrmImport, CrmPerson
from madoguchi.organisation import crm as connection
from madoguchi.people.tokens import make_token

RIGHT = "姓,メールアドレス\r\n髙橋,m@kita.example\r\n山田,h@midori.example\r\n"
WRONG = "姓,メールアドレス\r\n髙橋,m@kita.example\r\n,nothing\r\n"


@pytest.fixture
def desk(cast):
    connection.connect_builtin(by=cast.admin)
    return cast


@pytest.fixture
def sato(desk) -> Client:
    client = Client()
    client.force_login(desk.sato.agent)
    return client


def chosen(client: Client, text: str, what: str = "leads"):
    return client.post(
        reverse("crm_import"), {"what": what, "file": SimpleUploadedFile("名簿.csv", text.encode("cp932"))}
    )


def test_from_the_file_to_the_result(sato):
    answer = chosen(sato, RIGHT)
    assert answer.status_code == 303
    address = answer["Location"]
    shown = sato.get(address).content.decode()
    assert (
        "名簿.csv" in shown
        and "髙橋 / 山田" in shown
        and "すべての行に問題はありません" in shown
        and "2件を追加" in shown
    )
    file = CrmImport.objects.get()
    assert sato.post(reverse("crm_import_start", args=[file.pk])).status_code == 303
    assert "hx-trigger" in sato.get(address).content.decode() and not CrmPerson.objects.exists()
    importing.run(file.pk)
    shown = sato.get(address).content.decode()
    assert "2件を追加しました" in shown and "hx-trigger" not in shown
    assert "名簿.csv" in sato.get(reverse("crm_import")).content.decode()


def test_faults_are_shown_by_row_and_nothing_starts(sato):
    address = chosen(sato, WRONG)["Location"]
    file = CrmImport.objects.get()
    shown = sato.get(address).content.decode()
    assert (
        "2件の誤りがあります" in shown
        and "nothing" in shown
        and reverse("crm_import_start", args=[file.pk]) not in shown
    )
    refused = sato.post(reverse("crm_import_start", args=[file.pk]))
    assert refused.status_code == 422 and "誤りのある行" in refused.content.decode()
    mended = sato.post(reverse("crm_import_columns", args=[file.pk]), {"last_name": "1", "email": ""})
    assert mended.status_code == 303 and "すべての行に問題はありません" in sato.get(address).content.decode()
    twice = sato.post(reverse("crm_import_columns", args=[file.pk]), {"last_name": "0", "email": "0"})
    assert twice.status_code == 422 and "すでに別の項目" in twice.content.decode()
    odd = sato.post(reverse("crm_import_columns", args=[file.pk]), {"last_name": "99", "email": "x"})
    assert odd.status_code == 422
    gone = sato.post(reverse("crm_import_give_up", args=[file.pk]))
    assert gone.status_code == 303 and not CrmImport.objects.exists()
    assert sato.get(address).status_code == 404


@pytest.mark.parametrize("file", [None, b"", b"\x00\x01\x02", b"x" * (importing.MOST_BYTES + 1)])
def test_what_is_no_file_is_told_at_the_field(sato, file):
    body = {"what": "leads"} | ({} if file is None else {"file": SimpleUploadedFile("x.csv", file)})
    answer = sato.post(reverse("crm_import"), body)
    assert answer.status_code == 422 and 'aria-invalid="true"' in answer.content.decode()


def test_a_file_that_is_kept_no_longer(sato):
    address = chosen(sato, RIGHT)["Location"]
    CrmImport.objects.update(created_at="2026-01-01T00:00:00Z")
    importing.forget_old()
    assert "保管期間" in sato.get(address).content.decode()
    assert sato.post(f"{address}start").status_code == 422
    assert sato.post(f"{address}columns", {"last_name": "0"}).status_code == 422


def test_export_and_template(desk, sato):
    crm.create_person("lead", {"last_name": "=髙橋", "email": "m@kita.example"}, by=desk.sato)
    answer = sato.get(reverse("crm_export", args=["leads"]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "attachment" in answer["Content-Disposition"] and text.splitlines()[1].startswith('"\'=髙橋"')
    assert sato.get(reverse("crm_import_template", args=["deals"])).content.decode("utf-8-sig").startswith('"商談名"')
    for name in ("crm_export", "crm_import_template"):
        assert sato.get(reverse(name, args=["agents"])).status_code == 404


def test_light_agents_neither_import_nor_export(desk, sato):
    address = chosen(sato, RIGHT)["Location"]
    light = Client()
    light.force_login(desk.light.agent)
    for page in (reverse("crm_import"), address, reverse("crm_export", args=["leads"])):
        assert light.get(page).status_code == 403, page
    for page in (reverse("crm_import"), f"{address}start", f"{address}columns", f"{address}give-up"):
        assert light.post(page).status_code == 403, page
    assert CrmImport.objects.get().state == "mapping"


def test_by_the_api(desk):
    client = Client(headers={"Authorization": f"Zoho-oauthtoken {make_token(desk.sato.agent, by=desk.sato)[1]}"})

    def post(text: str, **query: str):
        at = "/api/v1/crm/import?" + "&".join(f"{k}={v}" for k, v in query.items())
        answer = client.post(at, {"file": SimpleUploadedFile("x.csv", text.encode())})
        return answer.status_code, json.loads(answer.content)

    status, checked = post(RIGHT, module="contacts", dryRun="true")
    assert (status, checked["state"], checked["added"], checked["id"]) == (200, "checked", 2, None)
    assert not CrmImport.objects.exists()
    status, faulty = post(WRONG, module="contacts")
    assert status == 422 and {row["fieldName"] for row in faulty["errors"]} == {"/rows/3/lastName", "/rows/3/email"}
    assert not CrmImport.objects.exists()
    status, waiting = post(RIGHT, module="contacts")
    assert (status, waiting["state"], waiting["rows"]) == (200, "waiting", 2)
    importing.run(int(waiting["id"]))
    done = json.loads(client.get(f"/api/v1/crm/import/{waiting['id']}").content)
    assert (done["state"], done["added"], done["done"]) == ("done", 2, 2)
    assert CrmPerson.objects.filter(kind="contact").count() == 2
    assert post(RIGHT, module="agents")[0] == 422
    assert client.get("/api/v1/crm/import/999999").status_code == 404


def test_the_page_costs_the_same_for_few_rows_and_many(desk, sato, django_assert_num_queries):
    from django.db import connection as database
    from django.test.utils import CaptureQueriesContext

    counts = []
    for n in (2, 2_000):
        text = "姓,メールアドレス\r\n" + "".join(f"名{i},p{i}@kita.example\r\n" for i in range(n))
        address = chosen(sato, text)["Location"]
        with CaptureQueriesContext(
            database,
        ) as asked:
            assert sato.get(address).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 12
