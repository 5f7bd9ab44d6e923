"""The first page of a new desk works once (G7, SECURITY.md)."""

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.models import Agent, Department, Organisation, Role, Status
from madoguchi.organisation import current

TYPED = {
    "name": "みどり商事", "language": "ja", "time_zone": "Asia/Tokyo", "last_name": "山本", "first_name": "恵",
    "email": "megumi@midori.example", "password": "とても長い合言葉です2026", "department": "お客様窓口",
    "address": "support@midori.example",
}  # fmt: skip


@pytest.fixture
def visitor(db) -> Client:
    current.forget()
    return Client(headers={"accept-language": "ja"})


def test_an_empty_desk_leads_to_its_first_page(visitor):
    assert visitor.get("/")["Location"] == reverse("first_run")
    assert visitor.get("/login/")["Location"] == reverse("first_run")
    assert "窓口を開く" in visitor.get(reverse("first_run")).content.decode()


def test_the_form_founds_the_desk_and_signs_the_administrator_in(visitor):
    answer = visitor.post(reverse("first_run"), TYPED)
    assert (answer.status_code, answer["Location"]) == (303, "/")
    agent = Agent.objects.get()
    assert agent.is_administrator and agent.is_confirmed and agent.check_password(TYPED["password"])
    assert Organisation.objects.get().name == "みどり商事" and not Organisation.objects.get().is_demo
    assert Department.objects.get().mailboxes.get().address == "support@midori.example"
    assert Status.objects.count() == 5 and Role.objects.count() == 4
    assert visitor.get(reverse("company")).status_code == 200


def test_it_works_once(visitor):
    visitor.post(reverse("first_run"), TYPED)
    again = Client()
    assert again.get(reverse("first_run")).status_code == 404
    assert again.post(reverse("first_run"), {**TYPED, "email": "evil@midori.example"}).status_code == 404
    assert Agent.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "short"),
        ("password", "madoguchi-demo"),
        ("email", "megumi"),
        ("address", "no address"),
        ("name", ""),
        ("department", " "),
        ("time_zone", "Mars/Base"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_founded(visitor, field, value):
    page = visitor.post(reverse("first_run"), {**TYPED, field: value})
    text = page.content.decode()
    assert page.status_code == 422 and f'id="id_{field}-error"' in text
    assert TYPED["password"] not in text and not Organisation.objects.exists() and not Agent.objects.exists()
