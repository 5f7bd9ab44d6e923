"""Runs the rules of the event named on the command line; kills itself with -9 at the step named in KILL_AT."""

import sys

import django


def main() -> None:
    django.setup()
    from madoguchi.reactions.automation import acts, running
    from tests.crash.worker import around, die_at

    around(acts, "do", before="about to act", after="acted, not logged")
    around(running, "_act", after="all acted, not logged")
    around(running, "_locked", after="committed, next rule")
    running.run(int(sys.argv[1]))
    die_at("committed")


if __name__ == "__main__":
    main()
