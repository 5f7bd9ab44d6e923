"""What a live stream's permission rests on, and whether it still stands."""

from collections.abc import Sequence
from hashlib import md5

from django.db import connection

from madoguchi import access
from madoguchi.actor import Actor
from madoguchi.doors.live.listener import Listener
from madoguchi.models import Agent

# Password, role, confirmation, and the departments in use: where one of them differs, the browser is asked anew.
STAMPS = """
SELECT a.id, md5(concat_ws('|', a.password, a.is_confirmed, r.base,
  (SELECT string_agg(d.id::text, ',' ORDER BY d.id) FROM madoguchi_department d
   WHERE d.is_enabled AND (r.base = 'administrator' OR EXISTS (
     SELECT 1 FROM madoguchi_membership m WHERE m.agent_id = a.id AND m.department_id = d.id)))))
FROM madoguchi_agent a JOIN madoguchi_role r ON r.id = a.role_id
WHERE a.id = ANY(%s) AND a.is_active
"""
SESSIONS = "SELECT session_key FROM django_session WHERE session_key = ANY(%s) AND expire_date > now()"


def stamp_of(agent: Agent) -> str:
    """The stamp of an agent as this request read it: what changed since then shows at the next look."""
    departments = sorted(d.pk for d in access.departments(Actor(agent=agent, door="page")) if d.is_enabled)
    parts = [agent.password, "t" if agent.is_confirmed else "f", agent.role.base]
    if departments:
        parts.append(",".join(map(str, departments)))
    return md5("|".join(parts).encode(), usedforsecurity=False).hexdigest()


def stamps(agents: Sequence[int]) -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(STAMPS, [list(agents)])
        return dict(cursor.fetchall())


def withdrawn(listeners: Sequence[Listener]) -> list[Listener]:
    """Those whose session or right has ended or changed."""
    try:
        found = stamps([each.agent for each in listeners])
        with connection.cursor() as cursor:
            cursor.execute(SESSIONS, [[each.session for each in listeners]])
            sessions = {key for (key,) in cursor.fetchall()}
    finally:
        connection.close()
    return [each for each in listeners if each.session not in sessions or found.get(each.agent) != each.stamp]
