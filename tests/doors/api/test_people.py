"""Contacts, accounts, agents, departments and what else there is to look up."""

from madoguchi.models import Account, Contact, CustomField, Department, Product, Team
from tests.doors.api import shapes
from tests.doors.api.conftest import told


def test_contact_rows_and_the_full_contact(sato, cast):
    rows = sato.get("/contacts").json()["data"]
    assert [row["lastName"] for row in rows] == ["高橋", "山田"]
    assert set(rows[0]) == shapes.CONTACT
    full = sato.get(f"/contacts/{cast.yamada.pk}", include="accounts").json()
    assert set(full) == shapes.CONTACT_FULL | {"account"}
    assert full["accountCount"] == "1" and full["account"]["accountName"] == "株式会社みどり商事"


def test_create_and_change_a_contact(sato, cast):
    body = {"lastName": "新井", "email": "arai@x.example", "mobile": "090-1", "accountId": str(cast.midori.pk)}
    made = sato.post("/contacts", body)
    assert made.status_code == 200 and set(made.json()) == shapes.CONTACT_FULL
    path = f"/contacts/{made.json()['id']}"
    changed = sato.patch(path, {"secondaryEmail": "arai2@x.example", "phone": "03-1", "title": "課長"}).json()
    assert (changed["email"], changed["secondaryEmail"]) == ("arai@x.example", "arai2@x.example")
    assert (changed["phone"], changed["mobile"], changed["title"]) == ("03-1", "090-1", "課長")
    assert told(sato.patch(path, {"lastName": ""}))[2] == [("/lastName", "missing")]
    assert told(sato.patch(path, {"email": "hanako@midori.example"}))[2] == [("/email", "duplicate")]
    assert told(sato.post("/contacts", {"firstName": "x"}))[2] == [("/lastName", "missing")]
    assert told(sato.patch(path, {"cf": {"cf_x": 1}}))[2] == [("/cf", "invalid")]
    assert sato.get(path).json() == changed


def test_light_agents_change_no_customers(caller, cast):
    light = caller(cast.light)
    assert light.get("/contacts").status_code == 200
    for answer in (
        light.post("/contacts", {"lastName": "x"}),
        light.post("/contacts/moveToTrash", {"contactIds": [cast.takahashi.pk]}),
        light.patch(f"/accounts/{cast.midori.pk}", {"accountName": "x"}),
        light.post("/accounts/moveToTrash", {"accountIds": [cast.midori.pk]}),
    ):
        assert told(answer)[:2] == (403, "FORBIDDEN")
    assert Contact.objects.filter(trashed_at=None).count() == 2 and Account.objects.get().trashed_at is None


def test_contact_search_paging_and_lookups(sato, cast):
    found = sato.get("/contacts/search", email="Makoto@kita.example").json()
    assert found["count"] == 1 and found["data"][0]["id"] == str(cast.takahashi.pk)
    assert sato.get("/contacts/search", fullName="山田 花").json()["count"] == 1
    assert sato.get("/contacts/search", lastName="いない").status_code == 204
    assert [r["lastName"] for r in sato.get("/contacts", **{"from": 1}).json()["data"]] == ["山田"]
    assert sato.get("/contacts/count").json() == {"count": "2"}
    assert len(sato.get("/contacts/contactsByIds", ids=f"{cast.yamada.pk},{cast.takahashi.pk}").json()["data"]) == 2
    assert sato.get(f"/contacts/{cast.yamada.pk}/accounts").json()["data"][0]["id"] == str(cast.midori.pk)
    assert sato.get(f"/contacts/{cast.takahashi.pk}/accounts").status_code == 204


def test_accounts_are_paged_from_1(sato, cast):
    row = sato.get("/accounts").json()["data"][0]
    assert set(row) == shapes.ACCOUNT
    new = sato.post("/accounts", {"accountName": "北商店", "industry": "小売", "annualrevenue": "100"}).json()
    assert new["industry"] == "小売" and set(new) >= shapes.ACCOUNT
    ids = [sato.get("/accounts", **{"from": n, "limit": 1}).json()["data"][0]["id"] for n in (0, 1, 2)]
    assert ids == [new["id"], new["id"], row["id"]]
    assert sato.patch(f"/accounts/{new['id']}", {"accountName": "北商会"}).json()["accountName"] == "北商会"
    assert told(sato.patch(f"/accounts/{new['id']}", {"accountName": " "}))[2] == [("/accountName", "missing")]
    assert told(sato.post("/accounts", {"accountName": 5}))[2] == [("/accountName", "invalid")]
    contacts = sato.get(f"/accounts/{cast.midori.pk}/contacts").json()["data"]
    assert [c["id"] for c in contacts] == [str(cast.yamada.pk)]
    assert sato.get(f"/accounts/{cast.midori.pk}/tickets").status_code == 204


def test_contacts_cost_the_same_for_2_and_for_30(sato, cast, django_assert_max_num_queries):
    sato.get("/myinfo")
    with django_assert_max_num_queries(6) as few:
        sato.get("/contacts?limit=50")
    for n in range(28):
        sato.post("/contacts", {"lastName": f"客{n}", "email": f"k{n}@x.example", "phone": f"03-{n}"})
    with django_assert_max_num_queries(6) as many:
        assert len(sato.get("/contacts?limit=50").json()["data"]) == 30
    assert len(few) == len(many)


def test_agents(sato, cast):
    rows = sato.get("/agents").json()["data"]
    assert len(rows) == 6 and set(rows[0]) == shapes.AGENT
    assert [r["id"] for r in sato.get("/agents", searchStr="suzuki@demo.example").json()["data"]] == [
        str(cast.suzuki.agent.pk)
    ]
    assert sato.get("/agents", searchStr="鈴木").json()["data"][0]["associatedDepartmentIds"] == [str(cast.billing.pk)]
    assert sato.get("/agents", **{"from": 1, "limit": 1}).json()["data"] == rows[:1]
    assert sato.get("/agents/count").json() == {"count": "6"}
    assert len(sato.get("/agentsByIds", agentIds=f"{cast.sato.agent.pk},{cast.ito.agent.pk}").json()["data"]) == 2
    assert sato.get(f"/agents/{cast.ito.agent.pk}", include="role").json()["role"]["name"] == "Agent"
    assert sato.get("/agents", departmentIds=str(cast.billing.pk)).status_code == 404


def test_departments_one_works_in(sato, admin, cast):
    rows = sato.get("/departments").json()["data"]
    assert [row["name"] for row in rows] == ["サポート"] and set(rows[0]) == shapes.DEPARTMENT
    assert sato.get(f"/departments/{cast.billing.pk}").status_code == 404
    assert len(admin.get("/departments").json()["data"]) == 3
    full = sato.get(f"/departments/{cast.support.pk}").json()
    assert set(full) == shapes.DEPARTMENT | {"associatedAgentIds"}
    members = sato.get(f"/departments/{cast.support.pk}/agents").json()["data"]
    assert {m["emailId"] for m in members} == {"sato@demo.example", "tanaka@demo.example", "light@demo.example"}


def test_administrators_make_departments(sato, admin, cast):
    made = admin.post("/departments", {"name": "法務", "associatedAgentIds": [cast.sato.agent.pk]}).json()
    assert made["associatedAgentIds"] == [str(cast.sato.agent.pk)]
    body = {"departmentId": made["id"], "contactId": cast.yamada.pk, "subject": "契約"}
    assert sato.post("/tickets", body).status_code == 200
    path = f"/departments/{made['id']}"
    assert admin.patch(path, {"description": "契約"}).json()["description"] == "契約"
    assert told(sato.patch(path, {"description": "x"}))[:2] == (403, "FORBIDDEN")
    assert told(admin.post("/departments", {"name": "法務"}))[2] == [("/name", "duplicate")]
    assert told(admin.post(f"{path}/disable"))[:2] == (422, "UNPROCESSABLE_ENTITY")
    assert Department.objects.count() == 4


def test_products(admin, sato, cast):
    body = {"productName": "ポット", "productCode": "P-1", "departmentIds": [cast.support.pk], "unitPrice": "100.50"}
    made = admin.post("/products", body)
    assert made.status_code == 200, made.content
    pk = made.json()["id"]
    row = sato.get("/products").json()["data"][0]
    assert (
        set(row) == {"id", "productName", "productCode", "unitPrice", "departmentIds"} and row["unitPrice"] == "100.50"
    )
    assert admin.patch(f"/products/{pk}", {"unitPrice": 120}).json()["unitPrice"] == "120.00"
    ticket = {"departmentId": cast.support.pk, "contactId": cast.yamada.pk, "subject": "x", "productId": pk}
    assert sato.post("/tickets", ticket).json()["productId"] == pk
    assert sato.get(f"/products/{pk}/tickets").status_code == 200
    assert told(sato.patch(f"/products/{pk}", {"productName": "x"}))[:2] == (403, "FORBIDDEN")
    assert admin.post("/products/moveToTrash", {"productIds": [pk]}).status_code == 204
    assert sato.get(f"/products/{pk}").status_code == 404 and Product.objects.count() == 1


def test_teams_and_members(sato, caller, cast):
    team = Team.objects.create(department=cast.support, name="一次")
    team.agents.add(cast.sato.agent)
    assert sato.get("/teams").json()["teams"][0]["agents"] == [str(cast.sato.agent.pk)]
    assert sato.get(f"/teams/{team.pk}/members").json()["members"][0]["emailId"] == "sato@demo.example"
    assert sato.get(f"/departments/{cast.support.pk}/teams").json() == sato.get("/teams").json()
    assert caller(cast.suzuki).get("/teams").json() == {"teams": []}
    assert caller(cast.suzuki).get(f"/teams/{team.pk}").status_code == 404


def test_lookups(sato, cast):
    assert [r["name"] for r in sato.get("/roles", searchStr="A*").json()["data"]] == ["Administrator", "Agent"]
    assert sato.get("/organizations").json()["data"][0]["companyName"] == "窓口テスト"
    assert sato.get("/organizations/1").json()["id"] == 1 and sato.get("/organizations/2").status_code == 404
    addresses = sato.get("/supportEmailAddress", departmentId=cast.support.pk).json()["data"]
    assert [a["address"] for a in addresses] == ["support@demo.example"]
    assert sato.get("/mailReplyAddress", departmentId="allDepartment").json()["data"] == addresses
    assert sato.get("/mailReplyAddress", departmentId=cast.billing.pk).status_code == 404
    statuses = sato.get("/ticketStatuses", departmentId=cast.support.pk).json()["data"]
    assert [s["name"] for s in statuses] == ["Open", "In Progress", "Escalated", "On Hold", "Closed"]
    CustomField.objects.create(department=cast.support, api_name="cf_a", label="色", kind="choice", choices=["赤"])
    fields = {f["apiName"]: f for f in sato.get("/fields", module="tickets").json()["data"]}
    assert fields["cf_a"]["allowedValues"] == [{"value": "赤", "displayLabel": "赤"}]
    assert fields["departmentId"]["isMandatory"] is True
