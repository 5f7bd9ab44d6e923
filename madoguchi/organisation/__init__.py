"""Floor 3: the organisation itself."""
