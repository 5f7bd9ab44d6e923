"""The help center's own facts: who is signed in there, by which link, and who tries too often (SPEC P1).

Contacts are no users. Of every secret only its digest is kept.
"""

from django.db import models
from django.utils import timezone

from madoguchi.models.people import Contact


class SignInLink(models.Model):
    """A mailed link: works once, for as long as `address` is the contact's."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=320)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True, blank=True)


class HelpSession(models.Model):
    """A browser of a contact. `by_link`: they showed that the address is theirs, so they may choose a new password."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="help_sessions")
    digest = models.CharField(max_length=64, unique=True)
    by_link = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)


class HelpTry(models.Model):
    """One try at something that is limited; `who` is a digest of an address or of a place in the network."""

    what = models.CharField(max_length=20)
    who = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name_plural = "help tries"
        indexes = [models.Index(fields=["what", "who", "at"], name="help_try")]


class HelpFormSent(models.Model):
    """The one-time key of a form that was sent there: a second sending finds it. Kept for a day."""

    key = models.CharField(max_length=80, unique=True)
    sent_at = models.DateTimeField(default=timezone.now, db_index=True)
