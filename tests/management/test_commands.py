"""The commands by the names the project promises."""

import io
import mailbox
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from madoguchi import tally, tickets
from madoguchi.models import Agent, InboundMail, OutboundMail, Tally, Ticket
from madoguchi.people.tokens import agent_of
from tests.mails import mail


def output(*command: str) -> list[str]:
    out = io.StringIO()
    call_command(*command, stdout=out, stderr=io.StringIO())
    return out.getvalue().splitlines()


def received(monkeypatch, raw: bytes, box: str = "support@demo.example") -> str:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    return output("receive", "--mailbox", box)[-1]


def test_receive_prints_the_decision_and_the_number(cast, monkeypatch):
    raw = mail()
    said = received(monkeypatch, raw)
    number = Ticket.objects.get().number
    assert said == f"entry {number}"
    assert received(monkeypatch, raw) == f"duplicate {number}"
    assert received(monkeypatch, b"Subject: x\n\ny\n").startswith("quarantine ")
    assert received(monkeypatch, mail(Auto_Submitted="auto-replied")).startswith("suppressed ")


def test_receive_knows_the_mailbox_however_it_is_written_and_names_the_known_ones(cast, monkeypatch):
    assert received(monkeypatch, mail(), "Support@Demo.Example").startswith("entry ")
    with pytest.raises(CommandError, match=r"Known: .*support@demo\.example"):
        received(monkeypatch, mail(), "nobody@demo.example")


def test_import_mbox_takes_in_all_and_a_second_time_none(cast, tmp_path):
    box = mailbox.mbox(tmp_path / "old.mbox")
    for n in range(5):
        box.add(mail(f"{n} 通目", Date="Fri, 02 Jan 2026 10:00:00 +0900"))
    box.close()
    command = ["import-mbox", str(tmp_path / "old.mbox"), "--mailbox", "support@demo.example"]
    assert output(*command) == ["entry 5"]
    assert {t.created_at.year for t in Ticket.objects.all()} == {2026}
    assert output(*command) == ["duplicate 5"]
    assert (Ticket.objects.count(), InboundMail.objects.count()) == (5, 10)


def test_token_prints_a_token_that_works_alone_on_the_last_line(cast):
    secret = output("token", "Sato@demo.example")[-1]
    assert agent_of(secret).agent == cast.sato.agent
    with pytest.raises(CommandError):
        output("token", "nobody@demo.example")


def test_admin_makes_an_administrator_with_a_one_time_password(cast):
    password = output("admin", "new@demo.example")[-1]
    agent = Agent.objects.get(email="new@demo.example")
    assert agent.is_administrator and agent.check_password(password)


def test_recount_check_fails_on_any_difference_and_recount_mends_it(cast, ticket):
    assert output("recount", "--check")[-1].endswith("0 wrong")
    Tally.objects.filter(measure__startswith="tickets.", day=None).update(count=5)
    with pytest.raises(CommandError):
        output("recount", "--check")
    output("recount")
    assert tally.figures() == tally.recount()
    tickets.close(ticket, by=cast.sato)
    assert output("recount", "--check")[-1].endswith("0 wrong")


@pytest.mark.django_db
def test_the_demo_desk_tells_the_stories_of_the_seeds():
    assert output("demo") == ["Demo desk loaded."]
    subjects = set(Ticket.objects.values_list("subject", flat=True))
    assert {
        "メールの同期についての不具合",
        "メールのアカウントに関する問題",
        "新しいデバイスでメールを同期できない",
    } <= subjects
    for email in ("admin", "sato", "tanaka", "suzuki", "ito"):
        assert Agent.objects.get(email=f"{email}@demo.example").check_password("madoguchi-demo")
    assert not OutboundMail.objects.exclude(state="SENT").exists()
    assert not InboundMail.objects.exclude(decision="entry").exists()
    assert tally.figures() == tally.recount()
    board = Ticket.objects.filter(department__name="サポート", state="Open", trashed_at=None).order_by()
    assert [board.filter(crm_class=crm_class).count() for crm_class in range(4)] == [7, 5, 2, 2]
    late, waits = (Ticket.objects.get(subject=s) for s in ("届いた商品の色が違います", "会員情報の氏名を変更したい"))
    assert (late.state, late.due_by_target, late.is_overdue) == ("Closed", True, True)
    assert (waits.state, waits.due_at, waits.due_left_s is None) == ("On Hold", None, False)
    assert output("recount", "--check")[-1].endswith("0 wrong")
    assert output("demo") == ["The desk is set up already; nothing loaded."]
