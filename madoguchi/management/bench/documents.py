"""What search knows of the bench's tickets, as `tickets.indexing` would have written it, only faster.

Texts are given in pieces whose tokens are kept, since most are said often; pieces never run into one another. That a
document is the same as that of `indexing` is tested.
"""

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache

from madoguchi.kit import grams
from madoguchi.management.bench.people import TAGS, World
from madoguchi.management.bench.stories import Story

Places = dict[str, str]


@lru_cache(100_000)
def tokens(piece: str) -> tuple[str, ...]:
    return tuple(grams.tokens(piece))


def grow(places: Places, position: int, mark: str, pieces: Iterable[str]) -> int:
    """Add a section; where the next one begins."""
    for piece in pieces:
        for token in tokens(piece):
            position += 1
            known = places.get(token)
            places[token] = f"{position}{mark}" if known is None else f"{known},{position}{mark}"
    return position + grams.SECTION_GAP


def literal(places: Places) -> str:
    return " ".join([f"'{token}':{at}" for token, at in places.items()])


def document_lines(stories: Iterable[Story], world: World) -> Iterator[str]:
    """COPY lines of `SearchDocument`: one for the ticket's head, one for each entry."""
    for story in stories:
        yield head_line(story, world)
        yield from entry_lines(story, world)


def head_line(story: Story, world: World) -> str:
    head: Places = {}
    at = grow(head, 0, "A", [str(story.number), story.subject])
    at = grow(head, at, "B", [*story.contact.words, story.contact.address])
    custom = sorted(json.loads(story.custom).items(), key=lambda item: (len(item[0]), item[0]))
    words = [TAGS[world.tags.index(tag)] for tag in story.tags] + [v for _k, v in custom if isinstance(v, str)]
    grow(head, at, "C", words)
    return f"{2 * story.entries[0].number}\t{story.n + 1}\t\\N\t{story.department}\tf\t{literal(head)}\n"


def entry_lines(story: Story, world: World) -> Iterator[str]:
    contact = story.contact
    names, account = contact.words[:2]
    start: Places = {}
    at = grow(start, 0, "A", [story.subject])
    at = grow(start, at, "B", [names, account]) + grams.SECTION_GAP
    customer, desk = (contact.name, contact.address), world.boxes[story.department][1]
    ours = (world.department_names[story.department], desk)
    for entry in story.entries:
        places = start.copy()
        written = {"in": (*customer, desk), "out": (*ours, *customer), "note": ()}[entry.kind]
        grow(places, at, "", (*written, *entry.sentences))
        public = "f" if entry.kind == "note" else "t"
        yield f"{2 * entry.number + 1}\t{story.n + 1}\t{entry.number}\t{story.department}\t{public}\t{literal(places)}\n"
