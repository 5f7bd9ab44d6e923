"""Who calls: `Authorization: Zoho-oauthtoken <token>` or `Bearer <token>`. No cookies; orgId is not needed."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from madoguchi.actor import Actor
from madoguchi.doors.api import limits
from madoguchi.doors.api.errors import Answered
from madoguchi.people.tokens import agent_of

SCHEMES = {"zoho-oauthtoken", "bearer"}


class Token:
    """The auth of every operation. Puts `token` and `actor` on the request."""

    openapi_security_schema = {"type": "http", "scheme": "bearer"}

    def __call__(self, request: HttpRequest) -> Any:
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() not in SCHEMES or not secret.strip():
            raise Answered(401, "UNAUTHORIZED", _("Send a token in the Authorization header."))
        token = agent_of(secret.strip())
        if token is None:
            raise Answered(401, "INVALID_OAUTH", _("The token is not valid (any more)."))
        request.token, request.actor = token, Actor(agent=token.agent, door="api")  # type: ignore[attr-defined]
        request.left = limits.take(token.pk)  # type: ignore[attr-defined]
        return token
