"""What the desk is to reach on two cores with a million tickets: p50 with one connection, in milliseconds.

With eight connections p95 stays under eight times that.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    title: str
    p50_ms: float | None = None

    @property
    def p95_ms_at_eight(self) -> float | None:
        return None if self.p50_ms is None else self.p50_ms * 8


GOALS = {
    "home": Goal("Home"),
    "list": Goal("List, first page", 12),
    "deep": Goal("List, deep page", 12),
    "view": Goal("Custom view, by tag", 12),
    "view-cf": Goal("Custom view, by custom field", 12),
    "ticket3": Goal("Ticket, 3 entries", 12),
    "ticket100": Goal("Ticket, 100 entries", 20),
    "board": Goal("Board by CRM class", 25),
    "board-deep": Goal("Board by CRM class, deep in a column", 25),
    "board-status": Goal("Board by status", 25),
    "board-priority": Goal("Board by priority", 25),
    "board-due": Goal("Board by due date", 25),
    "board-assignee": Goal("Board by assignee", 25),
    "shared": Goal("Shared view, 10,000 shares", 12),
    "shared-deep": Goal("Shared view, deep page", 12),
    "shared-ticket": Goal("Ticket shared with the reader", 12),
    "shared-rare": Goal("Search by a reader of 10,000 shares, rare", 30),
    "shared-common": Goal("Search by a reader of 10,000 shares, 返金", 60),
    "rare-ja": Goal("Search, rare Japanese", 15),
    "rare-en": Goal("Search, rare English", 15),
    "common-ja": Goal("Search, 返金 (10 %)", 60),
    "common-en": Goal("Search, refund (10 %)", 60),
    "third-ja": Goal("Search, 配送 (30 %)", 60),
    "quick": Goal("Quick search"),
    "contact": Goal("Contact with one ticket", 12),
    "account-10": Goal("Account with ten tickets", 12),
    "account": Goal("Account with a tenth of all tickets", 12),
    "account-90": Goal("The same account, 90 days"),
    "statistics": Goal("API, statistics of that account", 12),
    "create": Goal("Create", 20),
    "reply": Goal("Reply", 20),
    "api": Goal("API, list of 50"),
}
FLAT = 1.3  # nothing but a common word grows by more from 10,000 to 1,000,000 tickets
MAY_GROW = {"common-ja", "common-en", "third-ja"}
# What permission may cost on a page: (page, the same of a shared one, statements more).
FREE = [("list", "shared", 0), ("ticket3", "shared-ticket", 1)]
FAN_OUT_P95_MS = 200
LIVE_MORE_MB = 100
WEB_MB = 200
