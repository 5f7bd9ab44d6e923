"""Merging is a pointer, never a move: which entries of other tickets a ticket shows as well (SPEC M8, M10)."""

from django.db import models
from django.utils import timezone

from madoguchi.models.people import Agent
from madoguchi.models.ticket import Ticket


class Merge(models.Model):
    """`main` also shows the entries of `other` up to `through_entry`.

    One level deep: when A absorbs B that had absorbed C, A gets a row for each, that of C with `via` B. Rows stay when
    `other` is restored. `given_up` are the values of `other` that the main ticket did not take, as history keeps them;
    `kept` names the fields whose value came from it.
    """

    main = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="merges")
    other = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="merged_by")
    via = models.ForeignKey(Ticket, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    number = models.BigIntegerField()
    through_entry = models.BigIntegerField()
    kept = models.JSONField(default=list)
    given_up = models.JSONField(default=dict)
    by = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["main", "id"], name="merge_by_main"),
            models.Index(fields=["other", "id"], name="merge_by_other"),
        ]
        constraints = [models.CheckConstraint(condition=~models.Q(main=models.F("other")), name="merged_into_another")]
