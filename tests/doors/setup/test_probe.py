"""Knocking at real mail servers, before a mailbox is used."""

import pytest
from django.utils import translation

from desk.testing import free_port
from madoguchi.reactions.post.probe import probe_imap, probe_smtp


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def test_a_server_that_lets_in_is_fine(post):
    assert probe_smtp("127.0.0.1", post.port, "none", "", "") == ""
    assert post.accepted == []


def test_a_closed_port_is_told_apart_from_a_wrong_name():
    assert "takes no connections on port" in probe_smtp("127.0.0.1", free_port(), "none", "", "")
    assert "takes no connections on port" in probe_imap("127.0.0.1", free_port(), "none", "u", "p")
    assert "There is no server named" in probe_smtp("nowhere.invalid", 587, "starttls", "u", "p")


def test_encryption_the_server_does_not_speak_is_told(post):
    assert "encrypt" in probe_smtp("127.0.0.1", post.port, "tls", "", "")
    assert "does not offer" in probe_smtp("127.0.0.1", post.port, "starttls", "", "")


def test_nothing_is_said_in_clear_to_another_machine(post):
    assert "does not offer" in probe_smtp("192.0.2.1", 25, "none", "user", "secret")


@pytest.mark.dovecot
def test_a_mailbox_is_knocked_at_with_user_and_folder(dovecot):
    given = ("127.0.0.1", dovecot.port, "none", dovecot.user, dovecot.password)
    assert probe_imap(*given) == ""
    assert "There is no folder" in probe_imap(*given, folder="Nowhere")
    assert "refuses this user name or password" in probe_imap(*given[:4], "wrong")
