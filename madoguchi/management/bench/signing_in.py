"""A signed-in agent without the login page: the session row a login would have left."""

from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from madoguchi.actor import Actor
from madoguchi.models import Agent
from madoguchi.people.tokens import make_token

CSRF = "b" * 32  # the same in the cookie and in the form is all that is asked for


@dataclass(frozen=True)
class SignedIn:
    agent: int
    cookie: str
    token: str

    @property
    def headers(self) -> str:
        return f"Cookie: {self.cookie}\r\n"


def sign_in(email: str = "agent1@bench.example") -> SignedIn:
    """agent1 works in the largest department alone."""
    agent = Agent.objects.get(email=email)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(agent.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = agent.get_session_auth_hash()
    session.save()
    cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={CSRF}"
    return SignedIn(agent.pk, cookie, make_token(agent, "bench", by=Actor.desk())[1])
