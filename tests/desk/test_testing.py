"""The outside world for other tests: a real IMAP server, cloned databases."""

import imaplib
import os
import ssl
from urllib.parse import urlsplit

import psycopg
import pytest

from desk import testing

MAIL = "Subject: =?utf-8?b?56qT5Y+j?=\r\n\r\n届きません\r\n".encode()


@pytest.mark.dovecot
def test_a_delivered_mail_is_read_back_plain_and_over_tls():
    server = testing.start_dovecot()
    try:
        assert server.messages() == []
        server.deliver(MAIL)
        assert server.messages() == [MAIL]
        trust = ssl.create_default_context(cafile=server.certificate)
        with imaplib.IMAP4_SSL("localhost", server.tls_port, ssl_context=trust) as connection:
            connection.login(server.user, server.password)
            assert connection.select("INBOX")[1] == [b"1"]
        with imaplib.IMAP4(server.host, server.port) as stranger, pytest.raises(imaplib.IMAP4.error):
            stranger.login(server.user, "wrong")
    finally:
        server.stop()
    assert not server.folder.exists()


def test_a_url_gets_another_database_and_keeps_the_rest():
    url = testing.url_of_database("postgresql://postgres@/madoguchi?host=/run/x", "test")
    assert (urlsplit(url).path, urlsplit(url).query) == ("/test", "host=/run/x")


def test_a_clone_is_a_copy_of_its_own(database_url):
    template = testing.clone_template(database_url, "template0", "test_desk_template")
    with psycopg.connect(template, autocommit=True) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS n")
    clone = testing.clone_template(database_url, "test_desk_template", "test_desk_clone")
    with psycopg.connect(clone, autocommit=True) as connection:
        connection.execute("UPDATE t SET n = 2")
    with psycopg.connect(template, autocommit=True) as connection:
        assert connection.execute("SELECT n FROM t").fetchone() == (1,)
    for name in ("test_desk_template", "test_desk_clone"):
        testing.drop_database(database_url, name)


@pytest.fixture
def database_url():
    return os.environ["DATABASE_URL"]
