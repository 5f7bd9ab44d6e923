"""The worker: jobs, mailboxes, and the beat for what must not wait a minute."""

import asyncio
import contextlib
import logging
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app, connector_params

from madoguchi.doors.mailbox.watch import Watches
from madoguchi.jobs.tasks import queue_missing_index, take_back_stalled
from madoguchi.organisation.waking import wake
from madoguchi.reactions import notification_mails, notifying
from madoguchi.reactions.crm.looking_up import LookingUp
from madoguchi.reactions.post import send
from madoguchi.sla import recounting
from madoguchi.sla.overdue import mark_overdue
from madoguchi.tickets import sharing

log = logging.getLogger("madoguchi.worker")
CONCURRENCY = 4
BEAT_S, TELL_S, CLASSIFY_S = 5, 0.5, 0.25
STALLED_S = 30


def job_sessions() -> dict[str, Any]:
    """Database sessions that fetch and finish jobs. They wait for no disk: a job whose end is lost in a power cut runs
    again, and acts once. What jobs do is written by Django's own sessions, which do wait."""
    params = connector_params()
    if params.get("prepare_threshold") is not None:  # else behind a pooler, which would give the setting to others
        params["options"] = f"{params.get('options', '')} -c synchronous_commit=off".strip()
    return params


class Command(BaseCommand):
    help = "Run jobs, fetch mail, watch due times until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        watches, beat, teller, classifier = Watches(), Beat(), Teller(), Classifier()
        wake()
        queue_missing_index()
        recounting.queue_unfinished()
        watches.start()
        beat.start()
        teller.start()
        classifier.start()
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(self.work())
        watches.stopping.set()
        beat.stopping.set()
        teller.stopping.set()
        classifier.stopping.set()

    async def work(self) -> None:
        worker_app = app.with_connector(PsycopgConnector(kwargs=job_sessions()))
        async with worker_app.open_async():
            sweep = asyncio.create_task(self.sweep())
            try:
                await worker_app.run_worker_async(
                    concurrency=CONCURRENCY, shutdown_graceful_timeout=5, fetch_job_polling_interval=2
                )
            finally:
                sweep.cancel()

    async def sweep(self) -> None:
        """Take back the jobs of dead workers."""
        while True:
            try:
                await take_back_stalled()
            except Exception:
                log.exception("stalled jobs could not be taken back")
            await asyncio.sleep(STALLED_S)


class Beat(threading.Thread):
    """Every five seconds: what fell due, shares whose time is over, and mail whose job was lost with its worker."""

    def __init__(self) -> None:
        super().__init__(name="beat", daemon=True)
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            for look in (mark_overdue, sharing.end_expired, send.send_due):
                try:
                    look()
                except Exception:
                    log.exception("the beat missed %s", look.__name__)
                    connection.close()
            connection.close()
            self.stopping.wait(BEAT_S)


class Teller(threading.Thread):
    """Twice a second: who is to be told of what happened, and mailed. Two look-ups where nothing did."""

    def __init__(self) -> None:
        super().__init__(name="teller", daemon=True)
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                if notifying.is_anything_waiting():
                    notifying.tell_all()
                if notification_mails.is_anything_due():
                    notification_mails.mail_due()
            except Exception:
                log.exception("agents could not be told")
                connection.close()
            self.stopping.wait(TELL_S)
        connection.close()


class Classifier(threading.Thread):
    """Four times a second: who is to be looked up in the CRM. However slow that is, nothing else waits for it."""

    def __init__(self) -> None:
        super().__init__(name="classifier", daemon=True)
        self.stopping = threading.Event()

    def run(self) -> None:
        looking_up = LookingUp()
        while not self.stopping.is_set():
            is_more = False
            try:
                is_more = looking_up.run()
            except Exception:
                log.exception("contacts could not be looked up in the CRM")
                connection.close()
                self.stopping.wait(TELL_S)
            if not is_more:
                self.stopping.wait(CLASSIFY_S)
        looking_up.close()
        connection.close()
