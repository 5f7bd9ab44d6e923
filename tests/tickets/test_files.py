"""Files: on one entry only, whole on the disk or not at all, and gone when nothing wants them any more."""

import hashlib
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from madoguchi import record, tickets
from madoguchi.errors import Denied, Refused
from madoguchi.models import Attachment, Entry
from madoguchi.tickets import sweeping
from madoguchi.tickets.attaching import path_of
from tests.cast import open_one


def on_disk(content: bytes) -> Path:
    return Path(default_storage.path(path_of(hashlib.sha256(content).hexdigest())))


def make_old(file: Path) -> None:
    os.utime(file, (time.time() - 2 * 86400,) * 2)


def test_a_file_goes_onto_one_entry_however_often_it_is_sent(cast, ticket):
    file = tickets.upload("a.txt", "text/plain", b"x", by=cast.sato)
    first = tickets.take_up([file.key], by=cast.sato)
    second = tickets.take_up([file.key], by=cast.sato)
    entry = tickets.comment(ticket, "一", attachments=first, by=cast.sato)
    with pytest.raises(Refused):
        tickets.comment(ticket, "二", attachments=second, by=cast.sato)
    assert Attachment.objects.get().entry == entry
    ticket.refresh_from_db()
    assert (ticket.comment_n, ticket.attachment_n) == (1, 1)


def test_nobody_takes_up_what_someone_else_uploaded(cast):
    file = tickets.upload("a.txt", "text/plain", b"x", by=cast.suzuki)
    for key in (file.key, file.pk):
        with pytest.raises(Refused):
            tickets.take_up([key], by=cast.sato)


def test_the_file_of_someone_elses_comment_stays(cast, ticket):
    file = tickets.upload("a.txt", "text/plain", b"x", by=cast.tanaka)
    tickets.comment(ticket, "添付", attachments=[file], by=cast.tanaka)
    with pytest.raises(Denied):
        tickets.remove_file(ticket, Attachment.objects.get(), by=cast.sato)
    assert Attachment.objects.count() == 1
    row, same = Attachment.objects.get(), Attachment.objects.get()
    tickets.remove_file(ticket, row, by=cast.tanaka)
    tickets.remove_file(ticket, same, by=cast.tanaka)
    ticket.refresh_from_db()
    assert (Attachment.objects.count(), ticket.attachment_n) == (0, 0)
    assert ticket.events.filter(verb="attachment.removed").count() == 1


def test_a_file_half_written_by_a_crash_is_written_again_in_full(cast):
    content = b"whole content"
    on_disk(content).parent.mkdir(parents=True)
    on_disk(content).write_bytes(b"whole")
    tickets.upload("a.txt", "text/plain", content, by=cast.sato)
    assert on_disk(content).read_bytes() == content
    assert [file.name for file in on_disk(content).parent.iterdir()] == [on_disk(content).name]


def test_bytes_no_attachment_points_to_are_deleted_after_a_day(cast, ticket):
    tickets.add_file(ticket, "kept.txt", "text/plain", b"kept", by=cast.sato)
    tickets.add_file(open_one(cast), "gone.txt", "text/plain", b"gone", by=cast.sato)
    Attachment.objects.filter(name="gone.txt").delete()
    assert sweeping.sweep() == 0
    for content in (b"kept", b"gone"):
        make_old(on_disk(content))
    assert sweeping.sweep() == 1
    assert (on_disk(b"kept").read_bytes(), on_disk(b"gone").exists()) == (b"kept", False)


def test_a_file_that_is_wanted_again_is_young_again(cast, ticket):
    tickets.upload("a.txt", "text/plain", b"again", by=cast.sato)
    Attachment.objects.all().delete()
    make_old(on_disk(b"again"))
    tickets.upload("b.txt", "text/plain", b"again", by=cast.sato)
    Attachment.objects.all().delete()
    assert sweeping.sweep() == 0
    assert on_disk(b"again").read_bytes() == b"again"


def test_an_upload_nobody_sent_goes_after_a_week(cast, ticket):
    with record.at(timezone.now() - timedelta(days=8)):
        tickets.upload("old.txt", "text/plain", b"old", by=cast.sato)
    tickets.upload("new.txt", "text/plain", b"new", by=cast.sato)
    sweeping.sweep()
    assert [a.name for a in Attachment.objects.all()] == ["new.txt"]


def test_a_picture_of_another_ticket_stays_out_of_a_mail(cast, ticket):
    from madoguchi.reactions.post.build import build

    secret = tickets.add_file(open_one(cast, department=cast.billing), "s.png", "image/png", b"SECRET", by=cast.suzuki)
    html = f'<p>見て<img src="/files/{secret.key}/s.png?inline=1"></p>'
    entry = tickets.reply(ticket, html=html, by=cast.sato)
    raw = build(Entry.objects.get(pk=entry.pk).outbound)
    assert b"image/png" not in raw and secret.key.encode() not in raw
