"""One browser that listens: who it is, what it may hear, and what it has not been told yet."""

import asyncio
from collections import deque
from typing import Any

ALL = b'data: {"all":true}\n\n'
MOST = 100


class Listener:
    """`departments` are those whose tickets it may hear of; None: all of them.

    `stamp` says what its permission rested on; when that differs, the stream ends and the browser asks again.
    """

    __slots__ = ("agent", "departments", "ended", "free", "session", "since", "stamp", "stuck_since", "task", "waiting")

    def __init__(
        self, agent: int, departments: frozenset[int] | None, *, session: str = "", stamp: str = "", since: int = 0
    ) -> None:
        self.agent, self.departments = agent, departments
        self.session, self.stamp, self.since = session, stamp, since
        self.waiting: deque[bytes] = deque()
        self.ended = False
        self.free: asyncio.Future[Any] | None = None
        self.task: Any = None
        self.stuck_since = 0.0

    def hears(self, name: dict[str, Any]) -> bool:
        """A name said `to` an agent is that agent's alone; one of a department, of those who see its tickets."""
        if "to" in name:
            return bool(name["to"] == self.agent)
        department = name.get("department")
        return self.departments is None or department is None or department in self.departments

    def tell(self, said: bytes) -> None:
        """Queue; a browser that does not keep up is told to fetch everything instead."""
        if len(self.waiting) >= MOST:
            self.waiting.clear()
            said = ALL
        self.waiting.append(said)
        self._wake()

    def end(self) -> None:
        self.ended = True
        self._wake()

    def _wake(self) -> None:
        if self.free is not None and not self.free.done():
            self.free.set_result(None)

    async def next(self) -> bytes:
        """All that waits, as one piece; nothing when the stream is over."""
        while not self.waiting and not self.ended:
            self.free = asyncio.get_running_loop().create_future()
            await self.free
        if self.ended:
            return b""
        said = b"".join(self.waiting)
        self.waiting.clear()
        return said
