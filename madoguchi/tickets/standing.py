"""On which tickets an entry stands: what is changed on it is written down on each that shows it (SPEC M8, M10)."""

from madoguchi.models import Attachment, Entry, Ticket
from madoguchi.prepared import Prepared, fetch
from madoguchi.tickets.locking import locked_together
from madoguchi.tickets.numbers import final

OF_ENTRY = """
SELECT ticket_id FROM madoguchi_entry WHERE id = %(entry)s::bigint
UNION SELECT m.main_id FROM madoguchi_merge m JOIN madoguchi_entry e ON e.ticket_id = m.other_id
  WHERE e.id = %(entry)s::bigint AND m.through_entry >= e.id
"""
OF_FILE = """
SELECT ticket_id FROM madoguchi_attachment WHERE id = %(file)s::bigint
UNION SELECT m.main_id FROM madoguchi_merge m JOIN madoguchi_attachment a ON a.ticket_id = m.other_id
  WHERE a.id = %(file)s::bigint AND CASE WHEN a.entry_id IS NULL THEN m.at >= a.created_at ELSE m.through_entry >= a.entry_id END
"""
HOME = Prepared(
    lambda mark: Ticket.objects.filter(entries=mark.number("entry")).select_related("merged_into").order_by()
)


def here(entry: Entry) -> Ticket:
    """The ticket on which something is done with the entry: as it was found, or what that was merged into."""
    return final(entry.ticket)


def elsewhere(thing: Entry | Attachment, ticket: Ticket) -> list[Ticket]:
    """The other tickets that show it, as they are now; locked together with `ticket`."""
    if isinstance(thing, Entry):
        sql, asked = OF_ENTRY, {"entry": thing.pk}
    else:
        sql, asked = OF_FILE, {"file": thing.pk}
    ids = {row[0] for row in fetch(sql, asked)}
    if ids <= {ticket.pk}:
        return []
    rows = locked_together(lambda: {row[0] for row in fetch(sql, asked)} | {ticket.pk})
    return [row for pk, row in sorted(rows.items()) if pk != ticket.pk]


def home(entry: Entry) -> Ticket:
    """The ticket whose conversation the entry belongs to: where it was written, or what that was merged into."""
    owner: Ticket = HOME(entry=entry.pk)[0]
    return owner.merged_into or owner
