"""Merges the contacts named on the command line, main first; kills itself with -9 at the step named in KILL_AT."""

import sys

import django


def main() -> None:
    django.setup()
    from madoguchi import people
    from madoguchi.actor import Actor
    from madoguchi.models import Contact
    from madoguchi.people import merging_contacts, moving_tickets
    from tests.crash.worker import around, die_at

    around(merging_contacts, "locked", after="locked")
    around(moving_tickets, "to_contact", after="tickets moved")
    around(merging_contacts, "move_rest", after="all moved")
    around(merging_contacts, "take", after="written, not committed")
    first, *others = (Contact.objects.get(pk=int(pk)) for pk in sys.argv[1:])
    people.merge_contacts(first, others, by=Actor.desk())
    die_at("committed")


if __name__ == "__main__":
    main()
