"""Pieces of pages that were made not long ago: rows of lists and entries that nobody changed are not made anew."""

from collections.abc import Callable
from typing import Any

MOST_LETTERS = 12_000_000


class Kept:
    """At most `most` characters; then everything is forgotten. A key names all that its piece depends on."""

    def __init__(self, most: int) -> None:
        self.most, self.letters = most, 0
        self.pieces: dict[Any, str] = {}

    def __call__(self, key: Any, make: Callable[[], str]) -> str:
        found = self.pieces.get(key)
        if found is None:
            found = make()
            self.letters += len(found)
            if self.letters > self.most:
                self.pieces, self.letters = {}, len(found)
            self.pieces[key] = found
        return found


lately = Kept(MOST_LETTERS)
