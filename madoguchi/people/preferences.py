"""What agents decide about their own screen."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from madoguchi.actor import Actor
from madoguchi.errors import Denied
from madoguchi.models import Agent
from madoguchi.organisation import company, rows

FIELDS = frozenset(
    ["last_name", "first_name", "phone", "mobile", "about", "language", "time_zone", "theme", "uses_keys"]
)


@transaction.atomic
def edit_preferences(changes: Mapping[str, Any], *, by: Actor) -> Agent:
    """Change one's own name, language, time zone, theme. Refused: by field."""
    if by.agent is None:
        raise Denied("edit_preferences")
    agent = rows.locked(by.agent)
    difference = rows.fill(agent, changes, FIELDS)
    company.refuse_unknown_time_zone(agent.time_zone)
    agent.save(update_fields=[*FIELDS])
    rows.write_down("agent", agent, difference, by=by)
    return agent
