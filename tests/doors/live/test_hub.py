"""The hub on a real database: who hears what, gaps, slow browsers, permission withdrawn."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from madoguchi.bell import CHANNEL
from madoguchi.doors.live import hub as hubs
from madoguchi.doors.live import permission
from madoguchi.doors.live.hub import Hub, direct_url
from madoguchi.doors.live.listener import ALL, MOST, Listener

pytestmark = pytest.mark.django_db(transaction=True)


class Browser:
    """The other end of a stream: what was sent to it."""

    def __init__(self, hub: Hub, listener: Listener) -> None:
        self.said, self.leaves = b"", asyncio.Event()
        self.task = asyncio.create_task(hub.serve(listener, self.receive, self.send))
        self.over = False

    async def receive(self) -> dict[str, str]:
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.said += message.get("body", b"")
        self.over = message["type"] == "http.response.body" and not message.get("more_body", False)

    @property
    def numbers(self) -> list[int]:
        names = [json.loads(line[6:]) for line in self.said.splitlines() if line.startswith(b"data: ")]
        return [name["number"] for name in names if "number" in name]


async def soon(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not reached():
            await asyncio.sleep(0.01)


def with_hub(play: Callable[[Hub, psycopg.AsyncConnection[Any]], Awaitable[None]]) -> None:
    """Run `play` with a hub that listens and a connection that rings."""

    async def whole() -> None:
        hub = Hub(lambda do, *args: asyncio.get_running_loop().run_in_executor(None, do, *args))
        born = hub.complete_since
        hub.start()
        async with await psycopg.AsyncConnection.connect(direct_url(), autocommit=True) as bell:
            while hub.complete_since == born:
                await asyncio.sleep(0.01)
            try:
                await play(hub, bell)
            finally:
                await hub.stop()

    connection.ensure_connection()
    asyncio.run(whole())


async def ring(bell: psycopg.AsyncConnection[Any], **name: Any) -> None:
    await bell.execute("SELECT pg_notify(%s, %s)", [CHANNEL, json.dumps({"verb": "ticket.edited", **name})])


def test_a_name_said_to_an_agent_is_heard_by_that_agent_alone():
    async def play(hub: Hub, bell: Any) -> None:
        one, same, other = (Browser(hub, Listener(agent, frozenset({3}))) for agent in (1, 1, 2))
        admin, late = Browser(hub, Listener(3, None)), hubs.now_ms()
        await ring(bell, verb="notice", to=1)
        await ring(bell, verb="notice", to="1")
        await ring(bell, verb="notice", to=None)
        await ring(bell, number=1, department=3)
        everyone = (one, same, other, admin)
        await soon(lambda: all(browser.numbers == [1] for browser in everyone))
        assert [browser.said.count(b'"to"') for browser in everyone] == [1, 1, 0, 0]
        back, stranger = (Browser(hub, Listener(agent, frozenset({3}), since=late)) for agent in (1, 2))
        await soon(lambda: back.numbers == stranger.numbers == [1])
        assert (back.said.count(b'"to"'), stranger.said.count(b'"to"')) == (1, 0)

    with_hub(play)


def test_names_of_foreign_tickets_are_not_heard():
    async def play(hub: Hub, bell: Any) -> None:
        one, all_of_them = Browser(hub, Listener(1, frozenset({3}))), Browser(hub, Listener(2, None))
        await ring(bell, number=1, department=3)
        await ring(bell, number=2, department=4)
        await ring(bell, number=3, department=3)
        await soon(lambda: len(all_of_them.numbers) == 3 and len(one.numbers) == 2)
        assert one.numbers == [1, 3] and b'"number": 2' not in one.said

    with_hub(play)


def test_what_was_said_since_the_page_was_made_is_said_again_to_whom_may_hear_it():
    async def play(hub: Hub, bell: Any) -> None:
        start = hubs.now_ms()
        await ring(bell, number=1, department=3)
        await ring(bell, number=2, department=4)
        await soon(lambda: len(hub.said) == 2)
        late = Browser(hub, Listener(1, frozenset({3}), since=start))
        older = Browser(hub, Listener(1, frozenset({3}), since=start - 60_000))
        await soon(lambda: bool(late.said and older.said))
        assert late.numbers == [1] and ALL not in late.said
        assert older.numbers == [] and ALL in older.said

    with_hub(play)


def test_after_a_gap_everybody_fetches_everything():
    async def play(hub: Hub, bell: Any) -> None:
        browser = Browser(hub, Listener(1, None))
        await bell.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()"
            " AND datname = current_database()"
        )
        await soon(lambda: ALL in browser.said)
        await ring(bell, number=7, department=3)
        await soon(lambda: browser.numbers == [7])

    with_hub(play)


def test_a_browser_that_does_not_keep_up_is_told_to_fetch_everything():
    slow = Listener(1, None)
    for n in range(MOST + 3):
        slow.tell(b"data: %d\n\n" % n)
    assert list(slow.waiting) == [ALL, b"data: %d\n\n" % (MOST + 1), b"data: %d\n\n" % (MOST + 2)]


def test_a_stream_ends_with_the_sign_out_and_the_server():
    async def play(hub: Hub, bell: Any) -> None:
        mine, other = Browser(hub, Listener(1, None)), Browser(hub, Listener(2, None))
        await soon(lambda: len(hub.listeners) == 2)
        await ring(bell, verb="agent.signed_out", agent=1)
        await soon(lambda: mine.over)
        assert not other.over and len(hub.listeners) == 1
        await hub.stop()
        await soon(lambda: other.over)

    with_hub(play)


def test_who_goes_away_is_forgotten():
    async def play(hub: Hub, bell: Any) -> None:
        browser = Browser(hub, Listener(1, None))
        await soon(lambda: len(hub.listeners) == 1)
        browser.leaves.set()
        await soon(lambda: not hub.listeners)

    with_hub(play)


def listener_of(agent: Any) -> Listener:
    session = SessionStore()
    session[SESSION_KEY] = str(agent.pk)
    session.save()
    return Listener(agent.pk, frozenset(), session=session.session_key, stamp=permission.stamps([agent.pk])[agent.pk])


def test_permission_is_withdrawn_with_session_password_role_department_or_activity(cast):
    from madoguchi.organisation import departments
    from madoguchi.people import agents

    five = [cast.sato, cast.tanaka, cast.suzuki, cast.ito, cast.light]
    sato, tanaka, suzuki, ito, light = (listener_of(each.agent) for each in five)
    assert permission.withdrawn([sato, tanaka, suzuki, ito, light]) == []
    SessionStore(session_key=sato.session).delete()
    agents.confirm(cast.tanaka.agent, "another-long-password")
    agents.deactivate_agent(cast.suzuki.agent, by=cast.admin)
    departments.set_members(cast.delivery, [], by=cast.admin)
    assert permission.withdrawn([sato, tanaka, suzuki, ito, light]) == [sato, tanaka, suzuki, ito]


def test_the_people_verbs_ring_for_the_streams(cast):
    from madoguchi.organisation import departments
    from madoguchi.people import agents

    async def play(hub: Hub, bell: Any) -> None:
        sato, ito = (
            Browser(hub, each)
            for each in await asyncio.to_thread(lambda: [listener_of(cast.sato.agent), listener_of(cast.ito.agent)])
        )
        await soon(lambda: len(hub.listeners) == 2)
        await asyncio.to_thread(agents.deactivate_agent, cast.sato.agent, by=cast.admin)
        await soon(lambda: sato.over)
        await asyncio.to_thread(departments.set_members, cast.delivery, [], by=cast.admin)
        await soon(lambda: ito.over)
        await asyncio.to_thread(lambda: connection.close())

    with_hub(play)
