import pytest

from madoguchi import tickets
from madoguchi.models import Event, Status, Ticket
from tests.cast import open_one
from tests.doors.agent.conftest import text


@pytest.fixture
def three(cast):
    return [open_one(cast, f"件名 {n}") for n in range(3)]


def send(client, found, do, **more):
    ids = [getattr(each, "pk", each) for each in found]
    return client.post("/tickets/bulk", {"ids": ids, "do": do, "next": "/tickets/?view=all", **more})


def values(name):
    return list(Ticket.objects.order_by("id").values_list(name, flat=True))


def test_one_action_changes_every_ticked_ticket(cast, sato, three):
    held = Status.objects.get(name="On Hold").pk
    for do, name, value in (
        (f"assign:{cast.sato.agent.pk}", "assignee_id", cast.sato.agent.pk),
        ("assign:", "assignee_id", None),
        ("priority:Urgent", "priority", "Urgent"),
        (f"status:{held}", "status_id", held),
        ("close", "state", "Closed"),
        ("spam", "is_spam", True),
        ("not_spam", "is_spam", False),
        (f"move:{cast.delivery.pk}", "department_id", cast.delivery.pk),
    ):
        answer = send(sato, three, do)
        assert answer.status_code == 303, f"{do}: {text(answer)}"
        assert answer["Location"] == "/tickets/?view=all"
        assert values(name) == [value] * 3, do
    assert "3件の問い合わせを変更しました" in text(sato.get("/tickets/"))


def test_tags_come_and_go(cast, sato, three):
    send(sato, three[:2], "tag", tag="VIP、至急")
    assert [list(t.ticket_tags.values_list("tag__name", flat=True)) for t in three] == [["VIP", "至急"]] * 2 + [[]]
    send(sato, three, "untag", tag="vip")
    assert [list(t.ticket_tags.values_list("tag__name", flat=True)) for t in three] == [["至急"]] * 2 + [[]]


def test_deleting_asks_first(cast, sato, three):
    asked = send(sato, three[:2], "trash")
    assert asked.status_code == 200 and "2件の問い合わせをごみ箱に移動しますか" in text(asked)
    assert values("trashed_at") == [None] * 3
    send(sato, three[:2], "trash:sure")
    assert [bool(at) for at in values("trashed_at")] == [True, True, False]


def test_what_is_refused_is_named_and_stays_ticked_and_the_rest_is_done(cast, sato, three):
    tickets.move(three[1], cast.billing, by=cast.sato)
    tickets.trash(three[2], by=cast.sato)
    hidden = open_one(cast, "秘密の件", department=cast.delivery, mailbox=None)
    answer = send(sato, [*three, hidden, 10**12], "priority:High")
    page = text(answer)
    assert answer.status_code == 422 and "1件を変更、4件は変更できませんでした" in page
    assert f"#{three[2].number}" in page and "秘密の件" not in page and f"#{hidden.number}" not in page
    assert values("priority") == ["High", "", "", ""]


def test_a_rule_refuses_one_by_one(cast, sato, three):
    tickets.move(three[1], cast.delivery, by=cast.sato)
    tickets.move(three[1], cast.support, by=cast.ito)
    answer = send(sato, three, f"assign:{cast.suzuki.agent.pk}")
    page = text(answer)
    assert answer.status_code == 422 and page.count("この担当者は") >= 3
    assert page.count(" checked") == 3 + 6 and values("assignee_id") == [None] * 3


def test_twice_is_once(cast, sato, three):
    send(sato, three, "close")
    events = Event.objects.count()
    assert send(sato, three, "close").status_code == 303
    assert send(sato, [*three, three[0]], "priority:").status_code == 303
    assert Event.objects.count() == events


@pytest.mark.parametrize("do", ["", "nothing", "status:99", "status:x", "assign:999", "assign:x", "move:", "trash:no"])
def test_what_makes_no_sense_changes_nothing(cast, sato, three, do):
    events = Event.objects.count()
    answer = send(sato, three, do)
    assert answer.status_code == 422 and "変更されていません" in text(answer)
    assert Event.objects.count() == events


def test_at_most_a_hundred_and_at_least_one(cast, sato, three):
    assert "100" in text(send(sato, range(1, 102), "close"))
    assert send(sato, [], "close").status_code == 422
    assert send(sato, ["x", "-1"], "close").status_code == 422
    assert values("state") == ["Open"] * 3


def test_each_ticket_asks_for_permission(cast, sign_in, three):
    light = sign_in(cast.light)
    assert 'id="bulk"' not in text(light.get("/tickets/"))
    answer = send(light, three, "close")
    assert answer.status_code == 422 and values("state") == ["Open"] * 3
    assert send(sign_in(cast.suzuki), three, "trash:sure").status_code == 422
    assert values("trashed_at") == [None] * 3


def test_one_comes_back_to_the_desk_only(cast, sato, three):
    assert send(sato, three, "close", next="https://evil.example/")["Location"] == "/tickets/"
