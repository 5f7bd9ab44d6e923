"""What doors for browsers have in common. It knows no door."""
