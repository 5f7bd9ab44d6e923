"""Ask a few things side by side, outside any transaction, and hand over each answer as it comes."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextvars import copy_context
from queue import Empty, Queue
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class Lanes(Generic[Q, A]):
    """`stop`, or one of the errors `ending` it, leaves what was not begun; its questions stand in `left` at the end.

    What was begun and has no answer after `within_s` is given up: TimeoutError stands for its answer, and its thread is left
    to itself.
    """

    def __init__(
        self,
        questions: Sequence[Q],
        ask: Callable[[Q], A],
        *,
        most: int,
        within_s: float,
        ending: tuple[type[Exception], ...] = (),
    ) -> None:
        self.left = list(reversed(questions))
        self._begun: dict[int, Q] = {}
        self._within_s = within_s
        self._ask, self._ending = ask, ending
        self._lock = threading.Lock()
        self._stopped = False
        self._answers: Queue[tuple[Q, A | Exception] | None] = Queue()
        self._n = min(most, len(questions))

    def stop(self) -> None:
        with self._lock:
            self._stopped = True

    def answers(self) -> Iterator[tuple[Q, A | Exception]]:
        """(question, answer or what was raised). The threads are no reason for the process to stay."""
        for n in range(self._n):
            here = copy_context()
            threading.Thread(target=here.run, args=[self._run], name=f"crm lane {n + 1}", daemon=True).start()
        running, ends = self._n, time.monotonic() + self._within_s
        while running:
            try:
                found = self._answers.get(timeout=max(0.0, ends - time.monotonic()))
            except Empty:
                break
            if found is None:
                running -= 1
            else:
                self._begun.pop(id(found[0]), None)
                yield found
        self.stop()
        for question in list(self._begun.values()):
            yield question, TimeoutError()

    def _run(self) -> None:
        try:
            while (question := self._next()) is not None:
                try:
                    answer: A | Exception = self._ask(question)
                except Exception as error:
                    answer = error
                    self._stopped = self._stopped or isinstance(error, self._ending)
                self._answers.put((question, answer))
        finally:
            self._answers.put(None)

    def _next(self) -> Q | None:
        with self._lock:
            if not self.left or self._stopped:
                return None
            question = self.left.pop()
            self._begun[id(question)] = question
            return question
