"""Tickets as agents see them: one noun, one file."""
