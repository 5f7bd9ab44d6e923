"""Several mails decided side by side, those that belong together one after the other."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connection

from madoguchi.kit.letters import Letter

AHEAD = 2


class Lanes:
    """Threads, each deciding its mails in order in a database session of its own.

    A mail joins the lane of the mail it answers, or of the same sender, so that threading is as in single file. Commits
    of different lanes share the wait for the disk. `with` it: leaving waits for all.
    """

    def __init__(self, count: int) -> None:
        self.threads = [ThreadPoolExecutor(1, thread_name_prefix=f"mail-{n}") for n in range(count)]
        self.room = threading.BoundedSemaphore(count * AHEAD)
        self.lane_of: dict[str, int] = {}
        self.running: list[Future[bool]] = []
        self.next = 0

    def put(self, letter: Letter | None, decide: Callable[[], bool]) -> None:
        """Hand over one decision; waits while the lanes have enough to do."""
        self.room.acquire()
        future = self.threads[self.choose(letter)].submit(decide)
        future.add_done_callback(lambda _done: self.room.release())
        self.running.append(future)

    def choose(self, letter: Letter | None) -> int:
        keys = []
        if letter is not None:
            sender = [letter.from_.folded] if letter.from_ else []
            keys = [*letter.in_reply_to, *letter.references, *filter(None, [letter.message_id]), *sender]
        lane = next((self.lane_of[key] for key in keys if key in self.lane_of), None)
        if lane is None:
            lane = self.next
            self.next = (self.next + 1) % len(self.threads)
        self.lane_of.update(dict.fromkeys(keys, lane))
        return lane

    def wait(self) -> int:
        """Wait for everything handed over; how many were decided. Raises what a decision raised."""
        done = [future.result() for future in self.running]
        self.running.clear()
        self.lane_of.clear()
        return sum(done)

    def __enter__(self) -> "Lanes":
        return self

    def __exit__(self, *_error: object) -> None:
        for thread in self.threads:
            thread.submit(lambda: connection.close())  # the thread's own connection
            thread.shutdown()
