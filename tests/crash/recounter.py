"""Counts business times by the job named on the command line; kills itself with -9 at the step named in KILL_AT."""

import sys

import django


def main() -> None:
    django.setup()
    from madoguchi.models import TimesRecount
    from madoguchi.sla import recounting
    from tests.crash.worker import around

    recounting.TOGETHER, recounting.WINDOW = 2, 10**9  # two tickets in each portion, whatever their ids are
    around(recounting, "take_out", before="nothing written yet", after="figures taken out")
    around(recounting, "put_in", after="rows and figures written")
    around(recounting, "count_again", after="counted, progress not written")
    around(TimesRecount, "save", after="written, not committed")
    around(recounting, "_portion", after="a portion committed")
    recounting.run(int(sys.argv[1]))


if __name__ == "__main__":
    main()
