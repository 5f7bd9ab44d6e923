"""GET /board: a department's tickets in the columns of a work mode (API "Ours", SPEC C)."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from madoguchi import record, tickets
from madoguchi.board import samples
from madoguchi.models import Classification, Contact, CrmClass, Department, Permission, Ticket
from madoguchi.organisation import crm
from madoguchi.tickets import Wish
from tests.cast import open_one
from tests.doors.api.conftest import told

CARD = set(
    """id ticketNumber subject status statusType channel priority createdTime dueDate isOverDue waitingSince contactId contact
    accountId accountName assigneeId assigneeName webUrl""".split()
)


@pytest.fixture
def connected(cast):
    crm.connect_builtin(by=cast.admin)
    return cast


def classify(contact, crm_class, module="contacts"):
    Contact.objects.filter(pk=contact.pk).update(crm_class=crm_class)
    Ticket.objects.filter(contact=contact).update(crm_class=crm_class)
    Classification.objects.update_or_create(
        contact=contact, defaults={"source": "builtin", "module": module, "record": "41"}
    )


def columns(answer):
    assert answer.status_code == 200, answer.content
    return {each["key"]: [card["subject"] for card in each["cards"]] for each in answer.json()["columns"]}


def test_the_crm_columns_in_their_order_with_counts_and_cards(connected, sato):
    cast = connected
    due = record.now() + timedelta(hours=3)
    mine = tickets.assign(open_one(cast, "山田様", more={"due_at": due, "priority": "High"}), cast.sato.agent, by=cast.sato)  # fmt: skip
    open_one(cast, "高橋様", contact=cast.takahashi)
    classify(cast.yamada, CrmClass.CUSTOMER)
    answer = sato.get("/board", mode="crm", departmentId=cast.support.pk)
    body = answer.json()
    assert [(each["key"], each["label"], each["count"], each["after"]) for each in body["columns"]] == [
        ("customers", "顧客", 1, None),
        ("unmapped", "新規", 1, None),
    ]
    [card] = body["columns"][0]["cards"]
    assert card.keys() == CARD
    assert (card["id"], card["ticketNumber"], card["subject"]) == (str(mine.pk), str(mine.number), "山田様")
    assert (card["status"], card["priority"], card["isOverDue"]) == ("Open", "High", False)
    assert card["dueDate"].startswith(due.strftime("%Y-%m-%dT")) and card["dueDate"].endswith("Z")
    assert card["contact"] == {
        "id": str(cast.yamada.pk), "lastName": "山田 花子" if not cast.yamada.first_name else cast.yamada.last_name,
        "firstName": cast.yamada.first_name or None, "email": "hanako@midori.example", "phone": None, "mobile": None,
        "zohoCRMContact": {"id": "41", "type": "customers"},
    }  # fmt: skip
    assert (card["accountName"], card["assigneeName"]) == ("株式会社みどり商事", cast.sato.agent.name)
    assert body["columns"][1]["cards"][0]["contact"]["zohoCRMContact"] is None


def test_all_four_keys(connected, sato):
    cast = connected
    for crm_class in CrmClass:
        ticket = open_one(cast, crm_class.name)
        Ticket.objects.filter(pk=ticket.pk).update(crm_class=crm_class)
    assert list(columns(sato.get("/board", mode="crm", departmentId=cast.support.pk))) == ["customers", "potentials", "contacts_leads", "unmapped"]  # fmt: skip
    Ticket.objects.filter(crm_class=CrmClass.DEAL).update(state="Closed")
    assert list(columns(sato.get("/board"))) == ["customers", "contacts_leads", "unmapped"]


def test_the_other_modes(cast, sato):
    tickets.assign(open_one(cast, "佐藤の", more={"priority": "Urgent"}), cast.sato.agent, by=cast.sato)
    tickets.hold(open_one(cast, "保留", more={"due_at": record.now() - timedelta(days=1)}), by=cast.sato)
    open_one(cast, "遅延", more={"due_at": record.now() - timedelta(days=1)})
    assert columns(sato.get("/board", mode="status")) == {"Open": ["遅延", "佐藤の"], "On Hold": ["保留"]}
    assert columns(sato.get("/board", mode="priority")) == {"Urgent": ["佐藤の"], "none": ["遅延"]}
    for word in ("due", "dueDate"):
        assert columns(sato.get("/board", mode=word)) == {"overdue": ["遅延"], "none": ["佐藤の"]}
    assert columns(sato.get("/board", mode="assignee")) == {"unassigned": ["遅延"], str(cast.sato.agent.pk): ["佐藤の"]}  # fmt: skip
    for word in ("On Hold", "on hold"):
        assert columns(sato.get("/board", mode="status", column=word)) == {"On Hold": ["保留"]}
    assert columns(sato.get("/board", mode="assignee", column="unassigned")) == {"unassigned": ["遅延"]}
    assert columns(sato.get("/board", mode="priority", column="Low")) == {}


def test_a_column_is_read_on_from_where_it_ended(cast, sato):
    for n in range(5):
        open_one(cast, f"{n}")
    first = sato.get("/board", mode="priority", limit=2).json()["columns"][0]
    assert (first["count"], [card["subject"] for card in first["cards"]]) == (5, ["0", "1"])
    second = sato.get("/board", mode="priority", limit=2, column="none", after=first["after"]).json()["columns"][0]
    third = sato.get("/board", mode="priority", limit=2, column="none", after=second["after"]).json()["columns"][0]
    assert [card["subject"] for card in second["cards"] + third["cards"]] == ["2", "3", "4"]
    assert third["after"] is None and third["count"] == 5


def test_limits(cast, sato, ticket):
    for limit in (0, 201, -1, "x"):
        assert told(sato.get("/board", mode="status", limit=limit))[0] == 422
    assert columns(sato.get("/board", mode="status", limit=200)) == {"Open": [ticket.subject]}
    rows = [Ticket(**{f.attname: getattr(ticket, f.attname) for f in Ticket._meta.concrete_fields if f.name not in ("id", "number")}) for _ in range(220)]  # fmt: skip
    Ticket.objects.bulk_create(rows)
    for limit, n in ((None, 50), (200, 200)):
        [column] = sato.get("/board", mode="status", **({"limit": limit} if limit else {})).json()["columns"]
        assert (len(column["cards"]), column["count"]) == (n, 221)


def test_who_does_not_work_in_the_department_is_told_that_there_is_none(connected, caller, ticket):
    cast = connected
    for mode in ("crm", "status", "priority", "due", "assignee"):
        answer = caller(cast.suzuki).get("/board", mode=mode, departmentId=cast.support.pk)
        assert told(answer)[:2] == (404, "URL_NOT_FOUND")
        assert columns(caller(cast.suzuki).get("/board", mode=mode)) == {}
        for by in (cast.light, cast.admin):
            found = columns(caller(by).get("/board", mode=mode, departmentId=cast.support.pk))
            assert list(found.values()) == [[ticket.subject]]
    assert told(caller(cast.sato).get("/board", departmentId=10**15))[0] == 404
    tickets.share(ticket, [Wish(cast.billing, Permission.FULL)], by=cast.sato)
    assert columns(caller(cast.suzuki).get("/board", mode="status")) == {}
    Department.objects.filter(pk=cast.billing.pk).update(is_enabled=False)
    assert told(caller(cast.suzuki).get("/board", mode="status"))[0] == 404


def test_without_a_crm_the_answer_says_what_to_do(cast, sato, english, ticket):
    answer = sato.get("/board", mode="crm", departmentId=cast.support.pk)
    assert told(answer)[:2] == (422, "UNPROCESSABLE_ENTITY")
    assert "An administrator can connect one" in json.loads(answer.content)["message"]
    assert told(sato.get("/board", mode="crm", departmentId=cast.billing.pk))[0] == 404
    assert columns(sato.get("/board", mode="status")) == {"Open": [ticket.subject]}


@pytest.mark.parametrize(
    "query", [{"mode": "kanban"}, {"mode": "status", "after": "x"}, {"mode": "status", "sort": "x"}]
)
def test_what_it_does_not_know_is_refused(cast, sato, query):
    assert told(sato.get("/board", **query))[0] == 422


@pytest.mark.parametrize("query", [{"mode": "status", "column": "Nowhere"}, {"mode": "assignee", "column": "999999"}, {"mode": "priority", "column": "x"}])  # fmt: skip
def test_a_column_that_is_not_there(cast, sato, query):
    assert told(sato.get("/board", **query))[0] == 404


def test_samples_are_in_no_answer(connected, sato):
    cast = connected
    for sample in samples.of(cast.support, by=cast.sato):
        samples.reply(samples.find(sample.id, by=cast.sato), "試しの返信", by=cast.sato)
    assert columns(sato.get("/board")) == {}
    paths = ["/board", "/tickets", "/contacts", "/accounts", "/ticketsCount", "/views", "/search?searchStr=見本", "/search?searchStr=サンプル", "/tickets/search?_all=見本", "/contacts/search?_all=見本", f"/associatedTickets?departmentId={cast.support.pk}"]  # fmt: skip
    for path in paths:
        answer = sato.get(path)
        assert answer.status_code in (200, 204), path
        assert "サンプル" not in answer.content.decode() and "見本" not in answer.content.decode(), path
    assert sato.get("/ticketsCount").json() == {"count": "0"}


def test_the_same_statements_for_three_tickets_and_three_hundred(connected, sato):
    cast = connected
    ticket = open_one(cast)

    def asked(**query):
        with CaptureQueriesContext(connection) as found:
            assert sato.get("/board", **query).status_code == 200
        return len(found)

    asked()  # a token's first call is written down
    few = [asked(mode=mode) for mode in ("crm", "status", "priority", "due", "assignee")]
    rows = [Ticket(**{f.attname: getattr(ticket, f.attname) for f in Ticket._meta.concrete_fields if f.name not in ("id", "number")}) for _ in range(300)]  # fmt: skip
    for n, row in enumerate(rows):
        row.crm_class, row.priority = n % 4, ["", "Low", "High"][n % 3]
        row.assignee_id = [None, cast.sato.agent.pk][n % 2]
    Ticket.objects.bulk_create(rows)
    assert [asked(mode=mode) for mode in ("crm", "status", "priority", "due", "assignee")] == few


@pytest.mark.parametrize(
    ("crm_class", "module", "answer"),
    [
        (CrmClass.CUSTOMER, "contacts", {"id": "41", "type": "customers"}),
        (CrmClass.DEAL, "contacts", {"id": "41", "type": "potentials"}),
        (CrmClass.CONTACT, "contacts", {"id": "41", "type": "contacts"}),
        (CrmClass.CONTACT, "leads", {"id": "41", "type": "leads"}),
        (CrmClass.NEW, "", None),
    ],
)
def test_contacts_name_their_record_in_the_crm(connected, sato, crm_class, module, answer):
    cast = connected
    classify(cast.yamada, crm_class, module)
    pk = cast.yamada.pk
    assert sato.get(f"/contacts/{pk}").json()["zohoCRMContact"] == answer
    listed = {row["id"]: row for row in sato.get("/contacts").json()["data"]}
    assert listed[str(pk)]["zohoCRMContact"] == answer and listed[str(cast.takahashi.pk)]["zohoCRMContact"] is None
    found = sato.get("/contacts/search", email="hanako@midori.example").json()["data"]
    assert [row["zohoCRMContact"] for row in found] == [answer]


def test_a_list_of_contacts_asks_no_more_for_it(connected, sato):
    cast = connected

    def asked():
        with CaptureQueriesContext(connection) as found:
            assert sato.get("/contacts").status_code == 200
        return len(found)

    asked()  # a token's first call is written down
    before = asked()
    for contact in (cast.yamada, cast.takahashi):
        classify(contact, CrmClass.CUSTOMER)
    for n in range(8):
        classify(Contact.objects.create(last_name=f"客{n}"), CrmClass.CONTACT, "leads")
    assert asked() == before
