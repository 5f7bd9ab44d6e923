"""Telling agents what happened (SPEC D9): what departments and agents chose, and what was told."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from madoguchi.models.log import Event
from madoguchi.models.mail import OutboundMail
from madoguchi.models.organisation import Department
from madoguchi.models.people import Agent
from madoguchi.models.ticket import Ticket


class NotificationRule(models.Model):
    """What a department switched to other than the default (`organisation.notification_rules.KINDS`)."""

    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    in_app = models.BooleanField()
    by_mail = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["department", "kind"], name="rule_once_a_department")]


class NotificationPreference(models.Model):
    """What an agent switched off for themselves."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    in_app = models.BooleanField(default=True)
    by_mail = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "kind"], name="preference_once_an_agent")]


class Telling(models.Model):
    """An event nobody has looked at yet to see who is to be told. Written with the event, deleted with what it led to.

    A row of our own and no job: jobs say NOTIFY, and so make all commits wait for each other (`bell`).
    """

    event = models.OneToOneField(
        Event, primary_key=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    tries = models.PositiveSmallIntegerField(default=0)


class Notification(models.Model):
    """One agent told of one event. The words are made from the event when they are shown.

    `in_app`: it stands in the list. `mail_after`: not null where a mail is wanted, and when to look next; `mailed_at` and
    `mail`: it went out with that mail. Both null: no mail. Whether the agent may see the ticket is asked on each look.
    """

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+", db_index=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+", db_index=False)
    in_app = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    mail_after = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    mail = models.ForeignKey(
        OutboundMail, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["agent", "-id"], name="notification_by_agent", condition=Q(in_app=True)),
            models.Index(
                fields=["agent", "-id"], name="notification_unread", condition=Q(in_app=True, read_at__isnull=True)
            ),
            models.Index(fields=["ticket", "agent"], name="notification_by_ticket"),
            models.Index(
                fields=["mail_after"],
                name="notification_to_mail",
                condition=Q(mail_after__isnull=False, mailed_at__isnull=True),
            ),
            models.Index(fields=["mail"], name="notification_by_mail", condition=Q(mail__isnull=False)),
        ]
        constraints = [models.UniqueConstraint(fields=["event", "agent"], name="notified_once_of_an_event")]
