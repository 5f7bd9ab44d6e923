"""No more requests a minute than the CRM allows, however many threads ask (SPEC C6)."""

import threading
import time
from collections.abc import Callable


class Pace:
    """Requests stand in line, `60 / per_minute` seconds apart. `share` is the part of the rate this process has."""

    def __init__(
        self,
        per_minute: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.per_minute = per_minute
        self.share = 1.0
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._next = 0.0

    def turn(self) -> None:
        """Wait for the next turn."""
        with self._lock:
            now = self._clock()
            mine = max(self._next, now)
            self._next = mine + 60 / (self.per_minute * self.share)
        if mine > now:
            self._sleep(mine - now)
