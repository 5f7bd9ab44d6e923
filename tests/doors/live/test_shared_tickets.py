"""Unsharing takes effect on open pages and streams at once (SPEC S6): what an open stream of a receiver is told, and when not."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from madoguchi import tickets
from madoguchi.doors.live import permission
from madoguchi.doors.live.hub import Hub
from madoguchi.doors.live.listener import Listener
from madoguchi.errors import Hidden
from madoguchi.models import Department, Membership, Permission, Presence, Share, Ticket
from madoguchi.organisation import departments
from madoguchi.people import agents
from madoguchi.tickets import Wish, attending, sharing
from tests.cast import Cast, gather, open_one
from tests.doors.live.test_hub import Browser, soon, with_hub

pytestmark = pytest.mark.django_db(transaction=True)


def client_of(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, name).agent)
    return client


def listener_of(client: Client) -> Listener:
    found: Any = client.get("/live").listener  # type: ignore[attr-defined]
    assert isinstance(found, Listener)
    return found


def verbs(browser: Browser) -> list[str]:
    said = (json.loads(line[6:]) for line in browser.said.splitlines() if line.startswith(b"data: {"))
    return [name["verb"] for name in said if "verb" in name]


def play(cast: Cast, *acts: tuple[Callable[[], Any], str, list[str]]) -> None:
    """Each act in turn; then 佐藤 (owner) and 鈴木 (receiver) have heard `owner` and `receiver` more."""
    clients = {name: client_of(cast, name) for name in ("sato", "suzuki", "ito")}
    streams = {name: listener_of(client) for name, client in clients.items()}

    async def whole(hub: Hub, bell: Any) -> None:
        open_ones = {name: Browser(hub, listener) for name, listener in streams.items()}
        await soon(lambda: len(hub.listeners) == 3)
        for act, owner, receiver in acts:
            before = len(verbs(open_ones["suzuki"]))
            await asyncio.to_thread(act)
            await soon(lambda owner=owner: owner in verbs(open_ones["sato"]))  # type: ignore[misc]
            await soon(
                lambda receiver=receiver, before=before: len(verbs(open_ones["suzuki"])) - before >= len(receiver)
            )  # type: ignore[misc]
            await asyncio.sleep(0.1)
            assert verbs(open_ones["suzuki"])[before:] == receiver
        assert verbs(open_ones["ito"]) == [], "who never saw the ticket hears nothing of it"
        await asyncio.to_thread(lambda: connection.close())

    with_hub(whole)


def test_an_open_stream_hears_of_a_ticket_from_its_sharing_to_its_unsharing_and_no_longer() -> None:
    cast = gather()
    ticket = open_one(cast)
    play(
        cast,
        (lambda: tickets.comment(ticket, "まだ内輪", by=cast.sato), "ticket.commented", []),
        (lambda: tickets.share(ticket, [Wish(cast.billing)], by=cast.sato), "ticket.shared", ["ticket.shared"]),
        (lambda: tickets.tag(ticket, ["札"], by=cast.sato), "ticket.tagged", ["ticket.tagged"]),
        (
            lambda: tickets.share(ticket, [Wish(cast.billing, Permission.READ)], by=cast.sato),
            "ticket.share_changed",
            ["ticket.share_changed"],
        ),
        (lambda: tickets.unshare(ticket, [cast.billing], by=cast.sato), "ticket.unshared", ["ticket.unshared"]),
        (lambda: tickets.close(ticket, by=cast.sato), "ticket.closed", []),
    )


def test_among_the_spam_and_in_the_bin_nothing_is_heard_until_it_is_back() -> None:
    cast = gather()
    ticket = open_one(cast)
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    play(
        cast,
        (lambda: tickets.mark_spam(ticket, by=cast.sato), "ticket.spam", ["ticket.spam"]),
        (lambda: tickets.tag(ticket, ["札"], by=cast.sato), "ticket.tagged", []),
        (lambda: tickets.unmark_spam(ticket, by=cast.sato), "ticket.not_spam", ["ticket.not_spam"]),
        (lambda: tickets.trash(ticket, by=cast.sato), "ticket.trashed", ["ticket.trashed"]),
        (lambda: tickets.restore(ticket, by=cast.tanaka), "ticket.restored", ["ticket.restored"]),
    )


def test_a_share_that_runs_out_is_said_once_when_it_is_swept() -> None:
    cast = gather()
    ticket = open_one(cast)
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    expired(cast, ticket)
    play(
        cast,
        (lambda: tickets.comment(ticket, "期限後", by=cast.sato), "ticket.commented", []),
        (sharing.end_expired, "ticket.unshared", ["ticket.unshared"]),
        (lambda: tickets.tag(ticket, ["札"], by=cast.sato), "ticket.tagged", []),
    )


def test_a_merge_tells_the_receivers_of_what_was_merged_away_and_then_no_more() -> None:
    cast = gather()
    main, other = open_one(cast), open_one(cast)
    tickets.share(other, [Wish(cast.billing)], by=cast.sato)
    play(
        cast,
        (lambda: tickets.merge(main, [other], by=cast.sato), "ticket.merged", ["ticket.merged_away"]),
        (lambda: tickets.comment(main, "続き", by=cast.sato), "ticket.commented", []),
    )


def test_an_open_page_is_gone_at_its_next_fetch_however_sight_was_lost() -> None:
    """The bell rings, the page fetches its own address: 404, as its files, presence and pieces are."""
    cast = gather()
    for lose in LOSSES:
        for row in (cast.billing, cast.support):
            Department.objects.filter(pk=row.pk).update(is_enabled=True)
            row.refresh_from_db()
        agents.Agent.objects.update(is_active=True)
        Membership.objects.get_or_create(agent=cast.suzuki.agent, department=cast.billing)
        ticket = open_one(cast)
        file = tickets.add_file(ticket, "a.txt", "text/plain", b"x", by=cast.sato)
        tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
        page = client_of(cast, "suzuki")
        own = f"/tickets/{ticket.number}/"
        pieces = [own, f"{own}presence", f"{own}history", f"/files/{file.key}/a.txt"]
        assert [page.get(path).status_code for path in pieces] == [200] * 4
        page.post(f"{own}presence", {"doing": "typing"})
        assert [other.name for other in attending.others(ticket, by=cast.sato)] == ["鈴木 大輔"]
        lose(cast, ticket)
        gone = 302 if lose is deactivated else 404
        assert [page.get(path).status_code for path in pieces] == [gone] * 4, lose
        now_is = Ticket.objects.get(pk=ticket.pk)
        assert attending.others(now_is, by=cast.admin) == [], lose
        assert "鈴木" not in client_of(cast, "admin").get(f"{own}presence").content.decode(), lose
        Presence.objects.all().delete()


def deactivated(cast: Cast, ticket: Ticket) -> None:
    agents.deactivate_agent(agents.Agent.objects.get(pk=cast.suzuki.agent.pk), by=cast.admin)


def expired(cast: Cast, ticket: Ticket) -> None:
    with transaction.atomic():
        Share.objects.filter(ticket=ticket).update(expires_at=timezone.now() - timedelta(seconds=1))
        sharing.mend(ticket.pk)


LOSSES: list[Callable[[Cast, Ticket], object]] = [
    lambda cast, ticket: tickets.unshare(ticket, [cast.billing], by=cast.sato),
    expired,
    lambda cast, ticket: tickets.mark_spam(ticket, by=cast.sato),
    lambda cast, ticket: departments.disable_department(cast.billing, by=cast.admin),
    lambda cast, ticket: departments.set_members(cast.billing, [], by=cast.admin),
    deactivated,
]


def test_who_is_there_is_seen_from_both_sides_while_it_is_shared() -> None:
    cast = gather()
    ticket = open_one(cast)
    tickets.share(ticket, [Wish(cast.billing, Permission.READ)], by=cast.sato)
    play(
        cast,
        (lambda: attending.attend(ticket, "typing", by=cast.sato), "presence.typing", ["presence.typing"]),
        (lambda: attending.attend(ticket, "viewing", by=cast.suzuki), "presence.viewing", ["presence.viewing"]),
    )
    assert [other.name for other in attending.others(ticket, by=cast.suzuki)] == ["佐藤 健"]
    tickets.unshare(ticket, [cast.billing], by=cast.sato)
    with pytest.raises(Hidden):
        attending.others(ticket, by=cast.suzuki)
    with pytest.raises(Hidden):
        attending.attend(ticket, "viewing", by=cast.suzuki)
    assert attending.others(ticket, by=cast.sato) == []


def test_a_stream_ends_where_the_receiving_department_or_the_membership_does() -> None:
    cast = gather()
    streams = {name: listener_of(client_of(cast, name)) for name in ("sato", "suzuki", "ito")}
    assert permission.withdrawn(list(streams.values())) == []
    departments.disable_department(cast.billing, by=cast.admin)
    departments.set_members(cast.delivery, [], by=cast.admin)
    assert permission.withdrawn(list(streams.values())) == [streams["suzuki"], streams["ito"]]
