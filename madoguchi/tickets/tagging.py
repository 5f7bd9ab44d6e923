"""Tags: words people put on tickets. One word whatever its case or width."""

import re
import unicodedata
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import Tag, Ticket, TicketTag
from madoguchi.record import change
from madoguchi.tickets.indexing import index_head

ALLOWED = re.compile(r"[\w.\-+% \u0080-\U0010ffff]{1,50}")
MOST = 51


def fold(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()[:50]


def checked(names: Iterable[str]) -> list[str]:
    """The names, tidy and each once. Refused: TAG_NAME (1–50 letters, digits, `_ . - + %`, space), TAG_COUNT."""
    tidy = {fold(clean): clean for clean in (" ".join(str(name).split()) for name in names)}
    for name in tidy.values():
        if not ALLOWED.fullmatch(name):
            raise Refused("TAG_NAME", _("A tag has 1 to 50 letters or digits: “%(tag)s”") % {"tag": name[:60]}, "tags")
    if not 1 <= len(tidy) <= MOST:
        raise Refused("TAG_COUNT", _("Between 1 and %(n)s tags at once.") % {"n": MOST}, "tags")
    return list(tidy.values())


@transaction.atomic
def tag(ticket: Ticket, names: Iterable[str], *, by: Actor) -> list[Tag]:
    """Put tags on the ticket; those already there stay."""
    require(by, "tag", ticket)
    wanted = checked(names)
    with change(ticket, "ticket.tagged", by=by) as event:
        there = set(ticket.ticket_tags.values_list("tag__folded", flat=True))
        new = [name for name in wanted if fold(name) not in there]
        in_order = sorted(new, key=fold)  # the same for everyone: two who make the same tags never wait for each other
        made = {name: Tag.objects.get_or_create(folded=fold(name), defaults={"name": name})[0] for name in in_order}
        tags = [made[name] for name in new]
        TicketTag.objects.bulk_create(TicketTag(ticket=ticket, tag=t) for t in tags)
        if new:
            event.after["tags"] = new
            index_head(ticket)
    return tags


@transaction.atomic
def untag(ticket: Ticket, names: Iterable[str], *, by: Actor) -> None:
    """Take tags off the ticket; those not there are passed over."""
    require(by, "tag", ticket)
    folded = [fold(name) for name in checked(names)]
    with change(ticket, "ticket.untagged", by=by) as event:
        rows = list(ticket.ticket_tags.select_related("tag").filter(tag__folded__in=folded))
        if rows:
            event.before["tags"] = event.after["tags"] = [row.tag.name for row in rows]
            TicketTag.objects.filter(pk__in=[row.pk for row in rows]).delete()
            index_head(ticket)
