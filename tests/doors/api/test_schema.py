"""The OpenAPI document against the API itself: generated calls give no 5xx and answers of the shape they promise."""

import json
import random

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import checks

from madoguchi import crm, tickets
from madoguchi.models import HolidayList, Hours, Rule, Team
from madoguchi.organisation import crm as organisation_crm
from tests.cast import open_one
from tests.doors.api.conftest import told

EXAMPLES = 4
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
QUIET = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def desk(cast, ticket):
    """A desk with one of everything, and the ids to ask for."""
    team = Team.objects.create(department=cast.support, name="一次")
    note = tickets.comment(ticket, "メモ", by=cast.sato)
    tickets.tag(ticket, ["至急"], by=cast.sato)
    tickets.follow(ticket, [cast.sato.agent], by=cast.sato)
    file = tickets.add_file(ticket, "a.txt", "text/plain", b"abc", by=cast.sato)
    tickets.trash(open_one(cast), by=cast.sato)
    organisation_crm.connect_builtin(by=cast.admin)
    customer = crm.create_person("contact", {"last_name": "山田"}, by=cast.sato)
    return {
        "lead_id": crm.create_person("lead", {"last_name": "高橋"}, by=cast.sato).pk,
        "person_id": customer.pk,
        "deal_id": crm.create_deal({"name": "契約", "person": customer, "amount": "1200.5"}, by=cast.sato).pk,
        "ticket_id": ticket.pk,
        "thread_id": ticket.entries.first().pk,
        "comment_id": note.pk,
        "attachment_id": file.pk,
        "contact_id": cast.yamada.pk,
        "account_id": cast.midori.pk,
        "department_id": cast.support.pk,
        "agent_id": cast.sato.agent.pk,
        "team_id": team.pk,
        "rule_id": Rule.objects.create(department=cast.support, name="規則", when=["ticket.closed"]).pk,
        "role_id": cast.sato.agent.role_id,
        "organization_id": 1,
        "tag_id": ticket.ticket_tags.get().tag_id,
        "address_id": cast.support_box.pk,
        "hours_id": Hours.objects.create(name="平日", week=[[[540, 1080]]] * 7).pk,
        "list_id": HolidayList.objects.create(name="祝日", has_japanese=True).pk,
    }


@pytest.fixture
def schema(settings, admin):
    """The document as served; the connection of the test's transaction stays open between calls."""
    settings.API_RATE = 10**9
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def operations(schema, methods):
    return [found.ok() for found in schema.get_all_operations() if found.ok().method.upper() in methods]


def try_all(schema, admin, desk, methods):
    """Call every operation with generated queries and bodies, on things that are there and on ones that are not."""
    tried = 0
    for operation in operations(schema, methods):

        @seed(1)
        @QUIET
        @given(case=operation.as_strategy(), there=st.booleans())
        def attempt(case, there):
            nonlocal tried
            tried += 1
            if there:
                case.path_parameters = {k: desk.get(k, v) for k, v in (case.path_parameters or {}).items()}
            case.call_and_validate(headers=admin.headers, checks=CHECKS)

        attempt()
    return tried


def test_generated_reads_conform(schema, admin, desk):
    assert try_all(schema, admin, desk, {"GET"}) > 150


def test_generated_writes_conform(schema, admin, desk):
    assert try_all(schema, admin, desk, {"POST", "PATCH", "DELETE"}) > 100


def test_odd_values_in_every_field_are_answered_and_never_break(admin, cast, desk):
    """Every documented body field gets absurd values; every answer is one of the contract."""
    odd = [None, "", " ", "\x00", "💥" * 300, -1, 0, 2**63, 1.5, True, [], ["x"], {}, {"a": {}}, "9" * 30, "2026-13-01"]
    document = admin.client.get("/api/v1/openapi.json").json()
    shuffled = random.Random(1)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body is None:
                continue
            text = json.dumps(body["schema"])
            name = text.partition("schemas/")[2].partition('"')[0]
            where = path.removeprefix("/api/v1").format(**{**dict.fromkeys(["product_id", "entry_id"], 1), **desk})
            for field in document["components"]["schemas"][name]["properties"]:
                answer = admin.call(method.upper(), where, {field: shuffled.choice(odd)})
                assert answer.status_code < 500, (method, path, field, answer.content)
                if answer.status_code >= 400:
                    assert told(answer)[1]
