"""A contact's tickets as the help center lists them: what was said last in public, never what agents did among themselves."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery

from madoguchi.access import scope
from madoguchi.actor import Actor
from madoguchi.kit import grams
from madoguchi.lists import keyset
from madoguchi.models import Entry, Merge, Ticket
from madoguchi.models.organisation import State
from madoguchi.tickets.numbers import behind_number
from madoguchi.tickets.timeline import PUBLIC

PAGE = 20
COUNTED_TO = 1000
SEARCHED, MOST_FOUND = 5_000, 2_000
NEWEST = keyset.Order("last_message_at", nullable=True)
COLUMNS = "id number subject state channel contact_id contact__last_name contact__first_name created_at last_message_at first_response_s merged_n".split()
CLOSED = Q(state=State.CLOSED)
WHICH = {"": Q(), "open": ~CLOSED, "closed": CLOSED}


def tickets_of(actor: Actor, *, which: str = "", account: bool = False) -> QuerySet[Ticket]:
    """The contact's own live tickets, or those of the account they may see; `which`: open, closed, '' for all."""
    assert actor.contact is not None
    own = Q() if account and actor.contact.sees_account else Q(contact=actor.contact)
    return Ticket.objects.filter(scope(actor), own, WHICH[which]).order_by()


def counts(actor: Actor) -> dict[str, int]:
    """How many own tickets there are of each kind, counted to 1,000."""
    ids = tickets_of(actor).order_by("-id").values("pk")[: COUNTED_TO + 1]
    found = Ticket.objects.filter(pk__in=ids).order_by().aggregate(n=Count("pk"), closed=Count("pk", filter=CLOSED))
    return {"": found["n"], "open": found["n"] - found["closed"], "closed": found["closed"]}


def page(actor: Actor, *, which: str = "", account: bool = False, q: str = "", cursor: str = "") -> keyset.Page:
    """The tickets with the newest message first, each row with `last`: the newest entry the customer may see."""
    tickets = tickets_of(actor, which=which, account=account)
    if q:
        tickets = tickets.filter(pk__in=found(tickets, q))
    shown = keyset.page(tickets.values(*COLUMNS), NEWEST, cursor, size=PAGE)
    newest = last_shown(shown.rows)
    for row in shown.rows:
        row["last"] = newest.get(row["id"])
    return shown


def last_shown(rows: Sequence[dict[str, Any]]) -> dict[int, Entry]:
    """The newest public entry of each ticket, by its id; those of tickets merged into it count."""
    ids, merged = [row["id"] for row in rows], [row["id"] for row in rows if row["merged_n"]]
    public = Entry.objects.filter(PUBLIC, deleted_at=None).order_by()
    newest: dict[int, int] = dict(public.filter(ticket__in=ids).values_list("ticket").annotate(Max("pk")))
    theirs = public.filter(ticket=OuterRef("other"), pk__lte=OuterRef("through_entry")).order_by("-pk").values("pk")[:1]
    for main, pk in Merge.objects.filter(main__in=merged).values_list("main", Subquery(theirs)):
        newest[main] = max(newest.get(main, 0), pk or 0)
    known = Entry.objects.only("id", "created_at", "direction", "kind", "agent_id").in_bulk(list(newest.values()))
    return {main: known[pk] for main, pk in newest.items() if pk in known}


HITS = f"""
WITH own AS MATERIALIZED (SELECT id FROM madoguchi_ticket WHERE id = ANY(%(own)s)),
  shown AS (SELECT id AS main, id AS source, NULL::bigint AS through FROM own
    UNION ALL SELECT m.main_id, m.other_id, m.through_entry FROM madoguchi_merge m JOIN own ON own.id = m.main_id)
SELECT s.main, e.id FROM shown s
  JOIN madoguchi_entry e ON e.ticket_id = s.source AND (s.through IS NULL OR e.id <= s.through)
  JOIN madoguchi_searchdocument d ON d.id = 2 * e.id + 1
WHERE d.vector @@ %(query)s::tsquery ORDER BY e.id DESC LIMIT {MOST_FOUND}"""


def found(tickets: QuerySet[Ticket], q: str) -> set[int]:
    """The ids of those that hold every word of `q` in their subject or in one entry the customer may see, or have this number.

    Among the newest 5,000. The index knows more than the customer may: what it finds is asked again (`timeline.PUBLIC`).
    """
    own = list(tickets.order_by("-id").values_list("pk", flat=True)[:SEARCHED])
    known = Ticket.objects.filter(pk__in=own).order_by()
    hits = set(known.filter(subject__icontains=q).values_list("pk", flat=True))
    number = q.removeprefix("#")
    if number.isdecimal() and len(number) < 19:
        hits |= set(known.filter(pk__in=behind_number(int(number))).values_list("pk", flat=True))
    if query := grams.query(q, "AD"):
        with connection.cursor() as cursor:
            cursor.execute(HITS, {"own": own, "query": query})
            pairs = cursor.fetchall()
        public = Entry.objects.filter(PUBLIC, pk__in={pk for _main, pk in pairs}, deleted_at=None).order_by()
        seen = set(public.values_list("pk", flat=True))
        hits |= {main for main, pk in pairs if pk in seen}
    return hits
