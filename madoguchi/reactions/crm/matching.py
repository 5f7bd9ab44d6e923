"""Whether a record of the CRM is the person who writes to us (SPEC C2), and which of several it is. Pure.

Addresses and numbers are compared as `kit` folds them. A `+tag` is a part of the address: to mail intake, too, such
senders are two.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from madoguchi.kit import addresses, phones

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Keys:
    """Folded addresses and numbers of one person."""

    addresses: frozenset[str]
    numbers: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.addresses or self.numbers)


@dataclass(frozen=True, slots=True)
class Candidate(Generic[R]):
    """A record of the CRM that may be the person. The larger `newness`, the newer."""

    module: Literal["contacts", "leads"]
    keys: Keys
    newness: str | int
    record: R


def keys(emails: Iterable[str], numbers: Iterable[str]) -> Keys:
    """Of what is written; what folds to nothing, or is no address, identifies nobody."""
    found = frozenset(addresses.fold(email) for email in emails if email)
    return Keys(
        frozenset(email for email in found if "@" in email.strip("@")),
        frozenset(phones.fold(number) for number in numbers if number) - {""},
    )


def matched_by(asked: Keys, found: Keys) -> Literal["address", "number"] | None:
    """What both have."""
    if asked.addresses & found.addresses:
        return "address"
    return "number" if asked.numbers & found.numbers else None


def best(asked: Keys, candidates: Iterable[Candidate[R]]) -> R | None:
    """The record that is the person: contacts before leads, addresses before numbers, the newest first."""
    found = [(each, how) for each in candidates if (how := matched_by(asked, each.keys)) is not None]
    found.sort(key=lambda pair: pair[0].newness, reverse=True)
    found.sort(key=lambda pair: (pair[0].module == "leads", pair[1] == "number"))
    return found[0][0].record if found else None


def spellings(numbers: Iterable[str]) -> list[str]:
    """How a CRM that compares letter by letter may have these numbers: as written, bare, with country code, from inside."""
    found: dict[str, None] = {}
    for number in numbers:
        folded = phones.fold(number)
        if folded:
            forms = [number.strip(), f"+{folded}", folded]
            if folded.startswith("81"):
                forms.insert(1, f"0{folded[2:]}")
            found.update(dict.fromkeys(forms))
    return list(found)
