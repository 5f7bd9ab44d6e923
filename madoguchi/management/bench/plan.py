"""Which ids a stretch of tickets uses, so that processes can make stretches side by side and the desk is always the same."""

from dataclasses import dataclass
from datetime import datetime

STRETCH = 1_000
FIRST_NUMBER = 101
LONG = 100  # entries of the long tickets, of which there is at most one in a stretch
ENTRIES_A_STRETCH = 4 * STRETCH + LONG
EVENTS_A_STRETCH = 9 * STRETCH + 2 * LONG


@dataclass(frozen=True)
class Plan:
    """N tickets of the three years before `until`. Tickets are counted from 0; ticket n has the id n + 1."""

    tickets: int
    until: datetime

    @property
    def stretches(self) -> int:
        return -(-self.tickets // STRETCH)

    def numbers(self, stretch: int) -> range:
        return range(stretch * STRETCH, min(self.tickets, (stretch + 1) * STRETCH))

    @property
    def every(self) -> int:
        return max(STRETCH, self.tickets // 50)

    def is_long(self, n: int) -> bool:
        return n % self.every == 7

    def entries_n(self, n: int) -> int:
        """Three or four of an ordinary ticket, half and half."""
        return 3 + (n * 2_654_435_761 >> 12 & 1)
