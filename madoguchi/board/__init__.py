"""Floor 3: the work modes: a department's open tickets as cards in columns (SPEC C, docs/boards.md)."""
