"""Rules: when something happens to a ticket of a department, if criteria are met, then verbs; and what became of each run."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madoguchi.models.log import Event
from madoguchi.models.organisation import Department
from madoguchi.models.people import Agent
from madoguchi.models.ticket import Ticket


class Rule(models.Model):
    """`when`: verbs of events. `criteria`: a tree of `kit.criteria`. `actions`: `{"verb": …}` with its values, in order.

    Rules of a department run in the order of their position.
    """

    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="rules", db_index=False)
    name = models.CharField(max_length=100)
    is_on = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)
    when = models.JSONField(default=list)
    criteria = models.JSONField(default=dict)
    actions = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    modified_at = models.DateTimeField(default=timezone.now)
    modified_by = models.ForeignKey(
        Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["department", "position", "id"], name="rule_by_department")]

    def __str__(self) -> str:
        return self.name


class RuleRun(models.Model):
    """A rule whose criteria were met by an event's ticket, and what became of it. Kept for 30 days.

    There is one for each rule and event, which is why a job that runs twice acts once. `root` is the event the chain of
    causes began with. `detail`, in the organisation's language, says why it was refused, stopped or passed over.
    """

    class Outcome(models.TextChoices):
        DONE = "done", pgettext_lazy("rule", "Done")
        NOTHING = "nothing", _("Nothing to change")
        REFUSED = "refused", pgettext_lazy("rule", "Refused")
        LIMIT = "limit", _("Stopped at the limit")

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="runs", db_index=False)
    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="+", db_index=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+", db_index=False)
    root = models.BigIntegerField()
    outcome = models.CharField(max_length=7, choices=Outcome.choices, default=Outcome.DONE)
    detail = models.CharField(max_length=1000, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["event", "rule"], name="rule_runs_once_an_event")]
        indexes = [
            models.Index(fields=["department", "-id"], name="run_by_department"),
            models.Index(fields=["department", "outcome", "-id"], name="run_by_outcome"),
            models.Index(fields=["rule", "-id"], name="run_by_rule"),
            models.Index(fields=["root"], name="run_by_root"),
        ]
