"""API tokens: shown once, kept as a digest, revocable, last use told (SECURITY.md)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi import record
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Refused
from madoguchi.kit import tokens
from madoguchi.models import Agent, ApiToken
from madoguchi.prepared import Prepared

PREFIX = "mdg_"
SHOWN = 12
LIVE = Prepared(
    lambda mark: ApiToken.objects.select_related("agent", "agent__role").filter(
        Q(expires_at=None) | Q(expires_at__gt=mark.time("now")),
        digest=mark.text("digest"),
        revoked_at=None,
        agent__is_active=True,
    )
)


def _require_own(agent: Agent, by: Actor) -> None:
    if not by.is_desk and not by.is_administrator and by.agent != agent:
        raise Denied("token")


@transaction.atomic
def make_token(agent: Agent, name: str = "", *, expires_at: datetime | None = None, by: Actor) -> tuple[ApiToken, str]:
    """A new token of the agent, and the secret, which is never shown again. Refused: AGENT_INACTIVE."""
    _require_own(agent, by)
    if not agent.is_active:
        raise Refused("AGENT_INACTIVE", _("This agent is not active."))
    secret = PREFIX + tokens.new_secret()
    token = ApiToken.objects.create(
        agent=agent,
        name=name.strip()[:100],
        prefix=secret[:SHOWN],
        digest=tokens.digest(secret),
        created_at=record.now(),
        expires_at=expires_at,
    )
    record.note("setup.changed", by=by, after={"token": token.prefix, "agent": agent.email})
    return token, secret


@transaction.atomic
def revoke(token: ApiToken, *, by: Actor) -> None:
    """The token works no more, from the next call on."""
    _require_own(token.agent, by)
    if token.revoked_at is None:
        token.revoked_at = record.now()
        token.save(update_fields=["revoked_at"])
        record.note("setup.changed", by=by, before={"token": token.prefix, "agent": token.agent.email})


def agent_of(secret: str) -> ApiToken | None:
    """The token behind a secret with its agent, role and departments, in two statements; None where it is no good.

    The last use is written at most once a minute.
    """
    now = timezone.now()
    found = LIVE(digest=tokens.digest(secret), now=now)
    if not found:
        return None
    token: ApiToken = found[0]
    prefetch_related_objects([token], "agent__departments")
    if token.last_used_at is None or now - token.last_used_at > timedelta(minutes=1):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token
