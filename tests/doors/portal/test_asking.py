"""New tickets by form, signed in or not (SPEC P1, D1, D2)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from madoguchi.models import Contact, Event, HelpTry, Ticket
from madoguchi.organisation import departments
from madoguchi.reactions.help_mails import mail_sign_in_link
from tests.cast import open_one
from tests.doors.portal.conftest import text

NEW = "/help/new"


def asked(cast, **more):
    return {"subject": "届きません", "text": "まだです。", "department": cast.support.pk, "once": "k", **more}


def as_visitor(cast, **more):
    return asked(cast, **{"name": "新田 一", "email": "nitta@visitor.example", **more})


def link_jobs() -> list[dict]:
    return [job.args for job in ProcrastinateJob.objects.filter(task_name="mail_sign_in_link").order_by("id")]


def test_a_contact_opens_a_ticket_by_form(cast, yamada):
    answer = yamada.post(NEW, asked(cast, files=[SimpleUploadedFile("図.txt", b"x", "text/plain")]))
    ticket = Ticket.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/help/tickets/{ticket.number}/")
    assert (ticket.contact, ticket.channel, ticket.department) == (cast.yamada, "Web", cast.support)
    assert (ticket.account, ticket.state, ticket.waiting_since is not None) == (cast.midori, "Open", True)
    event = Event.objects.get(verb="ticket.opened")
    assert (event.by_contact, event.door) == (cast.yamada, "help")
    entry = ticket.entries.get()
    assert (entry.text, entry.is_description, entry.attachments.get().name) == ("まだです。", True, "図.txt")


def test_only_departments_of_the_help_center_can_be_chosen_by_their_name_there(cast, yamada):
    departments.edit_department(cast.billing, {"is_visible_in_help_center": False}, by=cast.admin)
    departments.edit_department(cast.delivery, {"name_in_help_center": "お届けの窓口"}, by=cast.admin)
    page = text(yamada.get(NEW))
    assert "お届けの窓口" in page and "経理" not in page and "配送" not in page
    for wanted in (cast.billing.pk, 99999, "x", ""):
        assert yamada.post(NEW, asked(cast, department=wanted)).status_code == 422
    departments.disable_department(cast.delivery, by=cast.admin)
    assert yamada.post(NEW, asked(cast, department=cast.delivery.pk)).status_code == 422
    assert Ticket.objects.count() == 0


@pytest.mark.parametrize("gap", [{"subject": ""}, {"text": " "}, {"subject": "x" * 300}])
def test_a_refusal_keeps_what_was_typed(cast, yamada, gap):
    answer = yamada.post(NEW, asked(cast, **gap))
    assert answer.status_code == 422 and ("まだです。" in text(answer) or "届きません" in text(answer))
    assert Ticket.objects.count() == 0


def test_a_visitor_writes_by_form_and_is_mailed_the_way_in(cast):
    answer = Client().post(NEW, as_visitor(cast))
    assert (answer.status_code, answer["Location"]) == (303, "/help/sign-in/sent?request=1")
    ticket = Ticket.objects.get()
    assert (ticket.contact.name, ticket.contact.email, ticket.channel) == ("新田 一", "nitta@visitor.example", "Web")
    (job,) = link_jobs()
    mail = mail_sign_in_link(**job)
    assert mail is not None and mail.recipients == ["nitta@visitor.example"]
    raw = bytes(mail.raw or b"").decode()
    assert "届きません" not in raw  # nobody can have us mail their words


def test_a_visitor_with_a_known_address_opens_a_ticket_and_sees_nothing(cast):
    open_one(cast, "前からの件")
    client = Client()
    answer = client.post(NEW, as_visitor(cast, email="HANAKO@midori.example", name="偽名 太郎"))
    assert answer.status_code == 303 and "madoguchi_help" not in client.cookies
    ticket = Ticket.objects.latest("id")
    assert (ticket.contact, ticket.contact.name) == (cast.yamada, "山田 花子")
    page = text(client.get(answer["Location"]))
    assert "前からの件" not in page and "山田" not in page and str(ticket.number) not in page
    assert client.get(f"/help/tickets/{ticket.number}/").status_code == 302


def test_known_and_unknown_visitors_get_the_same_answer(cast):
    answers = [
        Client().post(NEW, as_visitor(cast, email=e, once=e)) for e in ("hanako@midori.example", "new@x.example")
    ]
    assert len({(a.status_code, a["Location"]) for a in answers}) == 1


def test_what_fills_in_the_field_nobody_sees_opens_nothing(cast):
    assert Client().post(NEW, as_visitor(cast, website="http://spam.example")).status_code == 303
    assert (Ticket.objects.count(), Contact.objects.count(), HelpTry.objects.count()) == (0, 2, 0)


@pytest.mark.parametrize(
    "gap",
    [{"name": ""}, {"email": ""}, {"email": "kein"}, {"email": "support@demo.example"}, {"subject": ""}, {"text": ""}],
)
def test_a_visitors_form_needs_a_name_and_an_address_of_theirs(cast, gap):
    assert Client().post(NEW, as_visitor(cast, **gap)).status_code == 422
    assert (Ticket.objects.count(), Contact.objects.count(), HelpTry.objects.count()) == (0, 2, 0)


def test_visitors_are_limited_by_address(cast):
    answers = [Client().post(NEW, as_visitor(cast, once=str(n))).status_code for n in range(7)]
    assert answers == [303] * 5 + [429] * 2
    assert Ticket.objects.count() == 5 == len(link_jobs())


def test_a_visitor_who_presses_twice_opens_one_ticket(cast):
    client = Client()
    assert [client.post(NEW, as_visitor(cast)).status_code for _n in range(2)] == [303, 303]
    assert Ticket.objects.count() == 1


def test_spam_stays_spam(cast):
    Contact.objects.filter(pk=cast.yamada.pk).update(is_spam=True)
    Client().post(NEW, as_visitor(cast, email="hanako@midori.example"))
    assert Ticket.objects.get().is_spam
    assert mail_sign_in_link(**link_jobs()[0]) is None
