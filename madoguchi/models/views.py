"""Custom views of the ticket list (SPEC D6)."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from madoguchi.models.organisation import Department
from madoguchi.models.people import Agent


class CustomView(models.Model):
    """Tickets of the current department that meet `criteria` (the tree of `kit.criteria`), with chosen columns and order.

    `columns` are names of columns, `sort` is one of them, with `-` in front for descending.
    """

    class Audience(models.TextChoices):
        PRIVATE = "private", _("Only me")
        DEPARTMENT = "department", _("Agents of the department")
        ALL = "all", _("Everyone")

    name = models.CharField(max_length=100)
    owner = models.ForeignKey(Agent, null=True, on_delete=models.SET_NULL, related_name="custom_views")
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.PRIVATE)
    department = models.ForeignKey(
        Department, null=True, blank=True, on_delete=models.CASCADE, related_name="custom_views"
    )
    criteria = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    sort = models.CharField(max_length=80, default="-modified_at")
    created_at = models.DateTimeField(default=timezone.now)
    modified_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(audience="all", department=None)
                | (~models.Q(audience="all") & models.Q(department__isnull=False)),
                name="custom_view_has_a_department_or_is_for_all",
            )
        ]

    def __str__(self) -> str:
        return self.name


class LastView(models.Model):
    """The view an agent had open last in a department, as clients of the API keep it. `view` is the key of the view."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="+")
    view = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "department"], name="last_view_once_a_department")]
