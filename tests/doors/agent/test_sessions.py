"""Whose session it is: read with the agent in one statement, and true at every request."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from madoguchi.models import Agent
from madoguchi.people import agents


def told(client):
    with CaptureQueriesContext(connection) as asked:
        answer = client.get("/tickets/")
    return answer.status_code, sum(
        "django_session" in q["sql"] or "json_agg(d ORDER" in q["sql"] for q in asked.captured_queries
    )


def test_the_second_page_reads_session_and_agent_at_once(sato):
    assert told(sato) == (200, 2)
    assert told(sato) == (200, 1)


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "other"}])
def test_an_agent_who_changed_meanwhile_is_asked_for_again(cast, sato, change):
    assert told(sato)[0] == told(sato)[0] == 200
    Agent.objects.filter(pk=cast.sato.agent.pk).update(**change)
    assert told(sato)[0] == 302


def test_departments_are_those_of_now(cast, sato):
    assert "サポート" in sato.get("/tickets/").content.decode()
    agents.edit_agent(cast.sato.agent, {}, departments=[cast.billing], by=cast.admin)
    page = sato.get("/tickets/").content.decode()
    assert "経理" in page and f'data-live-department="{cast.billing.pk}"' in page


def test_another_who_signs_in_with_the_same_browser_is_another(cast, client):
    backend = "madoguchi.doors.agent.backend.AgentBackend"
    for actor in (cast.sato, cast.suzuki):
        client.force_login(actor.agent, backend=backend)
        for _page in range(2):
            assert actor.agent.email in client.get("/tickets/").content.decode()
    client.logout()
    assert client.get("/tickets/").status_code == 302
