"""Tickets that departments other than their own may work on (SPEC S)."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from madoguchi.models.organisation import Department
from madoguchi.models.people import Agent
from madoguchi.models.ticket import Ticket


class Permission(models.IntegerChoices):
    """How far a share goes (SPEC S2). The numbers are those of `access.Level`."""

    READ = 1, _("Read only")
    RESTRICTED = 2, _("Restricted access")
    FULL = 3, _("Full access")


class Share(models.Model):
    """`department` may work on `ticket` as far as `level` goes, until `expires_at` if there is one.

    `Ticket.shared` repeats it on the ticket's own row, where `access` reads it. `changed_at` follows the ticket's
    `modified_at`, so that one index holds the shared view in its order.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="shares", db_index=False)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="shares", db_index=False)
    level = models.PositiveSmallIntegerField(choices=Permission.choices, default=Permission.FULL)
    reason = models.CharField(max_length=500, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["department", "-changed_at", "-ticket"], name="share_by_department"),
            models.Index(fields=["expires_at"], name="share_by_expiry", condition=models.Q(expires_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "department"], name="share_once_a_department"),
            models.CheckConstraint(condition=models.Q(level__range=(1, 3)), name="share_has_a_known_level"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket} → {self.department}"
