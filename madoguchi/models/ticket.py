"""Tickets and what is written on them (SPEC D3). An entry keeps the ticket it was written to for ever."""

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Func, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madoguchi.models.organisation import Department, Product, State, Status, Team
from madoguchi.models.people import Account, Agent, Contact, CrmClass

if TYPE_CHECKING:
    from madoguchi.models.mail import OutboundMail


class Channel(models.TextChoices):
    """How the ticket came in (SPEC D1). Values are the words of the wire contract."""

    EMAIL = "Email", _("Email")
    WEB = "Web", pgettext_lazy("channel", "Web")
    CHAT = "Chat", _("Chat")
    PHONE = "Phone", _("Phone")


class Priority(models.TextChoices):
    LOW = "Low", pgettext_lazy("priority", "Low")
    MEDIUM = "Medium", pgettext_lazy("priority", "Medium")
    HIGH = "High", pgettext_lazy("priority", "High")
    URGENT = "Urgent", pgettext_lazy("priority", "Urgent")


class TicketQuerySet(models.QuerySet["Ticket"]):
    def live(self) -> "TicketQuerySet":
        """Neither in the recycle bin nor spam."""
        return self.filter(trashed_at=None, is_spam=False)

    def in_departments(self, ids: tuple[int, ...] | list[int]) -> "TicketQuerySet":
        return self.filter(department_id=ids[0]) if len(ids) == 1 else self.filter(department_id__in=ids)

    def with_people(self) -> "TicketQuerySet":
        return self.select_related("status", "department", "contact", "account", "assignee", "team", "product")


class Ticket(models.Model):
    """One matter of one customer, owned by one department.

    Times named `_s` are seconds by the clock, those named `_business_s` in the department's business hours when they were
    counted; null where they never were: as by the clock. `response_buckets` are the waits of answered messages, by the steps
    their times fall on: "clock step/business step" → [count, seconds, business seconds] (`tally`; of old: "step" → [count,
    seconds]). `due_by_target`, `response_due_by_target`: the due date follows the department's target; else somebody
    chose it, if there is one. On hold there is no due date by target: what was left of it, in seconds of the target's kind,
    is `due_left_s`, `response_left_s`. `ratings`: the
    day and the value of each rating counted with it. `waiting` are the times (Unix, s) of the customer's messages no agent
    has answered yet, `waiting_since` is the first of them. `version` grows with every recorded change.
    `merged_into` is where its number, links and mails lead, the last of a chain; `merged_n` counts the tickets whose
    entries this one shows as well. `purged_at`: gone from the bin, kept as a husk while another shows its entries.
    `shared` repeats its shares: department id as text → [level, until (Unix, s) or null]. `crm_class` repeats its
    contact's while it is open; of any other ticket it may be an old one.
    """

    number = models.BigIntegerField(unique=True, db_default=Func(Value("madoguchi_ticket_number"), function="nextval"))
    subject = models.CharField(max_length=255)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="tickets", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="tickets", db_index=False)
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.SET_NULL, related_name="tickets", db_index=False
    )
    assignee = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="tickets")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="tickets")
    status = models.ForeignKey(Status, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices)
    priority = models.CharField(max_length=6, choices=Priority.choices, blank=True)
    channel = models.CharField(max_length=5, choices=Channel.choices)
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.SET_NULL, related_name="tickets")
    category = models.CharField(max_length=100, blank=True)
    sub_category = models.CharField(max_length=100, blank=True)
    classification = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=30, blank=True)
    email = models.CharField(max_length=320, blank=True)
    phone = models.CharField(max_length=60, blank=True)
    resolution = models.TextField(max_length=32000, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    mailbox = models.ForeignKey("Mailbox", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    modified_at = models.DateTimeField(default=timezone.now)
    modified_by = models.ForeignKey(
        Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    due_at = models.DateTimeField(null=True, blank=True)
    response_due_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    is_overdue = models.BooleanField(default=False)
    due_by_target = models.BooleanField(default=False, db_default=False)
    response_due_by_target = models.BooleanField(default=False, db_default=False)
    due_left_s = models.BigIntegerField(null=True, blank=True)
    response_left_s = models.BigIntegerField(null=True, blank=True)

    last_message_at = models.DateTimeField(null=True, blank=True)
    last_customer_message_at = models.DateTimeField(null=True, blank=True)
    waiting = models.JSONField(default=list, blank=True)
    waiting_since = models.DateTimeField(null=True, blank=True)
    hold_since = models.DateTimeField(null=True, blank=True)
    first_response_s = models.BigIntegerField(null=True, blank=True)
    response_s = models.BigIntegerField(default=0)
    response_n = models.PositiveIntegerField(default=0)
    response_buckets = models.JSONField(default=dict, blank=True)
    on_hold_s = models.BigIntegerField(default=0)
    resolution_s = models.BigIntegerField(null=True, blank=True)
    first_response_business_s = models.BigIntegerField(null=True, blank=True)
    response_business_s = models.BigIntegerField(null=True, blank=True)
    on_hold_business_s = models.BigIntegerField(null=True, blank=True)
    resolution_business_s = models.BigIntegerField(null=True, blank=True)
    ratings = models.JSONField(default=list, blank=True, db_default=Value([], output_field=models.JSONField()))
    reopened_n = models.PositiveIntegerField(default=0)

    thread_n = models.PositiveIntegerField(default=0)
    comment_n = models.PositiveIntegerField(default=0)
    attachment_n = models.PositiveIntegerField(default=0)
    last_thread = models.JSONField(null=True, blank=True)

    is_spam = models.BooleanField(default=False)
    trashed_at = models.DateTimeField(null=True, blank=True)
    trashed_by = models.ForeignKey(
        Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    trashed_because = models.CharField(max_length=200, blank=True)
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="absorbed", db_index=False
    )
    merged_n = models.PositiveIntegerField(default=0)
    purged_at = models.DateTimeField(null=True, blank=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children", db_index=False
    )
    crm_class = models.PositiveSmallIntegerField(
        choices=CrmClass.choices, default=CrmClass.NEW, db_default=Value(CrmClass.NEW.value)
    )
    shared = models.JSONField(default=dict, blank=True, db_default=Value({}, output_field=models.JSONField()))
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[models.Manager["Ticket"]] = TicketQuerySet.as_manager()
    opened_with: "Entry | None" = None

    LIVE = models.Q(trashed_at=None, is_spam=False)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["department", "state", "-modified_at", "-id"],
                name="ticket_by_state",
                condition=models.Q(trashed_at=None, is_spam=False),
            ),
            models.Index(
                fields=["department", "-modified_at", "-id"],
                name="ticket_by_department",
                condition=models.Q(trashed_at=None, is_spam=False),
            ),
            models.Index(
                fields=["department", "assignee", "state", "-modified_at", "-id"],
                name="ticket_by_assignee",
                condition=models.Q(trashed_at=None, is_spam=False),
            ),
            # What falls due next (`sla.overdue`).
            models.Index(
                fields=["due_at"],
                name="ticket_falling_due",
                condition=models.Q(trashed_at=None, is_spam=False, is_overdue=False, due_at__isnull=False)
                & ~models.Q(state="Closed"),
            ),
            # The boards (docs/decisions/0012): each column is a walk along one of these, narrowed by what stands in it as well.
            models.Index(
                fields=["department", "due_at", "id"],
                name="ticket_by_due",
                include=["state", "priority", "assignee"],
                condition=models.Q(trashed_at=None, is_spam=False) & ~models.Q(state="Closed"),
            ),
            models.Index(
                fields=["department", "assignee", "due_at", "id"],
                name="ticket_next",
                include=["priority"],
                condition=models.Q(trashed_at=None, is_spam=False, state="Open"),
            ),
            models.Index(
                fields=["department", "due_at", "id"],
                name="ticket_free",
                include=["priority"],
                condition=models.Q(trashed_at=None, is_spam=False, state="Open", assignee=None),
            ),
            models.Index(
                fields=["department", "crm_class", "due_at", "id"],
                name="ticket_by_crm_class",
                include=["priority", "assignee"],
                condition=models.Q(trashed_at=None, is_spam=False, state="Open"),
            ),
            models.Index(
                fields=["department", "status", "due_at", "id"],
                name="ticket_by_status",
                include=["priority", "assignee", "contact", "account"],
                condition=models.Q(trashed_at=None, is_spam=False) & ~models.Q(state="Closed"),
            ),
            models.Index(
                fields=["department", "priority", "due_at", "id"],
                name="ticket_by_priority",
                include=["assignee"],
                condition=models.Q(trashed_at=None, is_spam=False, state="Open"),
            ),
            models.Index(
                fields=["department", "waiting_since", "id"],
                name="ticket_unanswered",
                include=["state", "crm_class", "status", "priority", "assignee", "due_at"],
                condition=models.Q(trashed_at=None, is_spam=False) & ~models.Q(state="Closed"),
            ),
            models.Index(
                fields=["department", "assignee", "waiting_since", "id"],
                name="ticket_waiting",
                condition=models.Q(trashed_at=None, is_spam=False, state="Open", waiting_since__isnull=False),
            ),
            models.Index(fields=["department", "-created_at", "-id"], name="ticket_by_creation"),
            models.Index(
                fields=["-created_at", "-id"],
                name="ticket_newest",
                condition=models.Q(trashed_at=None, is_spam=False),
            ),
            models.Index(fields=["contact", "-id"], name="ticket_by_contact"),
            models.Index(fields=["account", "-id"], name="ticket_by_account"),
            # The tickets of one customer, in each state and together (`lists.customer_tickets`).
            models.Index(
                fields=["contact", "state", "-modified_at", "-id"],
                name="ticket_of_contact",
                condition=models.Q(trashed_at=None, is_spam=False),
            ),
            models.Index(
                fields=["account", "state", "-modified_at", "-id"],
                name="ticket_of_account",
                condition=models.Q(trashed_at=None, is_spam=False, account__isnull=False),
            ),
            models.Index(
                fields=["contact", "-modified_at", "-id"],
                name="ticket_late_of_contact",
                condition=models.Q(trashed_at=None, is_spam=False, is_overdue=True),
            ),
            models.Index(
                fields=["account", "-modified_at", "-id"],
                name="ticket_late_of_account",
                condition=models.Q(trashed_at=None, is_spam=False, is_overdue=True, account__isnull=False),
            ),
            # The customers with open tickets, of somebody or at all.
            models.Index(
                fields=["contact", "department"],
                name="ticket_open_of_contact",
                include=["account", "assignee"],
                condition=models.Q(trashed_at=None, is_spam=False, state="Open"),
            ),
            models.Index(
                fields=["trashed_at", "id"],
                name="ticket_in_bin",
                condition=models.Q(trashed_at__isnull=False, purged_at=None),
            ),
            models.Index(
                fields=["merged_into"], name="ticket_merged_into", condition=models.Q(merged_into__isnull=False)
            ),
            models.Index(fields=["parent", "id"], name="ticket_by_parent", condition=models.Q(parent__isnull=False)),
            models.Index(fields=["department", "-modified_at"], name="ticket_spam", condition=models.Q(is_spam=True)),
            models.Index(
                fields=["department", "-closed_at", "-id"],
                name="ticket_by_closing",
                condition=models.Q(trashed_at=None, is_spam=False, closed_at__isnull=False),
            ),
            models.Index(
                fields=["department", "-modified_at", "-id"],
                name="ticket_shared_out",
                condition=models.Q(trashed_at=None, is_spam=False) & ~models.Q(shared={}),
            ),
            GinIndex(fields=["custom"], opclasses=["jsonb_path_ops"], name="ticket_by_custom", fastupdate=False),
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(parent=models.F("id")), name="not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.subject}"

    @property
    def is_closed(self) -> bool:
        return self.state == State.CLOSED

    @property
    def is_live(self) -> bool:
        return self.trashed_at is None and not self.is_spam

    @property
    def answered_late(self) -> bool | None:
        """Whether the first response came after its due time. None: there is none of the two."""
        if self.first_response_s is None or self.response_due_at is None:
            return None
        return self.created_at + timedelta(seconds=self.first_response_s) > self.response_due_at


class TicketNumber(models.Model):
    """Every number ever given, and the ticket it leads to. `Ticket.number` is the one shown now.

    Numbers come from the organisation's sequence when a ticket is inserted; none is given twice (SPEC G3).
    """

    number = models.BigIntegerField(primary_key=True)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="numbers")


class Entry(models.Model):
    """A message to or from the customer (THREAD), or a note (COMMENT)."""

    class Kind(models.TextChoices):
        THREAD = "thread"
        COMMENT = "comment"

    class Direction(models.TextChoices):
        IN = "in"
        OUT = "out"

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="entries", db_index=False)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    direction = models.CharField(max_length=3, choices=Direction.choices, blank=True)
    is_public = models.BooleanField(default=True)
    is_forward = models.BooleanField(default=False)
    is_description = models.BooleanField(default=False)
    channel = models.CharField(max_length=5, choices=Channel.choices)
    agent = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    from_name = models.CharField(max_length=300, blank=True)
    from_address = models.CharField(max_length=320, blank=True)
    to = models.JSONField(default=list, blank=True)
    cc = models.JSONField(default=list, blank=True)
    bcc = models.JSONField(default=list, blank=True)
    reply_to = models.JSONField(default=list, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    text = models.TextField(blank=True)
    quoted = models.TextField(blank=True)
    html = models.TextField(blank=True)
    respond_s = models.BigIntegerField(null=True, blank=True)
    message_id = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    outbound: "OutboundMail"
    came_from: int | None = (
        None  # the number of the merged ticket it was written on, where another shows it (`timeline`)
    )

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["ticket", "id"], name="entry_by_ticket"),
            models.Index(
                fields=["agent", "-created_at"], name="entry_by_agent", condition=models.Q(agent__isnull=False)
            ),
            models.Index(fields=["message_id"], name="entry_by_message_id", condition=~models.Q(message_id="")),
        ]

    @property
    def is_comment(self) -> bool:
        return self.kind == self.Kind.COMMENT

    @property
    def is_note(self) -> bool:
        """A private comment: yellow, never seen by a customer."""
        return self.is_comment and not self.is_public

    @property
    def is_outgoing(self) -> bool:
        return self.direction == self.Direction.OUT


def new_key() -> str:
    return secrets.token_urlsafe(18)


class Attachment(models.Model):
    """A file on an entry; `key` is random and stands in its address, the bytes lie in storage under `digest`.

    Before it belongs to an entry it is an upload of `agent`.
    """

    key = models.CharField(max_length=32, unique=True, default=new_key)
    entry = models.ForeignKey(Entry, null=True, blank=True, on_delete=models.CASCADE, related_name="attachments")
    ticket = models.ForeignKey(Ticket, null=True, blank=True, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=150)
    size = models.BigIntegerField()
    digest = models.CharField(max_length=64, db_index=True)
    content_id = models.CharField(max_length=300, blank=True)
    is_inline = models.BooleanField(default=False)
    is_public = models.BooleanField(default=False)
    agent = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    name = models.CharField(max_length=50)
    folded = models.CharField(max_length=50, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TicketTag(models.Model):
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="ticket_tags")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="ticket_tags")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["ticket", "tag"], name="tag_once_a_ticket")]


class Follower(models.Model):
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="followers")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="following")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "agent"], name="follower_once_a_ticket")]


class SecondaryContact(models.Model):
    """Someone else who takes part: their mails thread here, and they get a copy of replies (CC)."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="secondary_contacts")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "contact"], name="secondary_contact_once_a_ticket")]
