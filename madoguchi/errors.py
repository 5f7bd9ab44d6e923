"""The three answers that are not the thing asked for. Doors translate them, once each."""

from typing import Any


class Refused(Exception):
    """May do, but a rule says no (422). `code` is stable, `text` translated, `field` the one to mend."""

    def __init__(self, code: str, text: Any, field: str = "") -> None:
        super().__init__(str(text))
        self.code, self.text, self.field = code, text, field


class Denied(Exception):
    """Sees the thing but may not do this with it (403)."""

    def __init__(self, verb: str) -> None:
        super().__init__(verb)
        self.verb = verb


class Hidden(Exception):
    """May not see the thing: for this actor it does not exist (404)."""


class Merged(Refused):
    """The ticket was merged into #`number` meanwhile: what is to be done concerns that one. Nothing was done."""

    def __init__(self, text: str, number: int) -> None:
        super().__init__("MERGED", text)
        self.number = number


class Newer(Refused):
    """Someone else wrote on the ticket after the writer last looked. Nothing was written; `entries` are what they wrote."""

    def __init__(self, text: Any, entries: list[Any]) -> None:
        super().__init__("NEWER", text)
        self.entries = entries


class Stale(Refused):
    """Someone changed the ticket after the form was opened. Nothing was written; `changes` says what differs now."""

    def __init__(self, text: Any, changes: list[dict[str, Any]]) -> None:
        super().__init__("STALE", text)
        self.changes = changes
