"""The log scale that times fall on, so that a median of any number of times is read from a hundred rows."""

import math
from bisect import bisect_right
from itertools import count

STEPS_PER_DOUBLING = 4


def _least_times() -> list[int]:
    """The least time, in seconds, of each step; steps no time falls on share the next one's."""
    found: list[int] = []
    for step in count():
        guess = max(0, int(2 ** (step / STEPS_PER_DOUBLING)) - 3)
        while int(math.log2(guess + 1) * STEPS_PER_DOUBLING) < step:
            guess += 1
        found.append(guess)
        if guess > 2**40:
            return found
    raise AssertionError


STEPS = _least_times()


def bucket_of(seconds: int) -> int:
    """The step a time falls on: four steps to each doubling, 0 for under a second."""
    return bisect_right(STEPS, seconds) - 1
