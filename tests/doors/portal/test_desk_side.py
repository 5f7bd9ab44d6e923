"""What agents set for the help center: who sees the account, whether there is one at all."""

from django.test import Client

from madoguchi.models import Contact, Organisation
from madoguchi.organisation.current import organisation
from madoguchi.people.tokens import make_token


def signed_in(actor) -> Client:
    client = Client()
    client.force_login(actor.agent)
    return client


def test_an_agent_lets_a_contact_see_the_account_and_takes_it_back(cast):
    client, where = signed_in(cast.sato), f"/contacts/{cast.yamada.pk}/details"
    typed = {
        "last_name": "山田",
        "first_name": "花子",
        "emails": "hanako@midori.example",
        "account": "株式会社みどり商事",
    }
    for switch, sees in (({"sees_account": "on"}, True), ({}, False)):
        assert client.post(where, {**typed, **switch}).status_code == 303
        assert Contact.objects.get(pk=cast.yamada.pk).sees_account is sees
    client.post(where, {**typed, "account": "", "sees_account": "on"})
    assert Contact.objects.get(pk=cast.yamada.pk).sees_account is False  # of no account


def test_an_administrator_switches_the_help_center_off_and_on(cast):
    client = signed_in(cast.admin)
    typed = {"name": "窓口テスト", "bin_days": 60, "max_file_mb": 20, "max_sent_mb": 30, "max_received_mb": 50}
    assert organisation().has_help_center
    assert client.post("/settings/company", typed).status_code == 303
    assert not Organisation.objects.get().has_help_center and Client().get("/help/sign-in").status_code == 404
    assert client.post("/settings/company", {**typed, "has_help_center": "on"}).status_code == 303
    assert Client().get("/help/sign-in").status_code == 200


def test_the_password_of_a_contact_is_in_no_answer_of_the_api(cast):
    Contact.objects.filter(pk=cast.yamada.pk).update(password="argon2$GEHEIM")
    headers = {"HTTP_AUTHORIZATION": f"Bearer {make_token(cast.admin.agent, 't', by=cast.admin)[1]}"}
    for path in ("/api/v1/contacts", f"/api/v1/contacts/{cast.yamada.pk}", "/api/v1/contacts/search?email=hanako*"):
        assert "GEHEIM" not in Client().get(path, **headers).content.decode()
    body = {"password": "x", "sees_account": True}
    answer = Client().patch(f"/api/v1/contacts/{cast.yamada.pk}", body, content_type="application/json", **headers)
    assert answer.status_code == 422 and Contact.objects.get(pk=cast.yamada.pk).password == "argon2$GEHEIM"
