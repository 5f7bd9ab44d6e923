"""The organisation and what belongs to it: departments, teams, statuses, products, custom fields."""

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from madoguchi.models.people import Agent

LANGUAGES = [("ja", "日本語"), ("en", "English")]


class State(models.TextChoices):
    """What a status means for the clock and the lists (SPEC G2). Values are the words of the wire contract."""

    OPEN = "Open", _("Open")
    ON_HOLD = "On Hold", _("On Hold")
    CLOSED = "Closed", _("Closed")


class Organisation(models.Model):
    """The one organisation this desk serves: a single row with id 1."""

    name = models.CharField(max_length=150)
    language = models.CharField(max_length=5, choices=LANGUAGES, default="ja")
    time_zone = models.CharField(max_length=64, default="Asia/Tokyo")
    is_demo = models.BooleanField(default=False)
    acknowledges = models.BooleanField(default=False)
    max_file_bytes = models.BigIntegerField(default=20 * 2**20)
    max_sent_bytes = models.BigIntegerField(default=30 * 2**20)
    max_received_bytes = models.BigIntegerField(default=50 * 2**20)
    bin_days = models.PositiveIntegerField(default=60)
    has_help_center = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_organisation")]

    def __str__(self) -> str:
        return self.name


class Department(models.Model):
    """Owns tickets. Its default mailbox is the address it answers from.

    `has_families`: its tickets may be parents and children of each other, closed by the three rules below (SPEC F1, F2);
    of a pair the parent's department says which. `hours`: when it works, null = round the clock. `asks_for_ratings`: replies
    ask the customer how the answer was.
    """

    name = models.CharField(max_length=150, unique=True)
    description = models.CharField(max_length=500, blank=True)
    name_in_help_center = models.CharField(max_length=150, blank=True)
    is_visible_in_help_center = models.BooleanField(default=True)
    is_enabled = models.BooleanField(default=True)
    is_default = models.BooleanField(default=False)
    assigns_to_teams = models.BooleanField(default=True)
    language = models.CharField(max_length=5, choices=LANGUAGES, default="ja")
    signature = models.TextField(max_length=2000, blank=True)
    has_families = models.BooleanField(default=False, db_default=False)
    closes_children = models.BooleanField(default=False, db_default=False)
    waits_for_children = models.BooleanField(default=False, db_default=False)
    closes_parent = models.BooleanField(default=False, db_default=False)
    hours = models.ForeignKey("Hours", null=True, blank=True, on_delete=models.PROTECT, related_name="departments")
    asks_for_ratings = models.BooleanField(default=True, db_default=False)
    created_at = models.DateTimeField(default=timezone.now)
    creator = models.ForeignKey("Agent", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="one_default_department"
            ),
            models.CheckConstraint(
                condition=models.Q(closes_children=False) | models.Q(waits_for_children=False),
                name="closes_children_or_waits_for_them",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """Agents of one department who take tickets together."""

    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=500, blank=True)
    agents: "models.ManyToManyField[Agent, Agent]" = models.ManyToManyField("Agent", related_name="teams", blank=True)

    class Meta:
        ordering = ["department_id", "name"]
        constraints = [models.UniqueConstraint(fields=["department", "name"], name="team_name_once_a_department")]

    def __str__(self) -> str:
        return self.name


class Status(models.Model):
    """`name` is the stable English word of the wire contract, `name_ja` what Japanese readers see (SPEC G2)."""

    name = models.CharField(max_length=50, unique=True)
    name_ja = models.CharField(max_length=50)
    state = models.CharField(max_length=10, choices=State.choices)
    is_default = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "statuses"
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(is_default=True), name="one_default_status_a_state"
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return self.name_ja if (translation.get_language() or "").startswith("ja") else self.name


class Product(models.Model):
    """What a ticket is about (商品), with its code (商品コード)."""

    name = models.CharField(max_length=200)
    code = models.CharField(max_length=100, blank=True)
    description = models.TextField(max_length=2000, blank=True)
    unit_price = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    category = models.CharField(max_length=100, blank=True)
    manufacturer = models.CharField(max_length=100, blank=True)
    departments = models.ManyToManyField(Department, related_name="products", blank=True)
    owner = models.ForeignKey("Agent", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    modified_at = models.DateTimeField(default=timezone.now)
    trashed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})" if self.code else self.name


class CustomField(models.Model):
    """A further field of a department's tickets; the value lies in `Ticket.custom[api_name]`."""

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        CHOICE = "choice", _("Choice")
        CHECKBOX = "checkbox", _("Checkbox")

    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="custom_fields")
    api_name = models.SlugField(max_length=60)
    label = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    choices = models.JSONField(default=list, blank=True)
    is_required = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["department", "api_name"], name="custom_field_once_a_department")
        ]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        if self.kind == self.Kind.CHOICE and not self.choices:
            raise ValidationError({"choices": _("A choice field needs at least one choice.")})
