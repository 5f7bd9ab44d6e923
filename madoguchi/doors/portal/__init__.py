"""The help center: the pages of the contacts, under /help (SPEC P1)."""
