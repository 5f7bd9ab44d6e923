"""Let the desk tell agents what happened, and read what it told."""

from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from madoguchi.actor import Actor
from madoguchi.lists.notifications import page
from madoguchi.models import Agent, Notification, OutboundMail, Telling
from madoguchi.reactions.notification_mails import mail_due
from madoguchi.reactions.notifying import tell_all
from madoguchi.record import at, now


def tell() -> None:
    """What the worker does after each commit."""
    tell_all()
    mail_due()
    assert not Telling.objects.exists()


def tell_later(minutes: int) -> None:
    with at(now() + timedelta(minutes=minutes)):
        tell()


def told(actor: Actor) -> list[str]:
    """The kinds in the agent's list, newest first; the agent as in the next request."""
    return [row.kind for row in page(fresh(actor)).rows]


def fresh(actor: Actor) -> Actor:
    assert actor.agent is not None
    return Actor(agent=Agent.objects.for_request().get(pk=actor.agent.pk), door="page")


def mails(actor: Actor) -> list[EmailMessage]:
    """What was mailed to the agent, the oldest first."""
    assert actor.agent is not None
    rows = OutboundMail.objects.filter(entry=None, recipients=[actor.agent.email]).order_by("pk")
    return [message_from_bytes(bytes(row.raw or b""), policy=default) for row in rows]  # type: ignore[misc]


def text(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def forget() -> None:
    """Begin anew: nothing was told, nothing waits."""
    Notification.objects.all().delete()
    Telling.objects.all().delete()
    OutboundMail.objects.all().delete()
