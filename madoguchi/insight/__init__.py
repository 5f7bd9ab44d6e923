"""Know the customer: the figures of a contact or account, read from the ledger (SPEC I3–I10)."""
