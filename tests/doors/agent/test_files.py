import pytest
from django.test import Client
from django.urls import reverse

from madoguchi import tickets
from madoguchi.models import Attachment
from tests.cast import open_one


def put(ticket, by, name='請求書 "11月".pdf', content_type="application/pdf", content=b"%PDF-1.4") -> Attachment:
    file = tickets.attaching.keep(name, content_type, content)
    tickets.comment(ticket, "ファイル", attachments=[file], by=by)
    return file


def path(file: Attachment) -> str:
    return reverse("file", kwargs={"key": file.key, "name": file.name})


@pytest.fixture
def get(sato):
    """Ask for a file and read it to its end, which closes it."""

    def ask(path: str, client: Client = sato):
        response = client.get(path)
        if response.streaming:
            response.bytes = b"".join(response.streaming_content)
        return response

    return ask


def test_a_file_is_a_download_that_runs_nothing(cast, ticket, get):
    response = get(path(put(ticket, cast.sato)))
    assert response.bytes == b"%PDF-1.4"
    disposition = response["Content-Disposition"]
    assert (
        disposition.startswith('attachment; filename="')
        and "filename*=UTF-8''%E8%AB%8B%E6%B1%82%E6%9B%B8" in disposition
    )
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize(("kind", "inline"), [("image/png", True), ("image/svg+xml", False), ("text/html", False)])
def test_only_images_without_scripts_are_shown_in_place(cast, ticket, get, kind, inline):
    response = get(path(put(ticket, cast.sato, "a.png", kind, b"x")) + "?inline=1")
    assert response["Content-Disposition"].startswith("inline" if inline else "attachment")
    assert response["Content-Type"] == (kind if inline else "application/octet-stream")


def test_permission_is_asked_through_the_ticket_every_time(cast, ticket, get, sign_in):
    file = put(ticket, cast.sato)
    assert Client().get(path(file)).status_code == 302
    assert get(path(file), sign_in(cast.suzuki)).status_code == 404
    tickets.move(ticket, cast.billing, by=cast.sato)
    assert get(path(file)).status_code == 404
    assert get(path(file), sign_in(cast.suzuki)).status_code == 200


def test_an_upload_not_sent_yet_is_its_uploaders_alone(cast, get, sign_in):
    file = tickets.upload("draft.txt", "text/plain", b"x", by=cast.sato)
    assert get(path(file)).status_code == 200
    assert get(path(file), sign_in(cast.tanaka)).status_code == 404


def test_a_deleted_comment_takes_its_files_away(cast, ticket, get):
    file = put(ticket, cast.sato)
    tickets.delete_comment(ticket.entries.get(kind="comment"), by=cast.sato)
    assert get(path(file)).status_code == 404


def test_bytes_that_are_gone_are_a_404(cast, ticket, get):
    file = put(open_one(cast), cast.sato)
    Attachment.objects.filter(pk=file.pk).update(digest="0" * 64)
    assert get(path(file)).status_code == 404
