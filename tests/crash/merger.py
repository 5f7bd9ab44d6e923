"""Merges the tickets named on the command line, main first; kills itself with -9 at the step named in KILL_AT."""

import sys

import django


def main() -> None:
    django.setup()
    from django.db import transaction

    from madoguchi import record, tickets
    from madoguchi.actor import Actor
    from madoguchi.models import Ticket
    from madoguchi.sheet import Sheet
    from madoguchi.tickets import merging, uniting
    from tests.crash.worker import around, die_at

    around(merging, "locked", after="locked")
    around(merging, "_point", after="pointers written")
    around(uniting, "unite", after="united")
    around(record, "_ring", after="one ticket written")
    around(Sheet, "send", before="nothing written yet")
    around(uniting, "index", before="all tickets written", after="written, not committed")
    first, *others = (Ticket.objects.get(pk=int(pk)) for pk in sys.argv[1:])
    with transaction.atomic():
        tickets.merge(first, others, keep={"number": others[0]}, by=Actor.desk())
    die_at("committed")


if __name__ == "__main__":
    main()
