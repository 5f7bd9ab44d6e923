"""The tasks by the names reactions are queued under, and the periodic list. Each may run twice and acts once."""

from contextlib import suppress

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued, UniqueViolation
from procrastinate.jobs import Status

from madoguchi import tally, tickets
from madoguchi.crm import importing
from madoguchi.doors.api import idempotency
from madoguchi.doors.mailbox import intake
from madoguchi.jobs.reader import reader
from madoguchi.models import Event, OutboundMail
from madoguchi.organisation import calendar
from madoguchi.people import help_sessions, merging_accounts, merging_contacts, notifications
from madoguchi.prepared import Prepared
from madoguchi.reactions import help_mails
from madoguchi.reactions.automation import running, runs
from madoguchi.reactions.crm import notified, refreshing
from madoguchi.reactions.post import send
from madoguchi.sla import recounting
from madoguchi.tickets import indexing, sweeping

DONE_JOBS_HOURS, FAILED_JOBS_HOURS = 24, 14 * 24
MAIL_LANES = 4
DEAD_AFTER_S = 60
OF_EVENT = Prepared(
    lambda mark: (
        OutboundMail.objects.filter(
            entry_id__in=Event.objects.filter(pk=mark.number("event")).order_by().values("entry_id")
        )
        .order_by()
        .values_list("pk", flat=True)
    )
)


@app.task(name="take_in_mail", queue="mail", queueing_lock="take_in_mail")
def take_in_mail() -> int:
    """Decide all stored mail that waits."""
    return intake.take_in_all(reader(), lanes=MAIL_LANES)


@app.task(name="send_mail", queue="reactions")
def send_mail(event_id: int) -> None:
    """Send the mail of an entry that was just written; nothing where its ticket was deleted for good meanwhile."""
    for pk in OF_EVENT(event=event_id):
        send.send(pk)


@app.task(name="send_one", queue="reactions")
def send_one(mail_id: int) -> None:
    """Send a notice."""
    send.send(mail_id)


@app.task(name="mail_sign_in_link", queue="reactions")
def mail_sign_in_link(address: str, to: str, language: str, number: int | None = None) -> None:
    """Mail a link to sign in to the help center, if the address is a contact's."""
    with transaction.atomic():
        help_mails.mail_sign_in_link(address, to=to, language=language, number=number)


@app.task(name="run_rules", queue="reactions")
def run_rules(event_id: int) -> None:
    """Run the rules that listen to the event."""
    running.run(event_id)


@app.task(name="import_crm", queue="reactions")
def import_crm(import_id: int) -> None:
    """Take a confirmed file into the built-in CRM."""
    importing.run(import_id)


@app.task(name="look_up_notified", queue="reactions")
def look_up_notified(module: str, ids: list[str], tries: int = 0) -> int:
    """Look up again whom records concern of which the CRM said that they changed."""
    return notified.look_up(module, ids, tries)


@app.task(name="index_ticket", queue="reactions")
def index_ticket(ticket_id: int) -> None:
    """Make the entries of a ticket findable by what was edited on it."""
    indexing.index_whole([ticket_id])


@app.task(name="index_contact", queue="reactions")
def index_contact(contact_id: int) -> None:
    """Make the tickets of a contact findable by the new name, addresses and phones."""
    for ids in indexing.batches_of("t.contact_id = %s", [contact_id]):
        indexing.index_whole(ids)


@app.task(name="index_account", queue="reactions")
def index_account(account_id: int) -> None:
    """Make the tickets of an account findable by its new name."""
    for ids in indexing.batches_of("t.account_id = %s", [account_id]):
        indexing.index_whole(ids)


@app.task(name="count_days_anew", queue="reactions", lock="count_days_anew")
def count_days_anew() -> int:
    """Count the days of all figures by the organisation's new time zone."""
    return calendar.count_days_anew()


@app.task(name="count_business_times", queue="reactions")
def count_business_times(recount_id: int) -> None:
    """Count the business times of tickets that are there already."""
    recounting.run(recount_id)


@app.task(name="index_missing", queue="reactions", queueing_lock="index_missing")
def index_missing() -> int:
    """Make the tickets findable that were there before the index was."""
    return indexing.index_missing()


def queue_missing_index() -> None:
    """At the start of a worker: have an old desk's tickets indexed, once."""
    if indexing.is_anything_missing():
        with suppress(AlreadyEnqueued), transaction.atomic():
            index_missing.defer()


@app.periodic(cron="* * * * *")
@app.task(name="every_minute", queue="beat", queueing_lock="every_minute")
def every_minute(timestamp: int) -> None:
    """Take up again what a crash or a lost job left behind; fold the figures."""
    intake.take_in_all(reader(), lanes=MAIL_LANES)
    send.send_due()
    merging_contacts.gather_strays()
    merging_accounts.gather_strays()
    tally.fold(for_s=20)


@app.periodic(cron="17 * * * *")
@app.task(name="every_hour", queue="beat", queueing_lock="every_hour")
def every_hour(timestamp: int) -> None:
    """Empty what is kept for a time only: the bin, idempotency keys, old notifications, files that belong to
    nothing. Have contacts looked up again whose class is a day old."""
    tickets.purge_old()
    idempotency.forget_old()
    help_sessions.forget_old()
    notifications.forget_old()
    sweeping.sweep()
    runs.forget_old()
    importing.forget_old()
    refreshing.wish_old()


@app.periodic(cron="*/10 * * * *")
@app.task(name="delete_done_jobs", queue="beat", queueing_lock="delete_done_jobs")
async def delete_done_jobs(timestamp: int) -> None:
    await app.job_manager.delete_old_jobs(nb_hours=DONE_JOBS_HOURS)
    await app.job_manager.delete_old_jobs(
        nb_hours=FAILED_JOBS_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )


async def take_back_stalled() -> int:
    """Queue again the jobs of workers that died. Runs at start and every half minute."""
    stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_S)
    count = 0
    for job in stalled:
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:  # its like waits already (queueing lock): once is enough
            await app.job_manager.finish_job(job, Status.ABORTED, delete_job=True)
        count += 1
    return count
