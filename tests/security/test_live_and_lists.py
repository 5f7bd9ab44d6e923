"""Live pages, search, views, drafts and canned responses: nothing of others is seen, nothing typed makes the desk stand still."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import NotSupportedError, connection, transaction
from django.test import Client, RequestFactory

from madoguchi import prepared
from madoguchi.doors.agent.backend import AgentBackend
from madoguchi.doors.agent.sessions import SessionStore
from madoguchi.doors.live import permission, stream
from madoguchi.doors.live.hub import direct_url
from madoguchi.errors import Refused
from madoguchi.kit import paging
from madoguchi.models import Ticket
from madoguchi.organisation import responses
from madoguchi.people.tokens import make_token
from tests.cast import Cast, gather, open_one

SLOW_S = 2.0


@pytest.fixture
def cast(db: None) -> Cast:
    return gather()


@pytest.mark.parametrize("text", ["{{" + " " * 30_000, "{{ a" + " " * 30_000, "{{" * 15_000, "{{ a b" * 5_000])
def test_no_canned_response_keeps_the_desk_busy(cast: Cast, text: str) -> None:
    began = time.process_time()  # whoever else works on this machine
    try:
        responses.add_response({"name": "x", "text": text}, private=True, by=cast.light)
    except Refused:
        pass
    assert time.process_time() - began < SLOW_S


@pytest.mark.parametrize("field", ["status", "assigneeId", "tag", "subject", "contactName", "cf/x", "\ud800", "\x00"])
def test_a_filter_that_no_database_can_store_is_refused(cast: Cast, field: str) -> None:
    client = Client(raise_request_exception=False)
    headers = {"Authorization": f"Bearer {make_token(cast.sato.agent, by=cast.sato)[1]}"}
    for value in ("\x00", "\ud800", ["\ud800"], "²", "9" * 60):
        for operator in ("is", "in", "contains", "\ud800"):
            one = {"field": field, "operator": operator, "value": value}
            asked = {"filters": json.dumps({"criteria": {"fieldConditions": [one]}})}
            answer = client.get("/api/v1/tickets", asked, headers=headers)
            assert answer.status_code in (200, 204, 422), (operator, value)


@pytest.mark.parametrize(
    "value", [True, 2**63 - 1, 1.5, "x", None, datetime(1, 1, 1), datetime(9999, 12, 31, tzinfo=UTC)]
)
def test_a_cursor_made_up_leads_somewhere(cast: Cast, value: Any) -> None:
    open_one(cast)
    client = Client(raise_request_exception=False)
    client.force_login(cast.sato.agent)
    for sort in ("number", "due", "updated"):
        asked = {"view": "all", "sort": sort, "after": paging.encode(False, value, 2**63 - 1)}
        assert client.get("/tickets/", asked).status_code == 200, sort


def test_a_session_cookie_made_up_is_nobody(cast: Cast) -> None:
    client = Client(raise_request_exception=False)
    for cookie in ('"abcdefgh\\000ijk"', "a" * 5000, "ü" * 40, "'; --"):
        assert client.get("/", headers={"Cookie": f"sessionid={cookie}"}).status_code == 302


def test_departments_of_the_session_are_read_by_name(cast: Cast) -> None:
    """A column the running code does not know (a newer migration) moves nothing."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE madoguchi_department RENAME TO d_old")
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'd_old' ORDER BY ordinal_position DESC"
        )
        columns = ", ".join(f'"{name}"' for (name,) in cursor.fetchall())
        cursor.execute(f"CREATE VIEW madoguchi_department AS SELECT {columns}, 1 AS later FROM d_old")
    agent: Any = AgentBackend().get_user(cast.sato.agent.pk)
    assert [(d.pk, d.name, d.is_enabled) for d in agent.desk_departments] == [(cast.support.pk, "サポート", True)]


@pytest.mark.django_db(transaction=True)
def test_statements_survive_a_migration_beside_them() -> None:
    with psycopg.connect(direct_url(), autocommit=True) as other:
        other.execute("CREATE TABLE beside AS SELECT '1'::varchar(5) AS x")
        try:
            assert [prepared.fetch("SELECT x FROM beside") for _ in range(7)] == [[("1",)]] * 7
            other.execute("ALTER TABLE beside ALTER x TYPE varchar(9)")
            assert prepared.fetch("SELECT x FROM beside") == [("1",)]
            other.execute("ALTER TABLE beside ALTER x TYPE integer USING x::integer")
            with pytest.raises(NotSupportedError), transaction.atomic():
                prepared.fetch("SELECT x FROM beside")
            assert prepared.fetch("SELECT x FROM beside") == [(1,)]
        finally:
            other.execute("DROP TABLE beside")


def test_a_light_agent_changes_nothing_in_bulk_and_hears_of_no_other_department(cast: Cast) -> None:
    own, other = open_one(cast), open_one(cast, "経理の秘密", department=cast.billing, mailbox=None)
    client = Client()
    client.force_login(cast.light.agent)
    before = list(Ticket.objects.order_by("pk").values())
    for do in ("close", "spam", "trash:sure", "assign:", "priority:High", "tag", "untag", f"move:{cast.billing.pk}"):
        answer = client.post("/tickets/bulk", {"ids": [own.pk, other.pk], "do": do, "tag": "札"})
        assert answer.status_code == 422
        assert f"#{other.number}" not in answer.content.decode() and "経理の秘密" not in answer.content.decode()
    assert list(Ticket.objects.order_by("pk").values()) == before


def test_a_right_withdrawn_while_a_stream_begins_ends_it(cast: Cast) -> None:
    """The departments a stream hears of and the stamp that says whether they still hold are of one moment."""
    for agent in (cast.sato, cast.tanaka, cast.admin, cast.light):
        request: Any = RequestFactory().get("/live")
        request.session = SessionStore()
        request.agent = AgentBackend().get_user(agent.agent.pk)
        listener: Any = stream.show(request).listener  # type: ignore[attr-defined]
        assert listener.stamp == permission.stamps([agent.agent.pk])[agent.agent.pk]
    request.agent = AgentBackend().get_user(cast.sato.agent.pk)
    cast.sato.agent.departments.set([cast.billing])
    late: Any = stream.show(request).listener  # type: ignore[attr-defined]
    assert late.stamp != permission.stamps([cast.sato.agent.pk])[cast.sato.agent.pk]
