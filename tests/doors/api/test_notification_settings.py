"""What departments switched on, and what oneself was told, over the wire (ours)."""

import pytest

from madoguchi import tickets
from madoguchi.models import Event, Membership, Notification, NotificationRule
from madoguchi.tickets import Wish
from tests.cast import open_one
from tests.doors.api.conftest import told


@pytest.fixture
def tanaka(caller, cast):
    return caller(cast.tanaka)


def where(department):
    return f"/departments/{department.pk}/settings/notifications"


def test_supervisors_of_the_department_and_administrators_switch_and_the_rest_stays(tanaka, admin, cast):
    before = tanaka.get(where(cast.support)).json()
    assert before["sharedTicketReceived"] is False and before["ticketCreatedInApp"] is True
    assert set(map(type, before.values())) == {bool} and "sharedTicketReceivedInApp" not in before
    body = {"sharedTicketReceived": True, "ticketCreatedInApp": False, "ticketCreatedByMail": False}
    answer = tanaka.patch(where(cast.support), body)
    assert answer.json() == before | {"sharedTicketReceived": True, "ticketCreatedInApp": False}
    assert tanaka.get(where(cast.support)).json() == answer.json()
    assert admin.get(where(cast.billing)).json() == before
    assert (
        admin.patch(where(cast.support), {"sharedTicketReceived": False, "ticketCreatedInApp": True}).json() == before
    )
    assert Event.objects.filter(verb="setup.changed", after__kind="shared_received").count() == 2


def test_agents_are_forbidden_and_others_are_told_nothing(sato, tanaka, caller, cast):
    for who, status in ((sato, 403), (caller(cast.light), 403), (caller(cast.suzuki), 404)):
        assert told(who.get(where(cast.support)))[0] == status
        assert told(who.patch(where(cast.support), {"sharedTicketReceived": True}))[0] == status
    assert told(tanaka.patch(where(cast.billing), {"sharedTicketReceived": True}))[:2] == (404, "URL_NOT_FOUND")
    assert not NotificationRule.objects.exists()


def test_what_there_is_no_switch_for_is_named_and_nothing_is_switched(tanaka, cast):
    for name, value in (("dealWon", True), ("sharedTicketReceived", "maybe"), ("sharedTicketReceived", None)):
        body = {"ticketCreatedInApp": False, name: value}
        assert told(tanaka.patch(where(cast.support), body)) == (422, "INVALID_DATA", [(f"/{name}", "invalid")])
    assert not NotificationRule.objects.exists()


def notify(cast, ticket):
    event = Event.objects.filter(ticket=ticket).order_by("id").last()
    return Notification.objects.create(agent=cast.suzuki.agent, kind="assigned", ticket=ticket, event=event)


def test_ones_own_notifications_are_listed_and_marked_as_read(caller, sato, cast):
    suzuki, own = caller(cast.suzuki), open_one(cast, "経理の件", department=cast.billing, mailbox=None)
    _first, second = notify(cast, own), notify(cast, open_one(cast, "別", department=cast.billing, mailbox=None))
    answer = suzuki.get("/notifications", limit=1).json()
    assert (answer["unreadCount"], [row["id"] for row in answer["data"]]) == ("2", [str(second.pk)])
    (row,) = suzuki.get("/notifications", limit=1, cursor=answer["next"]).json()["data"]
    assert (row["type"], row["ticketId"], row["subject"], row["readTime"]) == (
        "ticketAssigned", str(own.pk), "経理の件", None,
    )  # fmt: skip
    assert suzuki.post("/notifications/markAsRead", {"ids": [row["id"]]}).status_code == 204
    assert [row["id"] for row in suzuki.get("/notifications", isUnread="true").json()["data"]] == [str(second.pk)]
    assert sato.get("/notifications").status_code == 204
    sato.post("/notifications/markAsRead", {"all": True})
    assert told(sato.post("/notifications/markAsRead", {"ticketId": own.pk}))[0] == 404
    assert Notification.objects.get(pk=second.pk).read_at is None
    suzuki.post("/notifications/markAsRead", {"ticketId": second.ticket_id})
    assert not Notification.objects.filter(read_at=None).exists()
    assert told(suzuki.post("/notifications/markAsRead", {"all": False}))[2] == [("/ids", "missing")]


def test_of_a_ticket_one_sees_no_more_one_is_told_no_more(caller, cast, ticket):
    suzuki = caller(cast.suzuki)
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    notify(cast, ticket)
    assert suzuki.get("/notifications").json()["unreadCount"] == "1"
    tickets.unshare(ticket, [cast.billing], by=cast.sato)
    assert suzuki.get("/notifications").status_code == 204
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    assert suzuki.get("/notifications").status_code == 200
    Membership.objects.filter(agent=cast.suzuki.agent).delete()
    assert suzuki.get("/notifications").status_code == 204
