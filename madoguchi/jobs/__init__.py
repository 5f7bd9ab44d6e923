"""Floor 6: what the worker does. Every job may run twice and does its work once."""

from procrastinate import App


def on_ready(app: App) -> None:
    """Called by procrastinate when Django is ready (PROCRASTINATE_ON_APP_READY)."""
