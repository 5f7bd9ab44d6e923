"""The board: work modes, cards to answer and close in place (SPEC C)."""
