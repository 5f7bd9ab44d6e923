"""Floor 3: due times."""
