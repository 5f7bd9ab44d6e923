"""The one reader of foreign mail in this process."""

from functools import cache

from madoguchi.kit.letters.sandbox import Reader

SECONDS, MEMORY_MB = 10.0, 768


@cache
def reader() -> Reader:
    """A killable child that reads mail; started on first use."""
    return Reader(seconds=SECONDS, memory_mb=MEMORY_MB)
