"""What customers think of an answer (SPEC I5)."""

from django.db import models
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from madoguchi.models.organisation import Department
from madoguchi.models.people import Account, Agent, Contact
from madoguchi.models.ticket import Entry, Ticket


class Satisfaction(models.TextChoices):
    """Values are the words of the wire contract."""

    GOOD = "good", pgettext_lazy("rating", "Good")
    OKAY = "ok", pgettext_lazy("rating", "Okay")
    BAD = "bad", pgettext_lazy("rating", "Bad")


class Rating(models.Model):
    """One rating of one reply, by the customer. `ticket` is the one the reply was written to; `counts_for` the one it is
    counted with: its main ticket after a merge. `contact`, `account` and `department` repeat those of `counts_for`."""

    class Via(models.TextChoices):
        MAIL = "mail", pgettext_lazy("rating", "From a mail")
        PORTAL = "portal", pgettext_lazy("rating", "From the help center")

    entry = models.OneToOneField(Entry, on_delete=models.CASCADE, related_name="rating")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="given_ratings")
    counts_for = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="counted_ratings")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="ratings", db_index=False)
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.SET_NULL, related_name="ratings", db_index=False
    )
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", db_index=False)
    agent = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    value = models.CharField(max_length=4, choices=Satisfaction.choices)
    comment = models.TextField(max_length=2000, blank=True)
    via = models.CharField(max_length=6, choices=Via.choices)
    rated_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-rated_at", "-id"]
        indexes = [
            models.Index(fields=["contact", "-rated_at", "-id"], name="rating_by_contact"),
            models.Index(
                fields=["account", "-rated_at", "-id"],
                name="rating_by_account",
                condition=models.Q(account__isnull=False),
            ),
            models.Index(fields=["department", "-rated_at", "-id"], name="rating_by_department"),
        ]
