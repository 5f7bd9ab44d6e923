"""What stands at the bell on every page: read with the agent, so that it costs no statement of its own."""

from dataclasses import dataclass

from madoguchi.access import READS
from madoguchi.models import Agent

MOST, LOOKED_AT = 100, 200
# Looks at the newest only; of these counts what the agent may see now.
COUNT = f"""(SELECT ARRAY[least(count(*), {MOST}), coalesce(max(n.id), 0)] FROM (
    SELECT u.id, u.ticket_id FROM madoguchi_notification u
    WHERE u.agent_id = a.id AND u.in_app AND u.read_at IS NULL ORDER BY u.id DESC LIMIT {LOOKED_AT}) n
  JOIN madoguchi_ticket t ON t.id = n.ticket_id
  WHERE t.purged_at IS NULL AND {READS})"""


@dataclass(slots=True)
class Unread:
    """How many notifications are unread (100: or more), and the id of the newest of them; 0 where there is none."""

    n: int = 0
    newest: int = 0

    def less(self, read_n: int) -> None:
        """Some of them were read. At the most it stays: nobody knows how many there are beyond."""
        if self.n < MOST:
            self.n = max(0, self.n - read_n)


def at_the_bell(agent: Agent) -> Unread:
    """As it was read with the agent of this request."""
    found: Unread = getattr(agent, "unread", None) or Unread()
    return found
