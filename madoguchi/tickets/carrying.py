"""What was being written on a ticket while it was merged away goes on as a draft of the main one (SPEC M11)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from madoguchi.actor import Actor
from madoguchi.kit import html as markup
from madoguchi.models import Draft, Ticket
from madoguchi.tickets.drafting import VERBS, Saved, discard_draft, save_draft

EVERYTHING = 2**62


@transaction.atomic
def carry_draft(main: Ticket, mode: str, fields: Mapping[str, Any], *, by: Actor) -> Saved:
    """Keep `fields` as the writer's draft on `main`. Another text of theirs there stays: the two stand below each other.

    Refused and Denied as `save_draft`.
    """
    if mode not in VERBS:
        return save_draft(main, mode, fields, by=by)
    there = Draft.objects.select_for_update().filter(agent=by.agent, ticket=main, mode=mode).first()
    united = dict(fields) if there is None else unite(there.fields, fields)
    discard_draft(main, mode, by=by)
    return save_draft(main, mode, united, seen=EVERYTHING, by=by)


def unite(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Both texts, or the longer one where it holds the other (an earlier state of itself). Addresses are the newer ones."""
    mine, theirs = str(new.get("body", "")).strip(), str(old.get("body", "")).strip()
    files = list(dict.fromkeys([*old.get("upload", []), *new.get("upload", [])]))
    if not mine or mine in theirs:
        return {**new, **old, "upload": files}
    if not theirs or theirs in mine:
        return {**old, **new, "upload": files}
    html = ""
    if new.get("html") or old.get("html"):
        html = f"{as_html(old)}<p></p>{as_html(new)}"
    return {**old, **new, "body": f"{theirs}\n\n{mine}", "html": html, "upload": files}


def as_html(fields: Mapping[str, Any]) -> str:
    return str(fields.get("html") or markup.from_text(str(fields.get("body", ""))))
