"""Idempotency-Key: once, whatever happens on the way."""

import threading
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone

from madoguchi.doors.api import idempotency
from madoguchi.models import ApiToken, Attachment, IdempotentAnswer, Ticket
from tests.doors.api.conftest import told

KEY = {"Idempotency-Key": "k-1"}


@pytest.fixture
def new(cast):
    return {"departmentId": cast.support.pk, "contactId": cast.yamada.pk, "subject": "一度だけ"}


def test_the_same_key_and_body_give_the_first_answer_again(sato, new):
    first, second = sato.post("/tickets", new, **KEY), sato.post("/tickets", new, **KEY)
    assert first.content == second.content and second["Idempotent-Replayed"] == "true"
    assert Ticket.objects.count() == 1
    sato.post("/tickets", new)
    assert Ticket.objects.count() == 2


def test_another_body_with_the_same_key_is_refused(sato, new):
    sato.post("/tickets", new, **KEY)
    assert told(sato.post("/tickets", new | {"subject": "別"}, **KEY))[:2] == (422, "UNPROCESSABLE_ENTITY")
    assert Ticket.objects.count() == 1


def test_keys_are_per_token(sato, admin, new):
    sato.post("/tickets", new, **KEY)
    admin.post("/tickets", new, **KEY)
    assert Ticket.objects.count() == 2


def test_a_refusal_is_an_answer_too_and_leaves_nothing(sato, new):
    wrong = new | {"assigneeId": 999}
    first, second = sato.post("/tickets", wrong, **KEY), sato.post("/tickets", wrong, **KEY)
    assert first.status_code == second.status_code == 422 and first.content == second.content
    assert Ticket.objects.count() == 0


def test_204_is_given_again_as_204(sato, cast, ticket):
    body = {"followerIds": [cast.sato.agent.pk]}
    for _n in range(2):
        answer = sato.post(f"/tickets/{ticket.pk}/addFollowers", body, **KEY)
        assert answer.status_code == 204 and answer.content == b""


def test_after_a_day_a_key_is_new_again_and_old_ones_are_deleted(sato, new):
    sato.post("/tickets", new, **KEY)
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    sato.post("/tickets", new, **KEY)
    assert Ticket.objects.count() == 2 and idempotency.forget_old() == 0
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert idempotency.forget_old() == 1


def test_a_claim_whose_request_died_is_taken_over(sato, new):
    sato.post("/tickets", new, **KEY)
    Ticket.objects.all().delete()
    IdempotentAnswer.objects.update(status=None, body=b"")
    assert sato.post("/tickets", new, **KEY).status_code == 200
    assert Ticket.objects.count() == 1


def test_an_upload_is_the_same_whatever_its_boundary(sato):
    answers = [sato.upload("/uploads", SimpleUploadedFile("a.txt", b"abc"), **KEY) for _n in range(2)]
    assert answers[0].json() == answers[1].json() and Attachment.objects.count() == 1
    other = sato.upload("/uploads", SimpleUploadedFile("a.txt", b"abd"), **KEY)
    assert other.status_code == 422


@pytest.mark.django_db(transaction=True)
def test_while_the_first_still_runs_the_second_is_told_so(sato, new):
    sato.post("/tickets", new, **KEY)
    IdempotentAnswer.objects.update(status=None)
    locked, tried = threading.Event(), threading.Event()

    def first_still_runs():
        with transaction.atomic():
            IdempotentAnswer.objects.select_for_update().get()
            locked.set()
            tried.wait(60)
        connection.close()

    other = threading.Thread(target=first_still_runs)
    other.start()
    assert locked.wait(60)
    answer = sato.post("/tickets", new, **KEY)
    tried.set()
    other.join()
    assert told(answer)[:2] == (409, "CONFLICT")
    assert Ticket.objects.count() == 1 and ApiToken.objects.count() == 1
