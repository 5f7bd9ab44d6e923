"""What agents have half written (Draft) and what they write often (CannedResponse)."""

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from madoguchi.models.organisation import Department
from madoguchi.models.people import Agent
from madoguchi.models.ticket import Ticket


class Draft(models.Model):
    """The composer of one agent on one ticket as it was left; `fields` are its form fields. `version` tells tabs apart."""

    class Mode(models.TextChoices):
        REPLY = "reply"
        NOTE = "note"
        FORWARD = "forward"
        FAMILY = "family"

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="drafts")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    mode = models.CharField(max_length=7, choices=Mode.choices)
    fields = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "ticket", "mode"], name="one_draft_a_mode")]
        indexes = [models.Index(fields=["agent", "-saved_at"], name="draft_newest")]


class CannedResponse(models.Model):
    """A text with placeholders such as `{{contact.name}}`. `department` None: for all; `owner` set: only for them."""

    name = models.CharField(max_length=100)
    shortcut = models.CharField(max_length=30, blank=True)
    text = models.TextField(max_length=32000)
    html = models.TextField(max_length=64000, blank=True)
    department = models.ForeignKey(
        Department, null=True, blank=True, on_delete=models.CASCADE, related_name="canned_responses"
    )
    owner = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.CASCADE, related_name="canned_responses")
    created_at = models.DateTimeField(default=timezone.now)
    modified_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("canned response")
        constraints = [
            models.UniqueConstraint(
                Lower("name"), "department", "owner", name="canned_response_name_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.name


class FormSent(models.Model):
    """The one-time key of a form that was sent: a second sending finds it there. Kept for a day."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=40)
    sent_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "key"], name="form_sent_once")]
