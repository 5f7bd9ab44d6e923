"""The real worker, which kills itself with -9 at the step named in KILL_AT (once: a file remembers)."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django


def die_at(step: str) -> None:
    if os.environ.get("KILL_AT") == step:
        done = Path(os.environ["KILL_ONCE"])
        if not done.exists():
            done.touch()
            os.kill(os.getpid(), signal.SIGKILL)


def around(owner: Any, name: str, *, before: str = "", after: str = "") -> None:
    whole: Callable[..., Any] = getattr(owner, name)

    def stepped(*args: Any, **kwargs: Any) -> Any:
        die_at(before)
        answer = whole(*args, **kwargs)
        die_at(after)
        return answer

    setattr(owner, name, stepped)


def main() -> None:
    django.setup()
    from django.core.management import call_command

    from madoguchi.doors.mailbox import fetch, intake
    from madoguchi.management.commands import worker
    from madoguchi.reactions import notification_mails, notifying
    from madoguchi.reactions.post import send, smtp

    worker.STALLED_S = worker.BEAT_S = 1
    around(fetch, "store", before="fetched, not stored", after="stored, not committed")
    around(fetch, "_save", after="cursor moved, not committed")
    around(intake, "take_in_all", before="stored, not decided")
    around(intake, "_decide", before="reading", after="decided, not committed")
    around(intake, "take_in", after="decided and committed")
    around(intake, "_write", after="entry written, not committed")
    around(send, "_take", before="queued", after="taken, before SMTP")
    around(send, "_about_to_hand_over", before="recipients accepted", after="about to hand over")
    around(smtp, "_converse", after="accepted by SMTP, not committed")
    around(send, "_finish", after="sent and committed")
    around(notifying, "_tell", before="event seen, nobody told", after="told, not committed")
    around(notification_mails, "queue_notice", before="told, not mailed", after="notice written, not committed")
    around(notification_mails, "mail", after="notice committed")
    call_command("worker")


if __name__ == "__main__":
    sys.exit(main())
