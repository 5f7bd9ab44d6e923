"""Who looks at which ticket now (SPEC D10). Kept out of the write-ahead log: after a crash it is simply empty."""

from django.db import models
from django.utils import timezone

from madoguchi.models.people import Agent
from madoguchi.models.ticket import Ticket


class Presence(models.Model):
    """An agent with a ticket open in a tab; gone when not renewed (`reactions` and pages ignore old rows)."""

    class Doing(models.TextChoices):
        VIEWING = "viewing"
        TYPING = "typing"

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    doing = models.CharField(max_length=8, choices=Doing.choices)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "agent"], name="present_once_a_ticket")]
