"""Search tickets by field, and by every word in them, `_all` (API B2)."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import Field

from madoguchi.doors.api import answers, finders, rows
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import unprocessable
from madoguchi.doors.api.sorting import order
from madoguchi.doors.api.text_tokens import EMPTY, FILLED, matches
from madoguchi.doors.api.ticket_filters import NEWEST, SORT, assigned, one_of, statuses, within
from madoguchi.doors.api.wire import Id, Paged, ids_in, time_range, words
from madoguchi.kit import addresses, phones
from madoguchi.lists import search
from madoguchi.models import Account, Contact, ContactAddress, ContactPhone, Entry, Ticket, TicketTag

door = Door("Tickets")
MOST_COUNTED = 2_000
INDEXED = ("subject", "description")
RANGES = {"createdTimeRange": "created_at", "modifiedTimeRange": "modified_at", "dueDateRange": "due_at"}
IDS = {"contactId": "contact", "accountId": "account", "productId": "product", "id": "pk"}
MERGEABLE = {"contactId": Contact, "accountId": Account}
TEXTS = {
    "subject": ["subject"],
    "category": ["category"],
    "classification": ["classification"],
    "accountName": ["account__name"],
    "productName": ["product__name"],
}


class Search(Paged):
    from_: int = Field(0, alias="from", ge=0, le=999)
    limit: int = Field(10, ge=1, le=100)
    id: str | None = None
    ticketNumber: str | None = None
    subject: str | None = None
    description: str | None = None
    email: str | None = None
    phone: str | None = None
    contactName: str | None = None
    contactId: str | None = None
    accountId: str | None = None
    accountName: str | None = None
    productId: str | None = None
    productName: str | None = None
    assigneeId: str | None = None
    departmentId: Id | None = None
    status: str | None = None
    priority: str | None = None
    channel: str | None = None
    category: str | None = None
    classification: str | None = None
    tag: str | None = None
    createdTimeRange: str | None = None
    modifiedTimeRange: str | None = None
    dueDateRange: str | None = None
    customField1: str | None = None
    customField2: str | None = None
    customField3: str | None = None
    customField4: str | None = None
    customField5: str | None = None
    customField6: str | None = None
    customField7: str | None = None
    customField8: str | None = None
    customField9: str | None = None
    customField10: str | None = None
    all_: str | None = Field(None, alias="_all")
    sortBy: str = ""


@door.at("GET /tickets/search", gives="TicketFound[]#")
def search_tickets(request: Call, query: Query[Search]) -> HttpResponse:
    """Search the live tickets one may see, those shared with own departments too, by field; all conditions must hold.

    `_all`, and `subject` and `description` without stars, look up whole words in any script, Japanese ones by any two
    characters. Newest first unless sorted; `count` is exact up to 2,000.
    """
    by = request.actor
    found = finders.found_tickets(by)
    if query.departmentId is not None:
        found = found.in_departments([finders.department(query.departmentId, by).pk])
    fit = by_words(found, query).filter(conditions(query))
    offered = {name: SORT[name] for name in ("modifiedTime", "createdTime")}
    sort_by = "" if query.sortBy == "relevance" else query.sortBy
    page = rows.searched(fit.order_by(*order(sort_by, offered, NEWEST))[query.cut()])
    return answers.rows(page, count=fit.order_by()[:MOST_COUNTED].count())


def by_words(found: QuerySet[Ticket], query: Search) -> QuerySet[Ticket]:
    """Narrowed by what the word index answers: the text of everything, of the subject, of the messages."""
    asked: tuple[tuple[str | None, search.Where], ...] = (
        (query.all_, ""),
        (query.subject if is_plain(query.subject) else None, "subject"),
        (query.description if is_plain(query.description) else None, "messages"),
    )
    for text, where in asked:
        if text is not None:
            found = search.narrow(found, text.strip("*"), where)
    return found


def is_plain(text: str | None) -> bool:
    return text is not None and "*" not in text and text not in EMPTY | FILLED


def conditions(query: Search) -> Q:
    given = {name: value for name, value in query.model_dump().items() if value is not None}
    found = Q()
    for name, value in given.items():
        if name in INDEXED and is_plain(value):
            continue
        if name in TEXTS:
            found &= matches(TEXTS[name], value)
        elif name in RANGES:
            found &= within(RANGES[name], *time_range(value, name))
        elif name in MERGEABLE:
            found &= Q(**{f"{IDS[name]}__in": finders.led_all(MERGEABLE[name], ids_in(value, name))})
        elif name in IDS:
            found &= Q(**{f"{IDS[name]}__in": ids_in(value, name)})
        elif name in READERS:
            found &= READERS[name](value)
        elif name.startswith("customField"):
            found &= custom(value, name)
    return found


def number(text: str) -> Q:
    return Q(number__in=ids_in(text.replace("#", ""), "ticketNumber"))


def email(text: str) -> Q:
    if text in EMPTY | FILLED or "*" in text:
        rows = ContactAddress.objects.filter(matches(["address"], text), contact=OuterRef("contact"))
        return matches(["email"], text) | (Q() if text in EMPTY else Q(Exists(rows)))
    folded = addresses.fold(text)
    known = ContactAddress.objects.filter(folded=folded).values("contact")
    return Q(email__iexact=text) | Q(contact__in=known)


def phone(text: str) -> Q:
    folded = phones.fold(text)
    known = ContactPhone.objects.filter(folded=folded).values("contact") if folded else []
    return matches(["phone"], text, plain="iexact") | Q(contact__in=known)


def contact_name(text: str) -> Q:
    """Every part of the name is in the family or the given name."""
    found = Q()
    for part in text.split() or [text]:
        found &= matches(["contact__last_name", "contact__first_name"], part)
    return found


def description(text: str) -> Q:
    first = Entry.objects.filter(ticket=OuterRef("pk"), is_description=True, deleted_at=None)
    if text in EMPTY | FILLED:
        return Q(Exists(first)) if text in FILLED else ~Q(Exists(first))
    return Q(Exists(first.filter(matches(["text"], text))))


def tag(text: str) -> Q:
    found = Q()
    for word in words(text):
        found &= Q(
            Exists(TicketTag.objects.filter(matches(["tag__name"], word, plain="iexact"), ticket=OuterRef("pk")))
        )
    return found


def custom(text: str, name: str) -> Q:
    """`api_name:value`; values are compared as text and as what they look like."""
    api_name, colon, value = text.partition(":")
    if not colon or not api_name.isidentifier():
        raise unprocessable(_("The query parameter “%(name)s” is not valid.") % {"name": name})
    if value in EMPTY:
        return ~Q(custom__has_key=api_name)
    if value in FILLED:
        return Q(custom__has_key=api_name)
    found = Q(custom__contains={api_name: value})
    if value.lower() in ("true", "false"):
        found |= Q(custom__contains={api_name: value.lower() == "true"})
    try:
        found |= Q(custom__contains={api_name: float(value) if abs(float(value)) < 1e15 else value})
    except ValueError:
        pass
    return found


READERS = {
    "ticketNumber": number,
    "email": email,
    "phone": phone,
    "contactName": contact_name,
    "description": description,
    "tag": tag,
    "assigneeId": assigned,
    "status": statuses,
    "priority": lambda text: one_of("priority", text or "${empty}"),
    "channel": lambda text: one_of("channel", text),
}
