"""The agent behind a session, with role and departments in one prepared statement."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db import connection

from madoguchi import prepared
from madoguchi.lists import unread
from madoguchi.models import Agent, Department, Membership, Role

AGENT = Agent._meta.concrete_fields
ROLE = Role._meta.concrete_fields
DEPARTMENT = Department._meta.concrete_fields
READ = f"""
SELECT {", ".join(f"a.{f.column}" for f in AGENT)}, {", ".join(f"r.{f.column}" for f in ROLE)},
  (SELECT json_agg(d ORDER BY d.id) FROM {Department._meta.db_table} d
   WHERE r.base = 'administrator' OR d.id IN
     (SELECT m.department_id FROM {Membership._meta.db_table} m WHERE m.agent_id = a.id))::text,
  {unread.COUNT}
FROM {Agent._meta.db_table} a JOIN {Role._meta.db_table} r ON r.id = a.role_id
WHERE a.id = %s::bigint AND a.is_active
"""


_read: ContextVar[tuple[Any, ...] | None] = ContextVar("read", default=None)


@contextmanager
def read_already(row: tuple[Any, ...] | None) -> Iterator[None]:
    """The row of READ for the agent who is asked for in here, if it is known."""
    token = _read.set(row)
    try:
        yield
    finally:
        _read.reset(token)


class AgentBackend(AuthenticationBackend):
    """allauth's, which fetches what every page asks of an agent. Inactive agents are nobody.

    `agent.desk_departments` are all departments for an administrator, else those the agent is a member of;
    `agent.unread` are the notifications at the bell (`lists.unread`).
    """

    def get_user(self, user_id: Any) -> Agent | None:
        row = _read.get()
        if row is None or row[0] != int(user_id):
            found = prepared.fetch(READ, [int(user_id)])
            if not found:
                return None
            row = found[0]
        *values, departments, bell = row
        agent = _row(Agent, AGENT, values[: len(AGENT)])
        agent.role = _row(Role, ROLE, values[len(AGENT) :])
        agent.unread = unread.Unread(*bell)
        agent.desk_departments = [_department(each) for each in json.loads(departments or "[]")]
        if not agent.is_administrator:
            known = Department.objects.all()
            known._result_cache = agent.desk_departments
            agent._prefetched_objects_cache = {"departments": known}
        return agent


def _row(model: Any, fields: Sequence[Any], values: Sequence[Any]) -> Any:
    read = [
        f.from_db_value(v, None, connection) if hasattr(f, "from_db_value") else v
        for f, v in zip(fields, values, strict=True)
    ]
    return model.from_db("default", [f.attname for f in fields], read)


def _department(values: dict[str, Any]) -> Department:
    """By name: PostgreSQL gives the columns in the order they were added, and those of a newer migration too."""
    values["created_at"] = datetime.fromisoformat(values["created_at"])
    return Department.from_db("default", [f.attname for f in DEPARTMENT], [values[str(f.column)] for f in DEPARTMENT])
