"""Every page and every route about a ticket × everybody × every state of a share (SPEC S9). Lines: tests/matrix_doors.py."""

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from madoguchi.doors.api.catalogue import operations
from madoguchi.models import Notification, Status
from madoguchi.people import help_sessions
from madoguchi.people.tokens import make_token
from tests.cast import Cast
from tests.matrix import (
    AGENTS,
    INNER,
    LEVELS,
    OTHERS,
    RECEIVERS,
    SECRET,
    STATES,
    Stage,
    may,
    sees,
    set_up,
    snapshot,
    undone,
    watched,
)
from tests.matrix_doors import API, BULK, FOREIGN, LISTS, NO_TICKET, OF_NO_TICKET, PAGES, Line
from tests.test_strangers import pages

EVERYBODY = (*AGENTS, *OTHERS)
QUIET = {"spam", "revoked", "expired", "swept", "disabled", "owner disabled", "moved away"}
MARK = re.compile(r"</?mark>")
OK = (200, 204, 302, 303)
ESCAPED = json.dumps(SECRET)[1:-1]
FILES = {"file": ("message", "note", "ticket"), "help_file": ("message",)}
NO_REPLIES = {"light_of_owner", "light_of_full", "custom_of_full"}  # by role, on no ticket at all
ENTRY = {"ticket_comment": "note", "entry_html": "first", "entry_retries": "reply", "help_rating": "reply"}


@dataclass
class Doors:
    """Everybody signed in by every door, before the state came about."""

    stage: Stage
    page: dict[str, Client]
    api: dict[str, Client]
    values: dict[str, Any]

    def fill(self, sent: Any) -> Any:
        """`{name}` filled in; a JSON value that is nothing else but digits stays text, as clients send ids."""
        if isinstance(sent, dict):
            return {name: self.fill(value) for name, value in sent.items()}
        if isinstance(sent, list):
            return [self.fill(value) for value in sent]
        return re.sub(r"{(\w+)}", lambda m: str(self.values[m[1]]), sent) if isinstance(sent, str) else sent


def open_doors(cast: Cast) -> Doors:
    stage = set_up(cast)
    page, api = {}, {}
    for name in AGENTS:
        page[name] = Client(raise_request_exception=False)
        page[name].force_login(stage.agents[name])
        _token, secret = make_token(stage.agents[name], "t", by=stage.actor(name))
        api[name] = Client(headers={"Authorization": f"Bearer {secret}"}, raise_request_exception=False)
    for name in OTHERS:
        page[name] = Client(raise_request_exception=False)
        api[name] = Client(raise_request_exception=False)
    page["requester"].cookies["madoguchi_help"] = help_sessions.begin(cast.yamada, by_link=True)
    page["other_contact"].cookies["madoguchi_help"] = help_sessions.begin(cast.takahashi, by_link=True)
    known = {status.name: status.pk for status in Status.objects.all()}
    values = {
        **stage.things,
        "secret": quote(SECRET[:2]),
        "closed_id": known["Closed"],
        "progress_id": known["In Progress"],
        "owner_id": stage.agents["owner"].pk,
        "other_contact_id": cast.takahashi.pk,
        "comment_id": stage.entries["note"].pk,
        "thread_id": stage.entries["first"].pk,
        "reply_id": stage.entries["reply"].pk,
        "forward_id": stage.entries["forward"].pk,
    }
    return Doors(stage, page, api, values)


@pytest.fixture
def doors(cast: Cast) -> Iterator[Doors]:
    logging.disable(logging.WARNING)  # thousands of refusals
    yield open_doors(cast)
    logging.disable(logging.NOTSET)


def names() -> set[str]:
    return {name for name, _parts in pages() if not name.startswith(FOREIGN)}


def test_every_page_has_an_expectation_here():
    assert names() == PAGES.keys() | NO_TICKET


def test_every_route_has_an_expectation_here():
    there = {f"{method} {path}" for method, path in operations()}
    elsewhere = {
        call
        for call in there - API.keys()
        if call.split(" ")[1].split("/")[3] in OF_NO_TICKET and "{ticket_id}" not in call
    }
    assert there == API.keys() | elsewhere


def listed(wrong: list[Any]) -> str:
    return "\n".join(str(each) for each in wrong[:60])


def expected(actor: str, verb: str, state: str) -> str:
    if verb.startswith("contact/"):
        if actor not in ("requester", "other_contact"):
            return "login"
        return "ok" if may(actor, verb.removeprefix("contact/"), state) else "404"
    if actor in OTHERS:
        return "login"
    if all(may(actor, part, state) for part in verb.split("+")):
        return "ok"
    return "403" if sees(actor, state) else "404"


def concerns(actor: str, state: str, verb: str) -> bool:
    """Whom a state leaves as they were, and who has lost sight by a sweep as by the clock, is asked for reading only there:
    the rest was asked under `active` and `expired`, and of the verbs themselves in tests/test_sharing_matrix.py.
    """
    is_same = state in QUIET and (actor in OTHERS or STATES[state].level(actor) == LEVELS[actor])
    return verb.endswith("read") or not (is_same or state == "swept")


def kind(answer: Any) -> str:
    to = answer.get("Location", "")
    if answer.status_code == 401 or (answer.status_code == 302 and to.startswith(("/login/", "/help/sign-in"))):
        return "login"
    if answer.status_code == 200 and not answer.streaming and b'"errorCode":"URL_NOT_FOUND"' in answer.content:
        return "404"  # of one among many
    return "ok" if answer.status_code in OK else str(answer.status_code)


def body(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode("utf-8", "replace"))


def tells(answer: Any) -> bool:
    text = MARK.sub("", body(answer))
    return SECRET in text or ESCAPED in text


def addresses(doors: Doors, name: str) -> Iterator[str]:
    """The page's address, of a file page one for each file."""
    stage, parts = doors.stage, dict(pages())[name]
    for which in FILES.get(name, ("",)):
        values: dict[str, Any] = {"number": stage.ticket.number, "department": stage.departments["read"].pk}
        values |= {"response": doors.values["response"], "mode": "priority"}
        if "entry" in parts:
            values["entry"] = stage.entries[ENTRY[name]].pk
        if which:
            values |= {"key": stage.files[which].key, "name": "x.pdf"}
        yield reverse(name, kwargs={part: values[part] for part in parts})


def knock(doors: Doors, client: Client, path: str, line: Line) -> Any:
    method, sent, _verb = line
    if method == "get":
        return client.get(path + (f"?{urlencode(doors.fill(sent))}" if sent else ""))
    if method == "delete":
        return client.delete(path + (f"?{urlencode(sent)}" if sent else ""))
    return client.post(path, doors.fill(sent or {}))


def call(doors: Doors, client: Client, path: str, line: Line) -> Any:
    method, sent, _verb = line
    method, _mark, query = method.partition("?")
    path = path + (f"?{doors.fill(query)}" if query else "")
    if method == "file":
        return client.post(path, {"file": SimpleUploadedFile("x.txt", b"x")})
    return client.generic(
        method.upper(), path, "" if sent is None else json.dumps(doors.fill(sent)), "application/json"
    )


def judge(answer: Any, wanted: str, actor: str, state: str, is_same: bool) -> str:
    """What is wrong with the answer; '' where nothing is."""
    got = kind(answer)
    if wanted == "403" and got == "422" and state == "trashed":
        got = "403"  # refused by the rule that it lies in the bin
    if got != wanted:
        return f"{got} instead of {wanted}"
    if wanted != "ok" and not is_same:
        return "changed something"
    if actor in RECEIVERS and INNER in MARK.sub("", body(answer)):
        return "names another ticket of the owner's department"
    return "names the ticket" if wanted != "ok" and not sees(actor, state) and tells(answer) else ""


@pytest.mark.parametrize("state", STATES)
def test_every_page(doors: Doors, state: str) -> None:
    for name in sorted(RECEIVERS):  # pages that are open when it happens
        assert doors.page[name].get(f"/tickets/{doors.stage.ticket.number}/").status_code == 200, name
    STATES[state].act(doors.stage)
    before, wrong = snapshot(), []
    for name, lines in PAGES.items():
        for address in addresses(doors, name):
            for line in lines:
                for actor in (each for each in EVERYBODY if concerns(each, state, line[2])):
                    with undone(), watched() as written:
                        answer = knock(doors, doors.page[actor], address, line)
                        is_same = not written or kind(answer) == "ok" or snapshot() == before
                    wanted = expected(actor, line[2], state)
                    if name in ("new_merge", "merges") and actor.startswith("light"):
                        wanted = "403"  # merges nothing at all: asked before any ticket is looked at
                    if name == "ticket_child_replies" and wanted == "ok" and actor in NO_REPLIES:
                        wanted = "403"
                    if name == "board_response" and wanted == "ok" and actor in RECEIVERS:
                        wanted = "404"  # shared tickets stand on no board of the receivers
                    if name in ("restore", "purge"):  # in the bin itself what does not lie there is not there
                        if wanted == "ok" and state != "trashed":
                            wanted = "404"
                        wanted = "403" if wanted == "404" and kind(answer) == "403" else wanted
                        wanted = "404" if wanted == "403" and kind(answer) == "404" else wanted
                    if problem := judge(answer, wanted, actor, state, is_same):
                        wrong.append((name, line, actor, problem))
    assert not wrong, listed(wrong)


@pytest.mark.parametrize("state", STATES)
def test_every_route(doors: Doors, state: str) -> None:
    STATES[state].act(doors.stage)
    before, wrong = snapshot(), []
    for operation, lines in API.items():
        template = operation.split(" ")[1]
        files = "note" if "/comments/" in template else "message" if "/threads/" in template else "ticket"
        values = {**doors.values, "attachment_id": doors.stage.files[files].pk}
        values["entry_id"] = doors.values["comment_id" if files == "note" else "thread_id"]
        path = re.sub(r"{(\w+)}", lambda m, values=values: str(values[m[1]]), template)  # type: ignore[misc]
        for line in lines:
            for actor in (each for each in EVERYBODY if concerns(each, state, line[2])):
                with undone(), watched() as written:
                    answer = call(doors, doors.api[actor], path, line)
                    is_same = not written or kind(answer) == "ok" or snapshot() == before
                wanted = expected(actor, line[2], state)
                if "/recycleBin/" in template:
                    if wanted == "ok" and state != "trashed":
                        wanted = "404"
                    wanted = kind(answer) if {wanted, kind(answer)} == {"403", "404"} else wanted
                elif state == "spam" and wanted == "ok" and template.endswith("/childTickets/reply"):
                    wanted = "422"  # of a family nothing is in effect then
                elif state == "trashed" and wanted != "login":
                    wanted = "404"  # the API knows it in the recycle bin only
                if problem := judge(answer, wanted, actor, state, is_same):
                    wrong.append((operation, line, actor, problem, body(answer)[:120] if not answer.streaming else ""))
    assert not wrong, listed(wrong)


@pytest.mark.parametrize("state", STATES)
def test_every_action_on_many(doors: Doors, state: str) -> None:
    """On the list page: what one may not do is not done, and who does not see the ticket reads nothing of it."""
    STATES[state].act(doors.stage)
    before, wrong = snapshot(), []
    for do, verb in BULK:
        for actor in (each for each in EVERYBODY if concerns(each, state, verb)):
            form = {"ids": [doors.stage.ticket.pk], "do": doors.fill(do), "tag": "札" if do == "untag" else "新"}
            with undone(), watched() as written:
                answer = doors.page[actor].post("/tickets/bulk", form)
                is_changed = bool(written) and snapshot() != before
            already = state == "trashed" and verb == "trash"
            if is_changed != (expected(actor, verb, state) == "ok" and not already):
                wrong.append((do, actor, f"changed: {is_changed}", answer.status_code))
            if not sees(actor, state) and tells(answer):
                wrong.append((do, actor, "names the ticket"))
    assert not wrong, listed(wrong)


def stands(where: str, actor: str, state: str) -> bool:
    """Whether the ticket is to be found there."""
    level = STATES[state].level(actor) if actor in AGENTS else 0
    live = state not in ("trashed", "spam")
    return {
        "own": level == 4 and live and actor != "administrator",
        "assignee": level == 4 and live and actor == "owner",
        "sees": sees(actor, state) and actor in AGENTS and live,
        "shared": live and 0 < level < 4 and sees(actor, state),
    }[where]


@pytest.mark.parametrize("state", STATES)
def test_every_list_and_search(doors: Doors, state: str) -> None:
    stage = doors.stage
    told = Notification.objects.filter(ticket=stage.ticket)
    for name in AGENTS:  # everybody was told of it once
        row = told.filter(agent=stage.agents[name], in_app=True)
        if not row.exists():
            event = stage.ticket.events.first()
            Notification.objects.create(
                agent=stage.agents[name], kind="created", ticket=stage.ticket, event=event, in_app=True
            )
    STATES[state].act(stage)
    wrong = []
    for label, (address, where) in LISTS.items():
        path = doors.fill(address)
        for actor in EVERYBODY:
            client = doors.api[actor] if path.startswith("/api/") else doors.page[actor]
            with undone():
                answer = client.get(path)
            there = tells(answer) or f"/tickets/{stage.ticket.number}/" in answer.get("Location", "")
            if actor in (*RECEIVERS, "none") and INNER in MARK.sub("", body(answer)):
                wrong.append((label, actor, "names another ticket of the owner's department"))
            if answer.status_code >= 500:
                wrong.append((label, actor, answer.status_code))
            if not sees(actor, state) or actor in OTHERS:
                should = False
            elif where in ("own", "assignee", "sees", "shared") and actor != "administrator":
                should = stands(where, actor, state)
            elif where == "leads":
                should = state != "trashed" or there
            else:
                continue
            if there != should:
                wrong.append((label, actor, f"there: {there}"))
    assert not wrong, listed(wrong)
