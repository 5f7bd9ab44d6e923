"""A bar on standard error, where somebody looks."""

import sys
import time


class Bar:
    """`with Bar("Loading", 100_000) as bar: bar.to(5_000)`; on a terminal it moves, in a log it is one line at the end."""

    WIDTH = 28

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.started, self.shown = what, max(1, total), time.monotonic(), 0.0
        self.lively = sys.stderr.isatty()

    def __enter__(self) -> "Bar":
        self.to(0)
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is None:
            self.draw(self.total)
            print(file=sys.stderr, flush=True)

    def to(self, done: int) -> None:
        if self.lively and time.monotonic() - self.shown > 0.1:
            self.shown = time.monotonic()
            self.draw(done)

    def draw(self, done: int) -> None:
        full = min(self.WIDTH, self.WIDTH * done // self.total)
        took = time.monotonic() - self.started
        print(
            f"\r{self.what:<28} {'█' * full}{'·' * (self.WIDTH - full)} {done:>9,} / {self.total:,}  {took:6.1f} s",
            end="", file=sys.stderr, flush=True,
        )  # fmt: skip
