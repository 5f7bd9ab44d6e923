"""Waking the worker for mail that waits."""

from django.db import transaction
from procrastinate.contrib.django import app as jobs
from procrastinate.exceptions import AlreadyEnqueued


def wake() -> None:
    """Ask the worker, after the commit, to decide the mail that waits; once is enough however often it is asked."""
    try:
        with transaction.atomic():
            jobs.configure_task("take_in_mail", queue="mail", queueing_lock="take_in_mail").defer()
    except AlreadyEnqueued:
        return
