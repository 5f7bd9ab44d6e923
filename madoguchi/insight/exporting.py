"""The figures of a customer as CSV: one line a customer, an account before each of its contacts (SPEC I)."""

from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from madoguchi.insight import figures
from madoguchi.insight.asking import kind_of
from madoguchi.insight.figures import Figures, Times
from madoguchi.kit import tables
from madoguchi.models import Account, Contact
from madoguchi.models.rating import Satisfaction
from madoguchi.models.ticket import Channel

TOGETHER = 500


def export(customer: Contact | Account, departments: Sequence[int] | None, days: int | None = None) -> Iterator[bytes]:
    """The file, piece by piece. Times in seconds; empty where there is none."""
    labels = {"contact": _("Contact"), "account": _("Account")}  # now: it is read once the language is another one
    return tables.write(columns(), _rows(customer, departments, days, labels))


def columns() -> list[str]:
    times = [_("First response time"), _("Response time"), _("Resolution time")]
    hours = [pgettext("times", "Clock hours"), _("Business hours")]
    kinds = [pgettext("figures", "Number"), _("Mean (s)"), _("Median (s)"), _("90th percentile (s)")]
    return [
        pgettext("figures", "Type"),
        _("ID"),
        _("Name"),
        _("Tickets"),
        *(_("Open"), _("On Hold"), _("Closed"), _("Overdue"), _("Spam")),
        *(str(channel.label) for channel in Channel),
        *(_("Ratings"), *(str(value.label) for value in Satisfaction), _("Satisfaction (%)")),
        *(f"{time} – {hour} – {kind}" for time in times for hour in hours for kind in kinds),
    ]


def _rows(
    customer: Contact | Account, departments: Sequence[int] | None, days: int | None, labels: Mapping[str, str]
) -> Iterator[list[str]]:
    yield _cells(customer, figures.read(customer, departments, days), labels)
    if isinstance(customer, Contact):
        return
    last = 0
    contacts = customer.contacts.filter(trashed_at=None, merged_into=None).order_by("pk")
    while page := list(contacts.filter(pk__gt=last)[:TOGETHER]):
        read = figures.read_all("contact", [contact.pk for contact in page], departments, days)
        for contact in page:
            yield _cells(contact, read[contact.pk], labels)
        last = page[-1].pk


def _cells(customer: Contact | Account, found: Figures, labels: Mapping[str, str]) -> list[str]:
    values: list[int | str | None] = [
        *(labels[kind_of(customer)], customer.pk, customer.name),
        *(found.total, found.open, found.on_hold, found.closed, found.overdue, found.spam),
        *found.by_channel.values(),
        *(found.rated, found.good, found.okay, found.bad, found.satisfaction),
    ]
    for spans in found.times().values():
        values += [*_times(spans.clock), *_times(spans.business)]
    return ["" if value is None else str(value) for value in values]


def _times(times: Times) -> list[int | None]:
    return [times.count, times.mean_s, times.median_s, times.p90_s]
