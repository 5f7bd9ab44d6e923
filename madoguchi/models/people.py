"""Agents, who sign in; contacts and accounts, who are served (SPEC G1, D2, D4)."""

from functools import cached_property

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Value
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madoguchi.models.organisation import LANGUAGES, Department


class Role(models.Model):
    """One of the four base roles, less the verbs a custom role takes away (SPEC G1)."""

    class Base(models.TextChoices):
        ADMINISTRATOR = "administrator", _("Administrator")
        SUPERVISOR = "supervisor", _("Supervisor")
        AGENT = "agent", _("Agent")
        LIGHT = "light", _("Light agent")

    name = models.CharField(max_length=100, unique=True)
    name_ja = models.CharField(max_length=100)
    base = models.CharField(max_length=15, choices=Base.choices)
    takes_away = models.JSONField(default=list, blank=True)
    is_system = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name_ja if (translation.get_language() or "").startswith("ja") else self.name


class AgentManager(BaseUserManager["Agent"]):
    def get_by_natural_key(self, username: str | None) -> "Agent":
        return self.get(email__iexact=username)

    def for_request(self) -> models.QuerySet["Agent"]:
        """An agent with role and departments in two statements."""
        return self.select_related("role").prefetch_related("departments")


class Agent(AbstractBaseUser):
    """A person who works at the desk; signs in by e-mail address."""

    THEMES = [("auto", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))]

    email = models.EmailField(max_length=254, unique=True)
    last_name = models.CharField(max_length=80)
    first_name = models.CharField(max_length=80, blank=True)
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="agents")
    departments = models.ManyToManyField(Department, through="Membership", related_name="agents")
    language = models.CharField(max_length=5, choices=LANGUAGES, default="ja")
    time_zone = models.CharField(max_length=64, default="Asia/Tokyo")
    theme = models.CharField(max_length=5, choices=THEMES, default="auto")
    uses_keys = models.BooleanField(default=True)
    work_mode = models.CharField(max_length=10, blank=True, default="", db_default="")
    phone = models.CharField(max_length=40, blank=True)
    mobile = models.CharField(max_length=40, blank=True)
    about = models.CharField(max_length=500, blank=True)
    is_active = models.BooleanField(default=True)
    is_confirmed = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    objects = AgentManager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Family name first for Japanese names, given name first for Latin ones."""
        return full_name(self.last_name, self.first_name)

    @property
    def username(self) -> str:
        return self.email

    @property
    def is_administrator(self) -> bool:
        return self.role.base == Role.Base.ADMINISTRATOR

    @cached_property
    def department_ids(self) -> frozenset[int]:
        return frozenset(d.pk for d in self.departments.all())

    @cached_property
    def own_department_ids(self) -> tuple[int, ...]:
        """Departments whose tickets this agent sees: own enabled ones, all of them for an administrator."""
        if self.is_administrator:
            return tuple(Department.objects.values_list("pk", flat=True))
        return tuple(sorted(d.pk for d in self.departments.all() if d.is_enabled))


def full_name(last: str, first: str) -> str:
    if not first or not last:
        return first or last
    return f"{first} {last}" if (first + last).isascii() else f"{last} {first}"


class Membership(models.Model):
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="memberships")
    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "department"], name="member_once")]


class ApiToken(models.Model):
    """Only the digest is kept; `prefix` is shown so that its owner can tell tokens apart."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100, blank=True)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]


class ApiCount(models.Model):
    """Calls of a token in one minute, of all web processes together. Kept out of the write-ahead log."""

    token = models.OneToOneField(ApiToken, primary_key=True, on_delete=models.CASCADE, related_name="+")
    minute = models.BigIntegerField()
    calls = models.PositiveIntegerField()


class IdempotentAnswer(models.Model):
    """The first answer to an API call with an Idempotency-Key, given again for 24 hours."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(default=bytes)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="idempotency_key_once_a_token")]


class Address(models.Model):
    """Postal address and other wire fields that accounts and contacts have alike.

    `merged_into`: what this record was merged into; then it is only kept so that its old address leads there.
    `last_ticket_at`: when the last of their tickets was opened.
    """

    description = models.TextField(max_length=5000, blank=True)
    street = models.CharField(max_length=250, blank=True)
    city = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=100, blank=True)
    zip = models.CharField(max_length=30, blank=True)
    owner = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    modified_at = models.DateTimeField(default=timezone.now)
    trashed_at = models.DateTimeField(null=True, blank=True, db_index=True)
    trashed_by = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="absorbed")
    last_ticket_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class CrmClass(models.IntegerChoices):
    """What the CRM knows of a contact, in the order of the board's columns (SPEC C1)."""

    CUSTOMER = 0, pgettext_lazy("crm class", "Customers")
    DEAL = 1, pgettext_lazy("crm class", "Deals")
    CONTACT = 2, pgettext_lazy("crm class", "Contacts / Leads")
    NEW = 3, pgettext_lazy("crm class", "New")


class Account(Address):
    """A customer organisation (取引先)."""

    name = models.CharField(max_length=200, db_index=True)
    email = models.EmailField(max_length=254, blank=True)
    phone = models.CharField(max_length=60, blank=True)
    website = models.CharField(max_length=300, blank=True)
    fax = models.CharField(max_length=60, blank=True)
    industry = models.CharField(max_length=100, blank=True)
    annual_revenue = models.CharField(max_length=60, blank=True)
    code = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["name", "id"]
        indexes = [
            models.Index(fields=["-last_ticket_at", "-id"], name="account_by_last_ticket"),
        ]

    def __str__(self) -> str:
        return self.name


class AccountDomain(models.Model):
    """Senders of this mail domain become contacts of the account (SPEC D2)."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="domains")
    domain = models.CharField(max_length=253, unique=True)

    def __str__(self) -> str:
        return self.domain


class Contact(Address):
    """A person who writes to the desk (連絡先). May have several addresses and phones, at most one account.

    `crm_class` is written by the look-up in the CRM alone (`reactions.crm`); how it came about says `Classification`.
    In the help center: `sees_account` lets them read all tickets of their account; `password` is a hash, '' without one.
    """

    last_name = models.CharField(max_length=120)
    first_name = models.CharField(max_length=120, blank=True)
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.SET_NULL, related_name="contacts", db_index=False
    )
    title = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=5, choices=LANGUAGES, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    facebook = models.CharField(max_length=200, blank=True)
    twitter = models.CharField(max_length=200, blank=True)
    is_spam = models.BooleanField(default=False)
    crm_class = models.PositiveSmallIntegerField(
        choices=CrmClass.choices, default=CrmClass.NEW, db_default=Value(CrmClass.NEW.value)
    )
    sees_account = models.BooleanField(default=False, db_default=False)
    password = models.CharField(max_length=128, blank=True, default="", db_default="")

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["last_name", "first_name", "id"], name="contact_by_name"),
            models.Index(fields=["-last_ticket_at", "-id"], name="contact_by_last_ticket"),
            models.Index(
                fields=["account", "-last_ticket_at", "-id"], name="contact_of_account", include=["trashed_at"]
            ),
            models.Index(
                fields=["crm_class", "-last_ticket_at", "-id"],
                name="contact_known_to_crm",
                condition=models.Q(trashed_at=None) & ~models.Q(crm_class=CrmClass.NEW.value),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return full_name(self.last_name, self.first_name)

    @cached_property
    def email(self) -> str:
        """The primary address as written, '' if there is none. Uses what was prefetched."""
        return next((a.address for a in sorted(self.addresses.all(), key=lambda a: (not a.is_primary, a.pk))), "")

    def phone_of(self, kind: str) -> str:
        return next((p.number for p in self.phones.all() if p.kind == kind), "")


class ContactAddress(models.Model):
    """`folded` identifies the sender of a mail (SPEC D2)."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="addresses")
    address = models.CharField(max_length=320)
    folded = models.CharField(max_length=320, unique=True)
    is_primary = models.BooleanField(default=False)

    class Meta:
        ordering = ["-is_primary", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["contact"], condition=models.Q(is_primary=True), name="one_primary_address_a_contact"
            )
        ]

    def __str__(self) -> str:
        return self.address


class ContactPhone(models.Model):
    KINDS = [("phone", _("Phone")), ("mobile", _("Mobile")), ("other", _("Other"))]

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="phones")
    number = models.CharField(max_length=60)
    folded = models.CharField(max_length=40, db_index=True)
    kind = models.CharField(max_length=6, choices=KINDS, default="phone")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.number


class CustomerNote(models.Model):
    """What agents should know of a contact or an account. Customers never see it."""

    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.CASCADE, related_name="notes")
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.CASCADE, related_name="notes")
    agent = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField(max_length=10000)
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(contact__isnull=False, account__isnull=True)
                | models.Q(contact__isnull=True, account__isnull=False),
                name="note_of_a_contact_or_an_account",
            )
        ]
