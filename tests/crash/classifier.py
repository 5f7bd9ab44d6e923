"""Looks contacts up as the worker does; kills itself with -9 at the step named in KILL_AT. CRM_URL: a CRM over the network."""

import os

import django


def main() -> None:
    django.setup()
    from madoguchi.reactions.crm import builtin, copies, kinds, looking_up, wishes, writing
    from tests.crash.worker import around, die_at
    from tests.reactions.crm.answering import Asking

    if "CRM_URL" in os.environ:
        kinds.KINDS["zoho"] = kinds.Kind(Asking, 6000)
    around(wishes, "borrow", before="copies right, nobody asked", after="borrowed, not committed")
    around(looking_up, "find", before="borrowed", after="answered")
    around(builtin, "find_all", before="taken", after="found")
    around(writing, "write", after="written, not committed")
    around(copies, "mend", before="class written, no copies")
    around(wishes, "granted", after="granted, not committed")
    around(looking_up, "_write", after="committed")
    around(looking_up, "look_in", after="committed")
    around(looking_up, "settle", after="copies committed")
    looking_up.LookingUp().run_all()
    die_at("at the end")


if __name__ == "__main__":
    main()
