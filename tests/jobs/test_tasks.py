"""What the worker does may run twice, late, or after what it was about is gone."""

import asyncio

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from madoguchi import tickets
from madoguchi.jobs import tasks
from madoguchi.models import Event
from madoguchi.organisation.waking import wake
from tests.cast import gather, open_one


def test_the_job_of_a_mail_whose_ticket_was_purged_ends_quietly(cast, ticket):
    entry = tickets.reply(ticket, "はい。", by=cast.sato)
    event_id = Event.objects.get(entry=entry).pk
    tickets.trash(ticket, by=cast.sato)
    tickets.purge(ticket, by=cast.tanaka)
    tasks.send_mail(event_id=event_id)


@pytest.mark.django_db(transaction=True)
def test_the_job_of_a_dead_worker_whose_like_waits_already_does_not_keep_the_others_back():
    cast = gather()
    run("DELETE FROM procrastinate_jobs")
    wake()
    run("UPDATE procrastinate_jobs SET status = 'doing'")
    wake()
    tickets.reply(open_one(cast), "はい。", by=cast.sato)
    run("UPDATE procrastinate_jobs SET status = 'doing' WHERE task_name = 'send_mail'")

    async def take_back() -> int:
        connector = app.connector.get_worker_connector()
        with app.replace_connector(connector) as replaced:
            async with replaced.open_async():
                return await tasks.take_back_stalled()

    assert asyncio.run(take_back()) == 2
    left = ProcrastinateJob.objects.values_list("task_name", "status").order_by("task_name")
    assert list(left) == [("send_mail", "todo"), ("take_in_mail", "todo")]


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
