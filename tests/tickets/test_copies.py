"""Who takes part: two who add someone at once both succeed."""

import pytest

from madoguchi import people, tickets
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Refused
from madoguchi.models import Ticket


def some(n: int) -> list:
    return [people.identify(f"p{i}@copy.example", by=Actor.desk()) for i in range(n)]


def names(ticket) -> list[str]:
    return [row.contact.email for row in ticket.secondary_contacts.order_by("pk")]


def test_adding_takes_nobody_off_who_came_meanwhile(cast, ticket):
    one, two = some(2)
    seen_by_two = Ticket.objects.get(pk=ticket.pk)
    tickets.add_secondary_contacts(ticket, [one], by=cast.sato)
    tickets.copy_in(seen_by_two, [two], by=Actor(contact=cast.yamada, door="mail"))
    assert names(ticket) == ["p0@copy.example", "p1@copy.example"]
    tickets.drop_secondary_contact(ticket, one.pk, by=cast.sato)
    assert names(ticket) == ["p1@copy.example"]


def test_twenty_at_most_a_mail_fills_up_and_an_agent_is_told(cast, ticket):
    crowd = some(25)
    tickets.copy_in(ticket, crowd, by=Actor(contact=cast.yamada, door="mail"))
    assert len(names(ticket)) == 20
    with pytest.raises(Refused):
        tickets.add_secondary_contacts(ticket, crowd[20:21], by=cast.sato)
    with pytest.raises(Denied):
        tickets.drop_secondary_contact(ticket, crowd[0].pk, by=cast.light)
    assert len(names(ticket)) == 20
