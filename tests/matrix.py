"""Who may do what with one ticket: the seed read aloud (SPEC S2, S3, G1), the people, and the states of its shares.

Nothing here is taken from `madoguchi.access`: two tables that were written apart must say the same.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.kit.addresses import Address
from madoguchi.models import (
    Agent,
    Attachment,
    Contact,
    Department,
    Entry,
    Membership,
    OutboundMail,
    Permission,
    Role,
    Share,
    Team,
    Ticket,
)
from madoguchi.organisation import departments as offices
from madoguchi.organisation import responses
from madoguchi.organisation.founding import add_agent, add_department
from madoguchi.tickets import Wish, sharing
from tests.cast import Cast, open_one

SECRET = "極秘案件"
INNER = "内輪の別件"  # of the same customer in the same department, shared with nobody
NONE, READ, RESTRICTED, FULL, OWN = range(5)

# From which level on a verb is allowed, as the seed says it:
# 「読み取り専用アクセス: 閲覧と、非公開コメントの投稿」「制限付きアクセス: 非公開コメントの投稿と、やりとりの転送」
# 「すべてのアクセス: ステータス/担当者の変更を除く、すべて」「子部門内から、共有の解除や権限の変更はできません」
FROM = {
    "read": READ,
    "comment_private": READ,
    "forward": RESTRICTED,
    "reply": FULL,
    "comment_public": FULL,
    "edit": FULL,
    "tag": FULL,
    "follow": FULL,
    "set_status": OWN,
    "assign": OWN,
    "share": OWN,
    "relate": OWN,
    "move": OWN,
    "merge": OWN,
    "mark_spam": OWN,
    "trash": OWN,
    "restore": OWN,
    "purge": OWN,
}
OF_LIGHT = {"read", "comment_private"}
OF_SUPERVISORS = {"restore", "purge"}
OF_REQUESTER = {"read", "close", "receive", "rate"}
IN_BIN = {"read", "trash", "restore", "purge"}
TAKEN_AWAY = ["reply", "tag", "forward"]

# Who sees the ticket how, while the share is in force. The three receiving departments have one level each.
LEVELS = {
    "none": NONE,
    "read": READ,
    "restricted": RESTRICTED,
    "full": FULL,
    "owner": OWN,
    "supervisor": OWN,
    "administrator": OWN,
    "light_of_owner": OWN,
    "light_of_full": FULL,
    "supervisor_of_full": FULL,
    "custom_of_full": FULL,
    "of_both": OWN,
    "author_read": READ,
}
AGENTS = tuple(LEVELS)
OTHERS = ("requester", "other_contact", "nobody")
RECEIVERS = {"read", "restricted", "full", "light_of_full", "supervisor_of_full", "custom_of_full", "author_read"}
OF_OWNER = {"owner", "supervisor", "light_of_owner", "of_both"}


@dataclass(frozen=True)
class State:
    """`act` brings it about; `levels` says what becomes of who is not named in it: the level they had."""

    act: Callable[["Stage"], None]
    levels: dict[str, int] = field(default_factory=dict)

    def level(self, actor: str) -> int:
        return self.levels.get(actor, LEVELS[actor])


def _change(stage: "Stage") -> None:
    """Full → read only, restricted → full, read only → restricted."""
    new = {"read": Permission.RESTRICTED, "restricted": Permission.FULL, "full": Permission.READ}
    tickets.set_shares(
        stage.ticket, [Wish(stage.departments[name], level) for name, level in new.items()], by=stage.owner
    )


def _revoke(stage: "Stage") -> None:
    tickets.unshare(stage.ticket, list(stage.departments.values()), by=stage.owner)


def _expire(stage: "Stage") -> None:
    """By the clock alone: nobody has swept yet."""
    Share.objects.filter(ticket=stage.ticket).update(expires_at=timezone.now() - timedelta(seconds=1))
    sharing.mend(stage.ticket.pk)


def _sweep(stage: "Stage") -> None:
    _expire(stage)
    sharing.end_expired()


def _disable(stage: "Stage") -> None:
    for department in stage.departments.values():
        offices.disable_department(department, by=stage.cast.admin)


def _disable_owner(stage: "Stage") -> None:
    Department.objects.filter(pk=stage.cast.support.pk).update(is_enabled=False)


def _move_away(stage: "Stage") -> None:
    agents = set(Membership.objects.values_list("agent_id", flat=True))
    Membership.objects.all().delete()
    Membership.objects.bulk_create(Membership(agent_id=pk, department=stage.cast.delivery) for pk in agents)


def _trash(stage: "Stage") -> None:
    tickets.trash(stage.ticket, by=stage.owner)


def _spam(stage: "Stage") -> None:
    tickets.mark_spam(stage.ticket, by=stage.owner)


GONE = dict.fromkeys(RECEIVERS, NONE)
CHANGED = {**dict.fromkeys(RECEIVERS, READ), "restricted": FULL, "read": RESTRICTED, "author_read": RESTRICTED}
STATES = {
    "active": State(lambda stage: None),
    "changed": State(_change, CHANGED),
    "revoked": State(_revoke, GONE),
    "expired": State(_expire, GONE),
    "swept": State(_sweep, GONE),
    "disabled": State(_disable, GONE),
    "owner disabled": State(_disable_owner, {**dict.fromkeys(OF_OWNER, NONE), "of_both": READ}),
    "moved away": State(_move_away, {**GONE, **dict.fromkeys(OF_OWNER, NONE)}),
    "trashed": State(_trash, GONE),
    "spam": State(_spam, GONE),
}


def may(actor: str, verb: str, state: str) -> bool:
    """What the seed and the roles say. `comment_of:owner` is to change a comment of that person, `public:` a public one."""
    if actor == "requester":
        return verb in OF_REQUESTER and state not in ("trashed", "spam")
    if actor in OTHERS:
        return False
    verb, _colon, author = verb.partition(":")
    if author and actor not in (author, "supervisor", "administrator"):
        return False
    verb = {"comment_of": "comment_private", "public": "comment_public"}.get(verb, verb)
    level = STATES[state].level(actor)
    if verb not in FROM or level < FROM[verb]:
        return False
    if state == "trashed" and verb not in IN_BIN:
        return False
    if actor.startswith("light"):
        return verb in OF_LIGHT
    if actor == "custom_of_full":
        return verb not in TAKEN_AWAY
    return verb not in OF_SUPERVISORS or "supervisor" in actor or actor == "administrator"


def sees(actor: str, state: str) -> bool:
    return may(actor, "read", state)


@dataclass
class Stage:
    """A ticket of support with everything on it, shared with three departments, and who stands around it."""

    cast: Cast
    ticket: Ticket
    twin: Ticket
    child: Ticket
    departments: dict[str, Department]
    agents: dict[str, Agent]
    things: dict[str, Any]
    entries: dict[str, Entry]
    files: dict[str, Attachment]

    @property
    def owner(self) -> Actor:
        return self.cast.sato

    def entry(self, name: str) -> Entry:
        return Entry.objects.select_related("ticket").get(pk=self.entries[name].pk)

    def again(self) -> Ticket:
        return Ticket.objects.with_people().get(pk=self.ticket.pk)

    def actor(self, name: str, door: Any = "page") -> Actor:
        """As a request of this moment would read them."""
        if name == "requester":
            return Actor(contact=Contact.objects.get(pk=self.cast.yamada.pk), door="help")
        if name == "other_contact":
            return Actor(contact=Contact.objects.get(pk=self.cast.takahashi.pk), door="help")
        return Actor(agent=Agent.objects.for_request().get(pk=self.agents[name].pk), door=door)


def set_up(cast: Cast) -> Stage:
    departments = {
        name: add_department(f"{name}課", address=f"{name}@demo.example") for name in ("read", "restricted", "full")
    }
    custom = Role.objects.create(name="限定", base=Role.Base.AGENT, takes_away=TAKEN_AWAY)

    def agent(name: str, *where: Department, base: Role.Base = Role.Base.AGENT) -> Agent:
        row = add_agent(
            f"{name}@agents.example", name, "", base=base, departments=list(where), password="madoguchi-demo"
        )
        if name == "custom_of_full":
            Agent.objects.filter(pk=row.pk).update(role=custom)
        return row

    full = departments["full"]
    agents = {
        "none": cast.ito.agent,
        "owner": cast.sato.agent,
        "supervisor": cast.tanaka.agent,
        "administrator": cast.admin.agent,
        "light_of_owner": cast.light.agent,
        **{name: agent(name, department) for name, department in departments.items()},
        "author_read": agent("author_read", departments["read"]),
        "light_of_full": agent("light_of_full", full, base=Role.Base.LIGHT),
        "supervisor_of_full": agent("supervisor_of_full", full, base=Role.Base.SUPERVISOR),
        "custom_of_full": agent("custom_of_full", full),
        "of_both": agent("of_both", cast.support, departments["read"]),
    }
    assert agents.keys() == LEVELS.keys()
    Department.objects.filter(pk=cast.support.pk).update(has_families=True)
    cast.support.refresh_from_db()
    file = tickets.upload(f"{SECRET}.pdf", "application/pdf", b"%PDF", by=cast.sato)
    note_file = tickets.upload(f"{SECRET}メモ.pdf", "application/pdf", b"%PDF2", by=cast.sato)
    message = {
        "text": f"{SECRET}の本文",
        "html": f'<table><tr><td background="x">{SECRET}</td></tr></table>',
        "from_name": "山田 花子",
        "from_address": "hanako@midori.example",
    }
    ticket = open_one(cast, SECRET, message=message, attachments=[file])
    twin = open_one(cast, "もう一件の問い合わせ")
    child = open_one(cast, "子の問い合わせ")
    open_one(cast, f"{INNER} {SECRET[:2]}", message=message | {"text": INNER})
    by = cast.sato
    note = tickets.comment(ticket, SECRET, attachments=[note_file], by=by)
    public = tickets.comment(ticket, f"{SECRET}の公開コメント", public=True, by=by)
    reply = tickets.reply(ticket, SECRET, by=by)
    passed_on = tickets.forward(ticket, SECRET, to=[Address("", "bank@payments.example")], by=by)
    OutboundMail.objects.update(state="FAILED")
    tickets.tag(ticket, ["札"], by=by)
    tickets.follow(ticket, [agents["supervisor"]], by=by)
    tickets.save_draft(ticket, "note", {"body": SECRET}, seen=2**62, by=by)
    tickets.assign(ticket, agents["owner"], by=by)
    wishes = [
        Wish(departments["read"], Permission.READ),
        Wish(departments["restricted"], Permission.RESTRICTED),
        Wish(full),
    ]
    tickets.share(ticket, wishes, by=by)
    own_note = tickets.comment(
        Ticket.objects.get(pk=ticket.pk),
        f"{SECRET}への所見",
        by=Actor(agent=Agent.objects.for_request().get(pk=agents["author_read"].pk), door="page"),
    )
    on_ticket = tickets.add_file(ticket, f"{SECRET}別紙.txt", "text/plain", b"x", by=by)
    response = responses.add_response(
        {"name": "定型", "text": "{{ticket.subject}}"}, department_id=None, private=False, by=cast.admin
    )
    team = Team.objects.create(department=cast.support, name="一課")
    first = ticket.entries.get(is_description=True)
    for other in (twin, child):
        tickets.share(other, [Wish(department) for department in departments.values()], by=by)
    tickets.relate(Ticket.objects.get(pk=ticket.pk), [Ticket.objects.get(pk=child.pk)], by=by)
    ticket.refresh_from_db()
    things = {
        "number": ticket.number,
        "ticket_id": ticket.pk,
        "twin_id": twin.pk,
        "twin": twin.number,
        "child_id": child.pk,
        "child": child.number,
        "response": response.pk,
        "entry": first.pk,
        "department_id": cast.delivery.pk,
        "read_department_id": departments["read"].pk,
        "owner_department_id": cast.support.pk,
        "agent_id": cast.tanaka.agent.pk,
        "team_id": team.pk,
        "contact_id": ticket.contact_id,
        "status_id": ticket.status_id,
        "priority": ticket.priority,
        "tag_id": ticket.ticket_tags.get().tag_id,
    }
    return Stage(
        cast,
        ticket,
        twin,
        child,
        departments,
        agents,
        things,
        {"first": first, "note": note, "public": public, "reply": reply, "forward": passed_on, "own_note": own_note},
        {"message": file, "note": note_file, "ticket": on_ticket},
    )


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside did not happen afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


PASSING = (
    "madoguchi_apicount madoguchi_apitoken madoguchi_cache madoguchi_idempotentanswer madoguchi_presence madoguchi_formsent"
    " madoguchi_lastview django_session"
).split()


WRITES = re.compile(
    r"\b(INSERT INTO|UPDATE|DELETE FROM|TRUNCATE|procrastinate_defer)\b(?! OF\b| SKIP\b|\)?$)", re.IGNORECASE
)


@contextmanager
def watched() -> Iterator[list[str]]:
    """The statements that write, of what happens inside. Where there are none, nothing need be compared."""
    written: list[str] = []

    def look(execute: Any, sql: Any, *rest: Any) -> Any:
        if WRITES.search(str(sql)) and not any(f"{name}" in str(sql) for name in PASSING):
            written.append(str(sql)[:200])
        return execute(sql, *rest)

    counted, connection.force_debug_cursor = connection.force_debug_cursor, True  # else `prepared` goes past wrappers
    with connection.execute_wrapper(look):
        yield written
    connection.force_debug_cursor = counted


def snapshot() -> dict[str, str]:
    """A checksum of every table that means something."""
    with connection.cursor() as cursor:
        names = [t for t in connection.introspection.table_names(cursor) if t.startswith("madoguchi_")]
        found = {}
        for name in sorted(set(names) - set(PASSING)):
            cursor.execute(
                f"SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {name} t"
            )
            found[name] = str(cursor.fetchone())
        return found
