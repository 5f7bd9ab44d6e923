"""A whole desk in its own database: the real web server, the real worker, a real browser."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings as django_settings

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
from tests.smtp import Post


@dataclass
class Desk:
    """A running desk: `support@demo.example` is fetched from `imap` and sent through `post`."""

    url: str
    imap: Dovecot
    post: Post
    env: dict[str, str]
    web: "subprocess.Popen[bytes]"

    def run(self, *command: str) -> str:
        """The output of a management command on this desk."""
        done = subprocess.run(
            [sys.executable, "-m", "django", *command], env=child_environment(self.env), check=True, capture_output=True
        )
        return done.stdout.decode().strip()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = find_chromium()
    if chromium is None:
        if os.environ.get("MADOGUCHI_REQUIRE_BROWSER") == "1":
            pytest.fail("a Chromium is required here and was not found")
        pytest.skip("no Chromium on this machine")
    return {**browser_type_launch_args, "executable_path": chromium, "args": CHROMIUM_ARGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "locale": "ja-JP",
        "timezone_id": "Asia/Tokyo",
        "viewport": {"width": 1440, "height": 900},
    }


@pytest.fixture
def desk(dovecot: Dovecot, post: Post, tmp_path: Any, worker_id: str, django_db_blocker: Any) -> Iterator[Desk]:
    url = django_settings.DATABASE_URL
    name = f"test_browser_{worker_id}_{os.getpid()}"
    with django_db_blocker.unblock():
        template = migrated_template(url)
    env = {
        "DATABASE_URL": clone_template(url, template, name),
        "MADOGUCHI_DATA": str(data_folder()),
        "MADOGUCHI_SECRET_KEY": django_settings.SECRET_KEY,
        "TEST_IMAP": f"{dovecot.host} {dovecot.port} {dovecot.user} {dovecot.password}",
        "TEST_SMTP": f"127.0.0.1 {post.port}",
    }
    prepare = [sys.executable, "-m", "tests.browser.prepare"]
    subprocess.run(prepare, env=child_environment(env), cwd=django_settings.BASE_DIR, check=True)
    address, web = start_web(env)
    worker = start_worker({**env, "MADOGUCHI_URL": address})
    yield Desk(address, dovecot, post, env, web)
    stop_process(worker)
    stop_process(web)
    drop_database(url, name)
