"""A request that was let in: whose token, acting as whom, and how many calls are left."""

from django.http import HttpRequest

from madoguchi.actor import Actor
from madoguchi.models import Agent, ApiToken


class Call(HttpRequest):
    """The type of a signed-in request; `actor.agent` is never None."""

    token: ApiToken
    actor: Actor
    left: int


def me(request: Call) -> Agent:
    agent = request.actor.agent
    assert agent is not None
    return agent
