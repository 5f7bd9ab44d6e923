"""What every page shares: signing in, department, language, refusals."""

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from madoguchi.doors.agent import errors, jinja
from madoguchi.models import Agent
from madoguchi.organisation import current
from tests.doors.agent.conftest import text


def test_health_answers_without_signing_in(db):
    response = Client().get("/health")
    assert (response.status_code, response.content) == (200, b"ok")


def test_before_the_desk_is_founded_every_page_leads_to_the_first_run(db):
    current.forget()
    first_run = reverse("first_run")
    assert Client().get("/tickets/")["Location"] == first_run and Client().get(first_run).status_code == 200
    assert Client().get("/health").status_code == 200


def test_pages_ask_to_sign_in_and_remember_where_to(cast):
    response = Client().get("/tickets/?view=mine")
    assert (response.status_code, response["Location"]) == (302, "/login/?next=%2Ftickets%2F%3Fview%3Dmine")


def test_an_agent_who_was_switched_off_is_signed_out(cast, sato):
    Agent.objects.filter(pk=cast.sato.agent.pk).update(is_active=False)
    assert sato.get("/")["Location"].startswith("/login/")
    Agent.objects.filter(pk=cast.sato.agent.pk).update(is_active=True)
    assert sato.get("/")["Location"].startswith("/login/")


def test_a_page_speaks_the_language_of_its_reader_and_wears_their_theme(cast, sato):
    assert '<html lang="ja">' in text(sato.get("/")) and "問い合わせ" in text(sato.get("/"))
    Agent.objects.filter(pk=cast.sato.agent.pk).update(language="en", theme="dark")
    page = text(sato.get("/"))
    assert '<html lang="en" data-theme="dark">' in page and "Tickets" in page


def test_the_theme_changes_from_the_menu(cast, sato):
    response = sato.post(reverse("theme"), {"theme": "dark", "next": "/tickets/"})
    assert (response.status_code, response["Location"]) == (303, "/tickets/")
    assert Agent.objects.get(pk=cast.sato.agent.pk).theme == "dark"
    assert sato.post(reverse("theme"), {"theme": "pink"}).status_code == 404


def test_next_never_leads_to_another_site(cast, sato):
    for elsewhere in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        assert sato.post(reverse("theme"), {"theme": "light", "next": elsewhere})["Location"] == "/"


def test_the_department_chosen_in_the_bar_stays(cast, sign_in):
    admin = sign_in(cast.admin)
    assert text(admin.get("/")).count("サポート") >= 1
    response = admin.post(reverse("switch_department"), {"department": cast.billing.pk, "next": "/tickets/"})
    assert (response.status_code, response["Location"]) == (303, "/tickets/")
    assert admin.get("/tickets/").wsgi_request.session["department"] == cast.billing.pk


def test_a_department_of_others_cannot_be_chosen(cast, sato):
    assert sato.post(reverse("switch_department"), {"department": cast.billing.pk}).status_code == 404
    assert sato.post(reverse("switch_department"), {"department": "x"}).status_code == 404


@pytest.mark.parametrize("path", ["/", "/tickets/", "/tickets/new"])
def test_an_agent_without_a_department_is_told_so(cast, sato, path):
    cast.sato.agent.memberships.all().delete()
    response = sato.get(path)
    assert response.status_code == 200 and "所属する部門がありません" in text(response)


def test_what_does_not_exist_is_a_designed_404(cast, sato):
    for path in (
        "/nowhere",
        "/tickets/999999/",
        "/contacts/999999/",
        "/accounts/999999/",
        "/files/x/y",
        "/signup/",
        "/email/",
    ):
        response = sato.get(path)
        assert response.status_code == 404 and "見つかりません" in text(response), path
    assert "topbar" in text(sato.get("/nowhere")) and "topbar" not in text(Client().get("/nowhere"))


def test_a_verb_the_role_lacks_is_a_designed_403(cast, ticket, sign_in):
    light = sign_in(cast.light)
    response = light.post(reverse("ticket_spam", kwargs={"number": ticket.number}))
    assert response.status_code == 403 and "権限がありません" in text(response)
    ticket.refresh_from_db()
    assert not ticket.is_spam


def test_a_form_without_its_token_is_told_apart(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.sato.agent)
    response = client.post(reverse("theme"), {"theme": "dark"})
    assert response.status_code == 403 and "フォームの有効期限が切れました" in text(response)


def test_pages_run_no_script_of_others_and_are_kept_by_no_cache(cast, sato):
    response = sato.get("/")
    policy = response["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "default-src 'none'" in policy and "unsafe" not in policy
    assert response["Cache-Control"] == "private, no-cache" and response["X-Frame-Options"] == "DENY"


def test_signing_in_and_out_works_with_a_password(cast):
    client, agent = Client(), Agent.objects.get(pk=cast.sato.agent.pk)
    agent.set_password("another one entirely")
    agent.save()
    response = client.post("/login/?next=/tickets/", {"login": agent.email, "password": "another one entirely"})
    assert (response.status_code, response["Location"]) == (302, "/tickets/")
    assert client.get("/").status_code == 200
    client.post("/logout/")
    assert client.get("/")["Location"].startswith("/login/")


def test_a_missing_picture_breaks_no_page(cast, sato, monkeypatch):
    def missing(path: str) -> str:
        raise ValueError(path)

    jinja._static.cache_clear()
    monkeypatch.setattr(jinja, "hashed", missing)
    assert '"/static/img/logo.svg"' in text(sato.get("/"))
    jinja._static.cache_clear()


def test_the_page_for_a_fault_of_ours_needs_no_database(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        response = errors.server_error(RequestFactory().get("/"))
    assert response.status_code == 500 and "エラーが発生しました" in text(response)
