"""What led to an event, and when rules must stop answering each other."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from madoguchi.models import Event, Rule
from madoguchi.prepared import fetch

LONGEST = 5
OFTEN = 2
MOST_RUNS = 500
CHAIN = """
WITH RECURSIVE chain AS (
  SELECT id, cause_id, ticket_id, after #>> '{rule,id}' AS rule, 1 AS n FROM madoguchi_event WHERE id = %s::bigint
  UNION ALL
  SELECT e.id, e.cause_id, e.ticket_id, e.after #>> '{rule,id}', c.n + 1
  FROM chain c JOIN madoguchi_event e ON e.id = c.cause_id WHERE c.n < 50
) SELECT id, ticket_id, rule FROM chain ORDER BY n
"""
RUNS = "SELECT count(*) FROM (SELECT 1 FROM madoguchi_rulerun WHERE root = %s::bigint LIMIT 500) r"


@dataclass(frozen=True, slots=True)
class Chain:
    """(event, its ticket, the rule that caused it or '') from an event back to the one it all began with."""

    links: tuple[tuple[int, int | None, str], ...]

    @classmethod
    def of(cls, event: Event) -> "Chain":
        if event.cause_id is None:
            return cls(((event.pk, event.ticket_id, ""),))
        return cls(tuple((pk, ticket, rule or "") for pk, ticket, rule in fetch(CHAIN, [event.pk])))

    @property
    def root(self) -> int:
        return self.links[-1][0]

    def times(self, rule: Rule, ticket_id: int | None) -> int:
        """How often the rule acted on the ticket in this chain."""
        return sum(link[1:] == (ticket_id, str(rule.pk)) for link in self.links)


def stop(rule: Rule, event: Event, chain: Chain) -> str:
    """Why the rule must not run any more; '' where it may.

    A chain of causes has at most five events, a rule acts on a ticket at most twice in one, and at most five hundred runs
    follow from one event, however they branch.
    """
    if len(chain.links) > LONGEST:
        return _("The chain of causes is longer than %(n)s events: rules answer each other.") % {"n": LONGEST}
    if chain.times(rule, event.ticket_id) >= OFTEN:
        return _("This rule acted %(n)s times on this ticket already in one chain of causes.") % {"n": OFTEN}
    if len(chain.links) > 1 and fetch(RUNS, [chain.root])[0][0] >= MOST_RUNS:
        return _("More than %(n)s runs follow from one event.") % {"n": MOST_RUNS}
    return ""
