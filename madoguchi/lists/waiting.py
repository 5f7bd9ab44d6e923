"""What waits for an agent in a department: short lists and figures, each walked along an index (lists of the home page).

Hand-written where the planner would else sort a whole department: "mine or nobody's, by due date" is two walks merged.
"""

from typing import Any

from django.db.models import CharField, QuerySet, Value

from madoguchi.lists import rows, views
from madoguchi.lists.meanings import Reader
from madoguchi.lists.selecting import TABLE
from madoguchi.models import Agent, Department, Ticket
from madoguchi.models.organisation import State
from madoguchi.models.people import full_name
from madoguchi.prepared import Marks, Prepared, fetch

MOST = 6
MOST_MEMBERS = 50
CAP = 200

# Each colleague's open tickets, counted to CAP along ticket_by_assignee: a GROUP BY would read all of the department's,
# and without the order the planner guesses that the table holds enough of them soon.
TEAM = """
SELECT a.id, a.last_name, a.first_name, c.n
FROM (SELECT m.agent_id FROM madoguchi_membership m WHERE m.department_id = %(department)s ORDER BY m.agent_id LIMIT %(members)s::int) m
JOIN madoguchi_agent a ON a.id = m.agent_id AND a.is_active
CROSS JOIN LATERAL (SELECT count(*) AS n FROM (
  SELECT 1 FROM madoguchi_ticket t
  WHERE t.department_id = %(department)s AND t.assignee_id = a.id AND t.state = 'Open' AND t.trashed_at IS NULL AND NOT t.is_spam
  ORDER BY t.modified_at DESC, t.id DESC LIMIT %(cap)s::int) counted) c
WHERE c.n > 0 ORDER BY c.n DESC, a.id LIMIT %(most)s::int
"""


def _parts(mark: Marks) -> QuerySet[Any]:
    department, agent = mark.number("department"), mark.number("agent")
    opened = Ticket.objects.live().filter(department=department, state=State.OPEN)
    held = Ticket.objects.live().filter(department=department, state=State.ON_HOLD)
    mine, free = opened.filter(assignee=agent), opened.filter(assignee=None)
    first, *others = (
        listed(tickets, name)[:MOST]
        for name, tickets in {
            "waiting": mine.exclude(waiting_since=None).order_by("waiting_since", "id"),
            "next": mine.exclude(due_at=None).order_by("due_at", "id"),
            "free": free.exclude(due_at=None).order_by("due_at", "id"),
            "held": held.order_by("-modified_at", "-id"),
        }.items()
    )
    return first.union(*others, all=True)


def lists(department: Department, agent: Agent) -> dict[str, list[dict[str, Any]]]:
    """In one statement: `waiting` (mine, the customer waiting longest first), `next` (mine and nobody's by due date), `held`."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in ("waiting", "next", "free", "held")}
    for row in rows.with_names(LISTS(department=department.pk, agent=agent.pk)):
        found[row["list"]].append(row)
    found["next"] += found.pop("free")
    for name, order, newest_first in (
        ("waiting", "waiting_since", False),
        ("next", "due_at", False),
        ("held", "modified_at", True),
    ):
        found[name].sort(key=lambda row, order=order: (row[order], row["id"]), reverse=newest_first)  # type: ignore[misc]
        del found[name][MOST:]
    return found


def listed(tickets: QuerySet[Ticket], name: str) -> QuerySet[Any]:
    return tickets.annotate(list=Value(name, output_field=CharField())).values(*rows.COLUMNS, "list")


LISTS = Prepared(_parts)


def team(department: Department, most: int) -> list[dict[str, Any]]:
    """Who of the department has how many open tickets, most first; at CAP the count stops."""
    asked = {"department": department.pk, "members": MOST_MEMBERS, "cap": CAP, "most": most}
    return [{"id": pk, "name": full_name(last, first), "n": n} for pk, last, first, n in fetch(TEAM, asked)]


def figures(department: Department, agent: Agent) -> dict[str, int]:
    """How many tickets the views hold that the home page names. Each in the order of its index (see TEAM)."""
    latest, due = "modified_at DESC, id DESC", "due_at, id"
    orders = {"mine": latest, "overdue": due, "unassigned": due, "on_hold": latest, "answered": latest, "open": due}
    parts: list[str] = []
    values: list[Any] = []
    for key, order in orders.items():
        chosen = views.chosen(views.VIEWS[key], department.pk, Reader.of(agent))
        soon = " AND due_at BETWEEN now() AND now() + interval '1 day'" if key == "open" else ""
        parts.append(
            f"SELECT '{key}', (SELECT count(*) FROM"
            f" (SELECT 1 FROM {TABLE} WHERE {chosen.where}{soon} ORDER BY {order} LIMIT {views.CAP + 1}) c)"
        )
        values += chosen.values
    found = dict(fetch(" UNION ALL ".join(parts), values))
    return {**found, "due_soon": found.pop("open")}
