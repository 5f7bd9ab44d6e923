"""What happened (Event, append-only) and what it adds up to (Tally, a ledger that is folded)."""

from typing import Any

from django.db import models
from django.db.models.fields.json import KT
from django.utils import timezone

from madoguchi.models.organisation import Department
from madoguchi.models.people import Account, Agent, Contact
from madoguchi.models.ticket import Entry, Ticket


class Event(models.Model):
    """One recorded change: history line, outbox item, later webhook and live signal (SPEC D12).

    `before` and `after` map a field to its value; a value that is a row is `{"id": …, "label": …}`.
    """

    ticket = models.ForeignKey(
        Ticket, null=True, blank=True, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.SET_NULL, related_name="events", db_index=False
    )
    department = models.ForeignKey(
        Department, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    entry = models.ForeignKey(Entry, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    verb = models.CharField(max_length=60)
    agent = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    by_contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    door = models.CharField(max_length=10)
    cause = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    sheet: Any = None  # what is written with it (`record.change`)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["ticket", "-id"], name="event_by_ticket"),
            models.Index(fields=["contact", "-at", "-id"], name="event_by_contact"),
            models.Index(fields=["department", "-id"], name="event_by_department"),
            models.Index(
                fields=["account", "-at", "-id"], name="event_by_account", condition=models.Q(account__isnull=False)
            ),
            models.Index(
                fields=["by_contact"], name="event_by_by_contact", condition=models.Q(by_contact__isnull=False)
            ),
            models.Index(fields=["cause"], name="event_by_cause", condition=models.Q(cause__isnull=False)),
            models.Index(KT("after__crm"), "id", name="event_by_crm", condition=models.Q(after__has_key="crm")),
        ]


class Tally(models.Model):
    """A difference to a figure. The figure is the sum of its rows; a job folds them into one now and then.

    Rows are only ever added (never updated), so that counting takes no lock two agents could wait for.
    `day` null = all time. `total` in seconds by the clock, `business_total` in business hours; `bucket` and
    `business_bucket` are the steps on a log scale that the two fall on, -1 = no time.
    """

    class Subject(models.TextChoices):
        CONTACT = "contact"
        ACCOUNT = "account"

    subject = models.CharField(max_length=7, choices=Subject.choices)
    subject_id = models.BigIntegerField()
    department_id = models.BigIntegerField()
    measure = models.CharField(max_length=30)
    day = models.DateField(null=True, blank=True)
    count = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    bucket = models.SmallIntegerField(default=-1)
    business_bucket = models.SmallIntegerField(default=-1, db_default=-1)
    business_total = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        verbose_name_plural = "tallies"
        indexes = [
            models.Index(
                fields=["subject", "subject_id", "measure", "bucket", "business_bucket", "department_id"],
                name="tally_of_all_time",
                include=["count", "total", "business_total"],
                condition=models.Q(day=None),
            ),
            models.Index(
                fields=["subject", "subject_id", "measure", "day"],
                name="tally_by_day",
                include=["department_id", "bucket", "business_bucket", "count", "total", "business_total"],
                condition=models.Q(day__isnull=False),
            ),
        ]


class Mark(models.Model):
    """How far a job has come through rows that are only ever added."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.BigIntegerField(default=0)
