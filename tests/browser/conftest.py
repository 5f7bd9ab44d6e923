"""A whole desk in its own database: the real web server, the real worker, a real browser."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from config.settings import data_folder
from desk.testing import (
    CHROMIUM_ARGS,
    Dovecot,
    child_environment,
    clone_template,
    drop_database,
    find_chromium,
    migrated_template,
    start_web,
    start_worker,
    stop_process,
)
from tests.browser.founding import Founding
from tests.smtp import Post, start_post

PATIENCE_S = 30.0
expect.set_options(timeout=30_000)  # an answer that takes its time on a busy machine is no wrong answer
LOOKED_AT_ONCE_A_SECOND = {
    f"madoguchi_{name}" for name in ("organisation", "status", "customfield", "mailbox", "department")
}


@dataclass
class Desk:
    """A running desk: `support@demo.example` is fetched from `imap` and sent through `post`.

    The processes are the same for all tests of a test process; each test finds the rows as they were at the founding.
    """

    imap: Dovecot
    post: Post
    env: dict[str, str]

    def __post_init__(self) -> None:
        self.url, self.web = start_web(self.env)
        self.worker = start_worker({**self.env, "MADOGUCHI_URL": self.url})
        self.wait_until_settled()
        self.founding = Founding(self.env["DATABASE_URL"])

    def run(self, *command: str) -> str:
        """The output of a management command on this desk."""
        done = subprocess.run(
            [sys.executable, "-m", "django", *command], env=child_environment(self.env), check=True, capture_output=True
        )
        return done.stdout.decode().strip()

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the desk's own database."""
        with psycopg.connect(self.env["DATABASE_URL"], autocommit=True) as connection:
            return connection.execute(statement.encode(), values).fetchall()

    def close(self) -> None:
        stop_process(self.web)

    def open(self) -> None:
        """The web server again, at the same address."""
        self.url, self.web = start_web(self.env, port=urlsplit(self.url).port or 0)

    def end(self) -> None:
        stop_process(self.worker)
        stop_process(self.web)

    def begin_anew(self) -> None:
        """As it was at the founding, for the next test."""
        if self.web.poll() is not None:
            self.open()
        if self.worker.poll() is not None:
            self.worker = start_worker({**self.env, "MADOGUCHI_URL": self.url})
        with contextlib.suppress(TimeoutError):  # of a test that failed half-way
            self.wait_until_settled()
        self.imap.empty()
        changed = self.founding.bring_back()
        self.post.accepted.clear()
        self.post.rcpt.clear()
        self.post.data, self.post.hang_up_after_data = "", False
        if changed & LOOKED_AT_ONCE_A_SECOND:
            time.sleep(1.1)

    def wait_until_settled(self) -> None:
        """Until all mail is fetched and decided and no job waits."""
        newest, end = self.imap.newest_uid(), time.monotonic() + PATIENCE_S
        waiting = """
            SELECT 1 FROM madoguchi_mailbox WHERE imap_host <> '' AND (last_uid < %s OR checked_at IS NULL)
            UNION ALL SELECT 1 FROM madoguchi_inboundmail WHERE decision = ''
            UNION ALL SELECT 1 FROM procrastinate_jobs
            WHERE status = 'doing' OR status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())
        """
        while self.ask(waiting, newest):
            if time.monotonic() > end:
                raise TimeoutError("the desk does not come to rest")
            time.sleep(0.05)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = find_chromium()
    if chromium is None:
        if os.environ.get("MADOGUCHI_REQUIRE_BROWSER") == "1":
            pytest.fail("a Chromium is required here and was not found")
        pytest.skip("no Chromium on this machine")
    return {**browser_type_launch_args, "executable_path": chromium, "args": CHROMIUM_ARGS}


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Ends with the browser tests: as long as it runs, its event loop counts as this thread's, and Django keeps other
    connections for a thread with a loop than for one without."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def browser(playwright: Playwright, browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    browser = playwright.chromium.launch(**browser_type_launch_args)
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def browser_context_args() -> dict[str, Any]:
    return {
        "locale": "ja-JP",
        "timezone_id": "Asia/Tokyo",
        "viewport": {"width": 1440, "height": 900},
    }


@pytest.fixture(scope="package")
def running_desk(dovecot_of_the_desk: Dovecot, worker_id: str, django_db_blocker: Any) -> Iterator[Desk]:
    url = django_settings.DATABASE_URL
    name = f"test_browser_{worker_id}_{os.getpid()}"
    with django_db_blocker.unblock():
        template = migrated_template(url)
    post, controller = start_post()
    env = {
        "DATABASE_URL": clone_template(url, template, name),
        "MADOGUCHI_DATA": str(data_folder()),
        "MADOGUCHI_SECRET_KEY": django_settings.SECRET_KEY,
        "TEST_IMAP": " ".join(
            map(
                str,
                (
                    dovecot_of_the_desk.host,
                    dovecot_of_the_desk.port,
                    dovecot_of_the_desk.user,
                    dovecot_of_the_desk.password,
                ),
            )
        ),
        "TEST_SMTP": f"127.0.0.1 {post.port}",
    }
    prepare = [sys.executable, "-m", "tests.browser.prepare"]
    subprocess.run(prepare, env=child_environment(env), cwd=django_settings.BASE_DIR, check=True)
    desk = Desk(dovecot_of_the_desk, post, env)
    yield desk
    desk.end()
    controller.stop()
    drop_database(url, name)


@pytest.fixture
def desk(running_desk: Desk, browser: Browser) -> Iterator[Desk]:
    running_desk.begin_anew()
    yield running_desk
    for context in browser.contexts:
        context.close()
