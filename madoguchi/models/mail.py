"""Mail as it came and as it goes (SPEC D14, MAIL.md): stored before it is understood, never sent twice in silence."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from madoguchi.models.organisation import Department
from madoguchi.models.people import Agent
from madoguchi.models.ticket import Entry, Ticket


class Security(models.TextChoices):
    TLS = "tls", _("TLS")
    STARTTLS = "starttls", _("STARTTLS")
    NONE = "none", _("None (this machine only)")


class Mailbox(models.Model):
    """An address of a department. Passwords are sealed with the desk's key and never shown again.

    Without `imap_host` nothing is fetched; without `smtp_host` mail goes to the outbox (SPEC G7).
    The cursor (`uid_validity`, `last_uid`) moves in the commit that stores the mail.
    """

    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="mailboxes")
    address = models.EmailField(max_length=254)
    folded = models.CharField(max_length=254, unique=True)
    display_name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    is_default = models.BooleanField(default=False)

    imap_host = models.CharField(max_length=253, blank=True)
    imap_port = models.PositiveIntegerField(default=993)
    imap_security = models.CharField(max_length=8, choices=Security.choices, default=Security.TLS)
    imap_user = models.CharField(max_length=254, blank=True)
    imap_password = models.TextField(blank=True)
    imap_folder = models.CharField(max_length=200, default="INBOX")

    smtp_host = models.CharField(max_length=253, blank=True)
    smtp_port = models.PositiveIntegerField(default=587)
    smtp_security = models.CharField(max_length=8, choices=Security.choices, default=Security.STARTTLS)
    smtp_user = models.CharField(max_length=254, blank=True)
    smtp_password = models.TextField(blank=True)

    plus_addressing = models.BooleanField(default=False)

    uid_validity = models.BigIntegerField(null=True, blank=True)
    last_uid = models.BigIntegerField(default=0)
    server_n = models.BigIntegerField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    error_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["department_id", "-is_default", "id"]
        verbose_name_plural = "mailboxes"
        constraints = [
            models.UniqueConstraint(
                fields=["department"], condition=models.Q(is_default=True), name="one_default_mailbox_a_department"
            )
        ]

    def __str__(self) -> str:
        return self.address


class InboundMail(models.Model):
    """One received mail, raw. Ends as exactly one of entry, quarantine, suppressed or duplicate, with the reason."""

    class Decision(models.TextChoices):
        WAITING = "", _("Waiting")
        ENTRY = "entry", _("Ticket")
        QUARANTINE = "quarantine", _("Quarantine")
        SUPPRESSED = "suppressed", _("Suppressed")
        DUPLICATE = "duplicate", _("Duplicate")

    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="mails")
    uid_validity = models.BigIntegerField(null=True, blank=True)
    uid = models.BigIntegerField(null=True, blank=True)
    raw = models.BinaryField(default=bytes)
    size = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField(default=timezone.now)
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True, default="")
    reason = models.CharField(max_length=100, blank=True)
    detail = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    attempts = models.PositiveIntegerField(default=0)
    message_id = models.CharField(max_length=500, blank=True)
    sender = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    ticket = models.ForeignKey(Ticket, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    entry = models.OneToOneField(Entry, null=True, blank=True, on_delete=models.SET_NULL, related_name="inbound")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "uid_validity", "uid"], name="mail_stored_once"),
        ]
        indexes = [
            models.Index(fields=["id"], name="mail_waiting", condition=models.Q(decision="")),
            models.Index(fields=["mailbox", "digest"], name="mail_by_digest"),
            models.Index(fields=["decision", "-id"], name="mail_by_decision"),
            models.Index(fields=["sender", "-received_at"], name="mail_by_sender"),
        ]


class OutboundMail(models.Model):
    """A mail on its way out. SENDING is written before SMTP is spoken to; found after a crash, it is UNCERTAIN."""

    class State(models.TextChoices):
        QUEUED = "QUEUED", _("Waiting to be sent")
        SENDING = "SENDING", _("Being sent")
        SENT = "SENT", _("Sent")
        FAILED = "FAILED", _("Not sent")
        UNCERTAIN = "UNCERTAIN", _("Perhaps sent")

    entry = models.OneToOneField(Entry, null=True, blank=True, on_delete=models.CASCADE, related_name="outbound")
    ticket = models.ForeignKey(Ticket, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="+")
    message_id = models.CharField(max_length=500, unique=True)
    recipients = models.JSONField(default=list)
    subject = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    sending_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    bounce = models.CharField(max_length=300, blank=True)
    to_outbox = models.BooleanField(default=False)
    raw = models.BinaryField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="mail_to_send",
                condition=models.Q(state__in=["QUEUED", "SENDING"]),
            ),
        ]
