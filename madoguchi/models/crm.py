"""What the CRM knows of our contacts (SPEC C), the connection to it, and the built-in CRM itself."""

from django.db import models
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madoguchi.models.organisation import Department
from madoguchi.models.people import Agent, Contact, CrmClass, full_name


class CrmConnection(models.Model):
    """The one CRM that is asked: a single row with id 1; no row, or `kind` NONE: none yet.

    `secrets` is sealed JSON (`organisation.secrets`). `settings` is what may be shown: data centre, client id, account.
    `failures` in a row; until `paused_until` nobody asks. `last_ok_at`: its last good answer. `webhook_key` stands in
    the address the CRM calls. `won_first`: a customer with an open and a won deal counts as Customer, not as Deal.
    """

    class Kind(models.TextChoices):
        NONE = "", pgettext_lazy("crm", "None")
        BUILT_IN = "builtin", _("Built-in CRM")
        ZOHO = "zoho", "Zoho CRM"
        HUBSPOT = "hubspot", "HubSpot"

    kind = models.CharField(max_length=10, choices=Kind.choices, blank=True, default=Kind.NONE)
    settings = models.JSONField(default=dict, blank=True)
    secrets = models.TextField(blank=True)
    won_first = models.BooleanField(default=False)
    webhook_key = models.CharField(max_length=64, blank=True)
    connected_at = models.DateTimeField(null=True, blank=True)
    connected_by = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    last_ok_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    paused_until = models.DateTimeField(null=True, blank=True)
    needs_consent = models.BooleanField(default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_crm_connection")]


class CrmTrouble(models.Model):
    """What went wrong with the CRM, for its set-up page: the latest fifty are kept."""

    at = models.DateTimeField(default=timezone.now)
    asked = models.CharField(max_length=300)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    text = models.CharField(max_length=1000)

    class Meta:
        ordering = ["-id"]


class Classification(models.Model):
    """What the CRM said of a contact when it was last asked; the class itself stands on the contact (`crm_class`).

    `module` and `record` name its record there ('' where it knows none). `deals`: {"won": {"n", "amount", "currency"},
    "open": {"n", "stage", "amount", "currency"}}, amounts as text, what there is none of left out. `tries` failed in a row.
    """

    contact = models.OneToOneField(Contact, primary_key=True, on_delete=models.CASCADE, related_name="classification")
    source = models.CharField(max_length=10)
    module = models.CharField(max_length=8, blank=True)
    record = models.CharField(max_length=64, blank=True)
    deals = models.JSONField(default=dict, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["checked_at"], name="classification_by_age"),
            models.Index(fields=["record"], name="classification_by_record", condition=~Q(record="")),
        ]


class Lookup(models.Model):
    """A wish to have a contact looked up in the CRM; rows, not jobs: many wishes for one contact are one look.

    `is_forced`: ask even if it was asked a moment ago. `not_before`: a look that failed is tried again then.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    is_forced = models.BooleanField(default=False, db_default=False)
    not_before = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField(default=timezone.now, db_default=models.functions.Now())

    class Meta:
        ordering = ["id"]


class CrmStage(models.Model):
    """A stage of the built-in CRM's deals; its category decides what class the customer has."""

    class Category(models.TextChoices):
        OPEN = "open", pgettext_lazy("deal", "Open")
        WON = "won", pgettext_lazy("deal", "Won")
        LOST = "lost", pgettext_lazy("deal", "Lost")

    name = models.CharField(max_length=100, unique=True)
    name_ja = models.CharField(max_length=100, blank=True)
    category = models.CharField(max_length=4, choices=Category.choices)
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name_ja or self.name if (translation.get_language() or "").startswith("ja") else self.name


class CrmPerson(models.Model):
    """A lead or a contact of the built-in CRM. Found by its folded address and numbers ('' where it has none)."""

    class Kind(models.TextChoices):
        LEAD = "lead", _("Lead")
        CONTACT = "contact", pgettext_lazy("crm", "Contact")

    kind = models.CharField(max_length=7, choices=Kind.choices)
    last_name = models.CharField(max_length=120)
    first_name = models.CharField(max_length=120, blank=True)
    account_name = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=120, blank=True)
    email = models.CharField(max_length=320, blank=True)
    phone = models.CharField(max_length=60, blank=True)
    mobile = models.CharField(max_length=60, blank=True)
    description = models.TextField(max_length=5000, blank=True)
    email_folded = models.CharField(max_length=320, blank=True)
    phone_folded = models.CharField(max_length=40, blank=True)
    mobile_folded = models.CharField(max_length=40, blank=True)
    owner = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    modified_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["email_folded"], name="crm_person_by_email", condition=~Q(email_folded="")),
            models.Index(fields=["phone_folded"], name="crm_person_by_phone", condition=~Q(phone_folded="")),
            models.Index(fields=["mobile_folded"], name="crm_person_by_mobile", condition=~Q(mobile_folded="")),
            models.Index(fields=["kind", "-modified_at", "-id"], name="crm_person_latest"),
            models.Index(fields=["kind", "last_name", "first_name", "id"], name="crm_person_by_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return full_name(self.last_name, self.first_name)


class CrmDeal(models.Model):
    """A deal of the built-in CRM with one of its contacts."""

    name = models.CharField(max_length=200)
    person = models.ForeignKey(CrmPerson, on_delete=models.CASCADE, related_name="deals")
    stage = models.ForeignKey(CrmStage, on_delete=models.PROTECT, related_name="deals")
    amount = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, default="JPY")
    closing_date = models.DateField(null=True, blank=True)
    description = models.TextField(max_length=5000, blank=True)
    owner = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    modified_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["-modified_at", "-id"], name="crm_deal_latest"),
            models.Index(fields=["amount", "id"], name="crm_deal_by_amount", condition=Q(amount__isnull=False)),
            models.Index(
                fields=["closing_date", "id"], name="crm_deal_by_day", condition=Q(closing_date__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CrmImport(models.Model):
    """A CSV file on its way into the built-in CRM: nothing of it is written before all of it is right and confirmed.

    `mapping`: column → field. `errors`: [{"row", "field", "text"}], the first thousand.
    """

    class State(models.TextChoices):
        MAPPING = "mapping", _("Being prepared")
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", pgettext_lazy("import", "Done")
        FAILED = "failed", pgettext_lazy("import", "Nothing was imported")

    what = models.CharField(max_length=8)  # leads, contacts, deals
    file_name = models.CharField(max_length=255)
    data = models.BinaryField()
    encoding = models.CharField(max_length=20, default="utf-8")
    mapping = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.MAPPING)
    rows = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    errors = models.JSONField(default=list, blank=True)
    agent = models.ForeignKey(Agent, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]


class BoardSample(models.Model):
    """A sample card of one class on a department's board (SPEC C9): no ticket, so that nothing counts, finds or mails it."""

    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="+")
    crm_class = models.PositiveSmallIntegerField(choices=CrmClass.choices)
    reply = models.TextField(max_length=10_000, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["department", "crm_class"], name="one_sample_a_column")]
