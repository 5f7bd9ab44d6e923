"""GET /customerHappiness and what belongs to it (API A5)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from madoguchi import record, tickets
from madoguchi.kit.letters.rating_block import without_in_html
from madoguchi.models import Department, Entry, Rating, Ticket
from tests.cast import open_one
from tests.doors.api.conftest import told


@pytest.fixture
def said(cast):
    """Two ratings in support, one in billing, the newest first."""
    found = []
    start = record.now() - timedelta(days=3)
    for n, (department, contact, value, comment) in enumerate(
        [
            (cast.billing, cast.yamada, "ok", "まあ"),
            (cast.support, cast.takahashi, "bad", "遅い\n<b>とても</b>"),
            (cast.support, cast.yamada, "good", ""),
        ]
    ):
        with record.at(start + timedelta(days=n)):
            ticket = open_one(
                cast, f"件{n}", department=department, contact=contact, mailbox=department.mailboxes.get()
            )
            entry = tickets.reply(ticket, "回答", by=cast.admin)
            found.insert(0, tickets.rate_by_link(entry, value, comment))
    return found


def ids(answer) -> list[str]:
    return [row["id"] for row in answer.json()["data"]] if answer.status_code == 200 else [str(answer.status_code)]


def test_a_row_says_who_rated_what(cast, said, sato):
    newest, bad, _billing = said
    answer = sato.get("/customerHappiness", include="contacts,tickets")
    first, second = answer.json()["data"]
    assert second == {
        "id": str(bad.pk),
        "rating": "bad",
        "feedback": "遅い\n<b>とても</b>",
        "ratedTime": second["ratedTime"],
        "modifiedTime": None,
        "source": "EMAIL",
        "ticketId": str(bad.counts_for_id),
        "threadId": str(bad.entry_id),
        "contactId": str(cast.takahashi.pk),
        "accountId": None,
        "agentId": str(cast.admin.agent.pk),
        "departmentId": str(cast.support.pk),
        "contact": {
            "id": str(cast.takahashi.pk),
            "firstName": "誠",
            "lastName": "高橋",
            "email": "makoto@kita.example",
        },
        "ticket": second["ticket"],
    }
    assert second["ticket"]["ticketNumber"] == str(bad.counts_for.number) and second["ticket"]["status"] == "Open"
    assert (
        second["ratedTime"].endswith("Z") and first["id"] == str(newest.pk) and first["ratedTime"] > second["ratedTime"]
    )
    assert "contact" not in sato.get("/customerHappiness").json()["data"][0]


def test_narrowed_sorted_and_paged(cast, said, sato, admin):
    newest, bad, billing = (str(row.pk) for row in said)
    assert ids(sato.get("/customerHappiness")) == [newest, bad]
    assert ids(admin.get("/customerHappiness")) == [newest, bad, billing]
    assert ids(admin.get("/customerHappiness", contactId=cast.yamada.pk)) == [newest, billing]
    assert ids(admin.get("/customerHappiness", accountId=cast.midori.pk, departmentId=cast.billing.pk)) == [billing]
    assert ids(admin.get("/customerHappiness", rating="bad")) == [bad]
    assert ids(admin.get("/customerHappiness", sortBy="ratedTime")) == [billing, bad, newest]
    assert ids(admin.get("/customerHappiness", sortBy="-ratedTime", **{"from": 1, "limit": 1})) == [bad]
    assert sato.get("/customerHappiness", accountId=cast.midori.pk, rating="bad").status_code == 204
    assert admin.get("/customerHappiness/count").json() == {"count": "3"}
    assert sato.get("/customerHappiness/count", rating="good").json() == {"count": "1"}


def test_what_may_not_be_seen_and_what_makes_no_sense(cast, said, sato):
    for path in (
        "/customerHappiness",
        "/customerHappiness/count",
        "/customerHappinessSetup",
        "/customerHappinessLinkHolder",
    ):
        assert sato.get(path, departmentId=cast.billing.pk).status_code == 404, path
    assert sato.get("/customerHappiness", contactId=10**15).status_code == 404
    for wrong in (
        {"rating": "great"},
        {"sortBy": "feedback"},
        {"include": "agents"},
        {"limit": 101},
        {"from": 5000},
        {"x": 1},
    ):
        assert sato.get("/customerHappiness", **wrong).status_code == 422, wrong


def test_figure_is_list(cast, said, sato):
    newest, bad, _billing = said
    tickets.trash(newest.counts_for, by=cast.tanaka)
    tickets.mark_spam(Ticket.objects.get(pk=bad.counts_for_id), by=cast.tanaka)
    assert sato.get("/customerHappiness").status_code == 204
    assert sato.get("/customerHappiness/count").json() == {"count": "0"}


def test_a_merged_ticket_is_told_as_its_main_one(cast, said, sato):
    newest = said[0]
    main = open_one(cast, "本件")
    tickets.merge(main, [Ticket.objects.get(pk=newest.counts_for_id)], by=cast.sato)
    row = sato.get("/customerHappiness", contactId=cast.yamada.pk).json()["data"][0]
    assert (row["ticketId"], row["threadId"]) == (str(main.pk), str(newest.entry_id))


def test_many_rows_cost_as_many_statements_as_few(cast, said, sato):
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert sato.get("/customerHappiness", include="contacts,tickets").status_code == 200
        return len(asked)

    cost()
    few = cost()
    for n in range(6):
        tickets.rate_by_link(tickets.reply(open_one(cast, f"多{n}"), "回答", by=cast.sato), "good")
    assert cost() == few


def test_the_setup_of_a_department(cast, sato):
    setup = sato.get("/customerHappinessSetup", departmentId=cast.support.pk).json()
    assert setup["isEnabled"] is True and setup["question"] == "サポートはいかがでしたか？"
    assert [row["label"] for row in setup["ratings"]] == ["良い", "普通", "悪い"]
    assert (setup["ratableForDays"], setup["changeableForDays"]) == ("90", "30")
    assert sato.get("/customerHappinessSetup").status_code == 422


def test_the_link_holder_stands_for_the_links_and_never_leaves_as_it_is(cast, ticket, sato):
    holder = sato.get("/customerHappinessLinkHolder", departmentId=cast.support.pk).json()["linkHolder"]
    assert "サポートはいかがでしたか？" in holder and without_in_html(holder) == ""
    english = sato.get("/customerHappinessLinkHolder", departmentId="allDepartment", languageCode="en-US").json()
    assert "How was our support?" in english["linkHolder"]
    assert sato.get("/customerHappinessLinkHolder", departmentId="x").status_code == 422
    assert sato.get("/customerHappinessLinkHolder", departmentId="allDepartment", languageCode="fr").status_code == 422
    sent = sato.post(
        f"/tickets/{ticket.pk}/sendReply",
        {
            "channel": "EMAIL",
            "contentType": "html",
            "content": f"<p>本日返金いたしました。</p>{holder}",
            "fromEmailAddress": "support@demo.example",
        },
    )
    assert sent.status_code == 200, told(sent)
    entry = Entry.objects.get(pk=sent.json()["id"])
    assert entry.html == "<p>本日返金いたしました。</p>" and "いかが" not in entry.text
    Department.objects.filter(pk=cast.support.pk).update(asks_for_ratings=False)
    assert sato.get("/customerHappinessLinkHolder", departmentId=cast.support.pk).json() == {"linkHolder": ""}
    assert sato.get("/customerHappinessSetup", departmentId=cast.support.pk).json()["isEnabled"] is False
    assert not Rating.objects.exists()


def test_history_tells_of_a_rating(cast, said, sato):
    bad = said[1]
    events = sato.get(f"/tickets/{bad.counts_for_id}/History").json()["data"]
    (event,) = [event for event in events if event["eventName"] == "CustomerRated"]
    assert event["actor"]["type"] == "Contact" and event["source"] == "Email"
    info = {each["propertyName"]: each["propertyValue"] for each in event["eventInfo"]}
    assert info == {"rating": "bad", "comment": "遅い\n<b>とても</b>"}
