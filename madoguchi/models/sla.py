"""When a department works, and by when its tickets are to be answered and resolved (SPEC D5)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from madoguchi.models.organisation import Department
from madoguchi.models.ticket import Priority


class HolidayList(models.Model):
    """Days nobody works: those written here and, where `has_japanese`, the national holidays of Japan of every year."""

    name = models.CharField(max_length=100, unique=True)
    has_japanese = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Holiday(models.Model):
    """One day of a list. `is_yearly`: on this day of every year."""

    list = models.ForeignKey(HolidayList, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    name = models.CharField(max_length=100, blank=True)
    is_yearly = models.BooleanField(default=False)

    class Meta:
        ordering = ["day", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["list", "day"], name="holiday_once_a_list")]

    def __str__(self) -> str:
        return f"{self.day} {self.name}".strip()


class Hours(models.Model):
    """Business hours. `week`: for each of the seven days from Monday a list of [start, end] in minutes of the local day,
    0–1440, in order and apart from each other. A department without any works round the clock."""

    name = models.CharField(max_length=100, unique=True)
    time_zone = models.CharField(max_length=64, default="Asia/Tokyo")
    week = models.JSONField(default=list)
    holidays = models.ForeignKey(HolidayList, null=True, blank=True, on_delete=models.PROTECT, related_name="hours")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    modified_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "hours"

    def __str__(self) -> str:
        return self.name


class Target(models.Model):
    """Until when tickets of a department and priority ('' = those without one) are to be answered first and resolved.

    Seconds, counted in the department's business hours, or by the clock where `by_clock`; null: no target.
    """

    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="targets")
    priority = models.CharField(max_length=6, choices=Priority.choices, blank=True)
    response_s = models.BigIntegerField(null=True, blank=True)
    resolution_s = models.BigIntegerField(null=True, blank=True)
    by_clock = models.BooleanField(default=False)

    class Meta:
        ordering = ["department_id", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["department", "priority"], name="target_once_a_priority"),
            models.CheckConstraint(
                condition=(models.Q(response_s=None) | models.Q(response_s__gt=0))
                & (models.Q(resolution_s=None) | models.Q(resolution_s__gt=0)),
                name="targets_are_later",
            ),
        ]


class TimesRecount(models.Model):
    """Counting the business seconds of tickets that are there already by a department's hours: a job, and how far it is.

    `last_id`: all tickets up to this one are done. null department: those whose times were never counted, of all departments.
    """

    department = models.ForeignKey(Department, null=True, on_delete=models.CASCADE, related_name="+")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    last_id = models.BigIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
