"""What holds for every call: tokens, errors, queries, limits, the document."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from madoguchi.actor import Actor
from madoguchi.doors.api import limits
from madoguchi.doors.api.catalogue import operations
from madoguchi.doors.api.urls import api
from madoguchi.models import ApiCount, ApiToken, Ticket
from madoguchi.people import tokens
from tests.doors.api.conftest import Caller, told


def test_both_schemes_of_the_header_are_accepted_and_the_organisation_is_not_needed(sato, cast):
    assert sato.get("/myinfo").json()["emailId"] == "sato@demo.example"
    bearer = Caller(sato.secret, "Bearer")
    assert bearer.get("/myinfo", orgId="60001").status_code == 200
    assert sato.client.get("/v1/myinfo", headers=sato.headers).status_code == 200


def test_without_a_token_unauthorized_with_a_bad_one_invalid_oauth(sato, cast):
    assert told(Client().get("/api/v1/myinfo"))[:2] == (401, "UNAUTHORIZED")
    assert told(Caller("mdg_wrong").get("/myinfo"))[:2] == (401, "INVALID_OAUTH")
    assert told(Caller("x", "Basic").get("/myinfo"))[:2] == (401, "UNAUTHORIZED")


def test_expired_and_revoked_tokens_and_those_of_inactive_agents_are_no_good(sato, cast):
    token = ApiToken.objects.get()
    token.expires_at = timezone.now() - timedelta(seconds=1)
    token.save()
    assert told(sato.get("/myinfo"))[:2] == (401, "INVALID_OAUTH")
    token.expires_at = None
    token.save()
    cast.sato.agent.is_active = False
    cast.sato.agent.save()
    assert sato.get("/myinfo").status_code == 401
    cast.sato.agent.is_active = True
    cast.sato.agent.save()
    assert sato.get("/myinfo").status_code == 200
    tokens.revoke(token, by=cast.sato)
    assert sato.get("/myinfo").status_code == 401


def test_the_last_use_is_written_once_a_minute_and_only_the_digest_is_kept(sato):
    sato.get("/myinfo")
    token = ApiToken.objects.get()
    first = token.last_used_at
    sato.get("/myinfo")
    token.refresh_from_db()
    assert token.last_used_at == first and first is not None
    assert token.prefix == sato.secret[:12] and sato.secret not in json.dumps(token.digest)


def test_nobody_makes_a_token_for_someone_else(cast):
    from madoguchi.errors import Denied

    with pytest.raises(Denied):
        tokens.make_token(cast.admin.agent, "mine", by=cast.sato)
    assert ApiToken.objects.count() == 0
    assert tokens.make_token(cast.sato.agent, "hers", by=cast.admin)[1].startswith("mdg_")


def test_a_session_is_no_login_here(cast):
    client = Client()
    client.force_login(cast.sato.agent, backend="django.contrib.auth.backends.ModelBackend")
    assert told(client.get("/api/v1/tickets"))[:2] == (401, "UNAUTHORIZED")


def test_what_is_not_built_is_404_and_a_wrong_method_405(sato):
    for path in ("/nothing", "/tickets/1/markAsRead", "/", "/tickets/1/unknown", "/webhooks"):
        assert told(sato.post(path, {}))[:2] == (404, "URL_NOT_FOUND")
    for path in ("/api/v1", "/v1/nothing", "/api/v1/a%0Ab"):
        assert told(sato.client.get(path))[:2] == (404, "URL_NOT_FOUND")
    answer = sato.delete("/tickets")
    assert told(answer)[:2] == (405, "METHOD_NOT_ALLOWED") and set(answer["Allow"].split(", ")) == {"GET", "POST"}


def test_bodies_empty_malformed_or_without_a_content_type(sato, cast, ticket):
    path = f"/api/v1/tickets/{ticket.pk}"
    sent = sato.client.generic("PATCH", path, b'{"category": "A"}', content_type="", headers=sato.headers)
    assert sent.json()["category"] == "A"
    for body in (b"", b" ", b"{}"):
        assert told(sato.client.generic("PATCH", path, body, headers=sato.headers))[:2] == (422, "EMPTY_PAYLOAD")
    for body in (b"{", b"\xff", b'{"a": NaN}'):
        assert told(sato.client.generic("PATCH", path, body, headers=sato.headers))[:2] == (400, "BAD_REQUEST")
    assert told(sato.client.generic("PATCH", path, b"[]", headers=sato.headers))[:2] == (422, "INVALID_DATA")
    nul = sato.client.generic("PATCH", path, b'{"category": "A\\u0000B"}', headers=sato.headers)
    assert nul.json()["category"] == "AB"
    assert sato.client.get("/api/v1/tickets/search?subject=%00", headers=sato.headers).status_code in (200, 204)


def test_an_unknown_query_parameter_is_refused(sato, english):
    answer = sato.get("/tickets", colour="red")
    assert told(answer) == (422, "UNPROCESSABLE_ENTITY", [])
    assert answer.json()["message"] == "extra query parameter: colour"


def test_messages_follow_the_agents_language(sato, english):
    assert sato.get("/nothing").status_code == 404
    assert sato.get("/tickets/999").json()["message"] == "The URL or the record does not exist."


def test_japanese_agents_read_japanese(sato, ticket):
    assert sato.patch(f"/tickets/{ticket.pk}", {"subject": ""}).json()["errors"] == [
        {"fieldName": "/subject", "errorType": "missing", "errorMessage": "件名を入力してください。"}
    ]


def test_the_rate_limit_is_per_token_and_told_in_headers(sato, admin, settings):
    settings.API_RATE = 2
    answer = sato.get("/myinfo")
    assert (answer["x-rate-limit-remaining-v3"], answer["x-rate-limit-request-weight-v3"]) == ("1", "1")
    sato.get("/myinfo")
    answer = sato.get("/myinfo")
    assert told(answer)[:2] == (429, "THRESHOLD_EXCEEDED") and 0 < int(answer["Retry-After"]) <= 60
    assert admin.get("/myinfo").status_code == 200
    limits.forget()  # as another web process would come to know of the calls
    assert sato.get("/myinfo").status_code == 429
    limits.forget()
    ApiCount.objects.update(minute=0)
    assert sato.get("/myinfo").status_code == 200


def test_a_large_limit_is_told_to_other_processes_now_and_then(sato, settings):
    settings.API_RATE = 300
    left = [int(sato.get("/myinfo")["x-rate-limit-remaining-v3"]) for _call in range(7)]
    assert left == [299, 298, 297, 296, 295, 294, 293]
    assert ApiCount.objects.get().calls == 6


def test_a_bug_is_a_500_in_json_and_leaves_nothing(sato, ticket, monkeypatch):
    from madoguchi import tickets

    real = tickets.edit

    def broken(*args, **kwargs):
        real(*args, **kwargs)
        raise RuntimeError("bug")

    monkeypatch.setattr(tickets, "edit", broken)
    assert told(sato.patch(f"/tickets/{ticket.pk}", {"subject": "x"}))[:2] == (500, "INTERNAL_SERVER_ERROR")
    assert Ticket.objects.get().subject == "返金はいつになりますか"


def test_the_document_names_every_operation_and_its_page_loads_nothing_from_elsewhere(cast):
    document = Client().get("/api/v1/openapi.json").json()
    told_of = {(m.upper(), path) for path, methods in document["paths"].items() for m in methods}
    assert told_of == set(operations()) and len(told_of) > 95
    page = Client().get("/api/v1/docs")
    assert page.status_code == 200 and b"http://" not in page.content and b"https://" not in page.content


def test_every_reference_of_the_document_is_there_and_bodies_have_names_of_their_own():
    document = json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"))
    schemas = set(json.loads(document)["components"]["schemas"])
    for reference in document.split('"#/components/schemas/')[1:]:
        assert reference.partition('"')[0] in schemas
    seen: dict[str, type] = {}
    for router in api._get_bound_routers():
        for view in router.path_operations.values():
            for operation in view.operations:
                for model in operation.models:
                    if model.__ninja_param_source__ == "body":
                        body = model.model_fields["body"].annotation
                        body = getattr(body, "__args__", [body])[0]
                        assert seen.setdefault(body.__name__, body) is body


def test_every_operation_needs_a_token(cast, ticket):
    client = Client()
    for method, path in operations():
        for name in ("ticket", "contact", "account"):
            path = path.replace("{" + name + "_id}", "1")
        path = "/".join("1" if part.startswith("{") else part for part in path.split("/"))
        assert told(client.generic(method, path))[:2] == (401, "UNAUTHORIZED"), (method, path)


def test_desk_actor_may_make_tokens(cast):
    token, secret = tokens.make_token(cast.sato.agent, "cli", by=Actor.desk())
    assert tokens.agent_of(secret).pk == token.pk and tokens.agent_of("mdg_") is None
