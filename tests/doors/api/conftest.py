"""Agents at the API door: a client each, with a token of their own."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from madoguchi.actor import Actor
from madoguchi.doors.api import limits
from madoguchi.people.tokens import make_token


class Caller:
    """A client of the API as programs write them: JSON in, JSON out, a token in the header."""

    def __init__(self, secret: str, scheme: str = "Zoho-oauthtoken") -> None:
        self.secret, self.client = secret, Client(raise_request_exception=False)
        self.headers = {"Authorization": f"{scheme} {secret}"}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        more = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
        return self.client.generic(method, f"/api/v1{path}", headers={**self.headers, **headers}, **more)

    def get(self, path: str, **query: Any) -> HttpResponse:
        return self.client.get(f"/api/v1{path}", query, headers=self.headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None) -> HttpResponse:
        return self.call("PATCH", path, body)

    def delete(self, path: str) -> HttpResponse:
        return self.call("DELETE", path)

    def upload(self, path: str, file: Any, **headers: str) -> HttpResponse:
        return self.client.post(f"/api/v1{path}", {"file": file}, headers={**self.headers, **headers})


@pytest.fixture(autouse=True)
def fresh_minute():
    limits.forget()


@pytest.fixture
def caller(cast):
    """caller(cast.sato) is a client with a token of hers."""

    def made(actor: Actor) -> Caller:
        assert actor.agent is not None
        return Caller(make_token(actor.agent, "test", by=Actor.desk())[1])

    return made


@pytest.fixture
def sato(caller, cast) -> Caller:
    return caller(cast.sato)


@pytest.fixture
def admin(caller, cast) -> Caller:
    return caller(cast.admin)


@pytest.fixture
def english(cast):
    """The agents of the cast read English."""
    from madoguchi.models import Agent

    Agent.objects.update(language="en")


def told(response: HttpResponse) -> Any:
    """(status, errorCode, [(fieldName, errorType)]) of an error."""
    body = json.loads(response.content)
    fields = [(row["fieldName"], row["errorType"]) for row in body.get("errors", [])]
    return response.status_code, body["errorCode"], fields
