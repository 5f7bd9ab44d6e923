"""Shares the ticket named on the command line, or ends its shares; kills itself with -9 at the step named in KILL_AT."""

import sys

import django


def main() -> None:
    django.setup()
    from django.db import transaction

    from madoguchi import record, tickets
    from madoguchi.actor import Actor
    from madoguchi.models import Department, Permission, Ticket
    from madoguchi.sheet import Sheet
    from madoguchi.tickets import Wish, sharing
    from tests.crash.worker import around, die_at

    around(sharing, "_put", after="share written, ticket not")
    around(Sheet, "send", before="nothing recorded yet", after="recorded")
    around(record, "_ring", after="one event written")
    ticket = Ticket.objects.get(pk=int(sys.argv[1]))
    wanted = [Wish(Department.objects.get(pk=int(pk)), Permission.READ) for pk in sys.argv[2:]]
    with transaction.atomic():
        tickets.set_shares(ticket, wanted, by=Actor.desk())
        die_at("written, not committed")
    die_at("committed")


if __name__ == "__main__":
    main()
