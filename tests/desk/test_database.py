"""The embedded PostgreSQL: made, found again, recovered after its keeper was killed."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from desk import database
from desk.paths import ROOT


@pytest.fixture
def data():
    """Where the database's own account may pass when the tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix="madoguchi-test-"))
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)  # a server that is just ending removes files, too


def test_a_first_start_makes_a_utf8_database_and_a_second_finds_it(data):
    with database.ensure(data) as server, psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('窓口')")
        shown = [connection.execute(f"SHOW {name}").fetchone()[0] for name in ("server_encoding", "fsync", "jit")]
        assert shown == ["UTF8", "on", "off"]
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    with database.ensure(data) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("窓口",)


def test_the_database_folders_are_closed_to_others(data):
    with database.ensure(data, throw_away=True) as server:
        modes = [path.stat().st_mode & 0o777 for path in (data / "postgres", server.socket)]
    assert modes == [0o700, 0o700]


def test_a_killed_keeper_leaves_a_database_that_starts_again(data):
    script = (
        "import sys, time; from pathlib import Path; from desk import database\n"
        "server = database.start(Path(sys.argv[1]), throw_away=True); print(server.process.pid, flush=True); time.sleep(60)"
    )
    keeper = subprocess.Popen(
        [sys.executable, "-c", script, str(data)], env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE
    )
    postmaster = int(keeper.stdout.readline())
    keeper.send_signal(signal.SIGKILL)
    keeper.communicate()
    with database.ensure(data, throw_away=True) as server, psycopg.connect(server.url) as connection:
        assert server.process.pid != postmaster
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel to end children with their parent")
def test_no_database_outlives_its_killed_keeper(data):
    script = (
        "import sys, time; from pathlib import Path; from desk import database\n"
        "server = database.start(Path(sys.argv[1]), throw_away=True); print(server.process.pid, flush=True); time.sleep(60)"
    )
    keeper = subprocess.Popen(
        [sys.executable, "-c", script, str(data)], env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE
    )
    keeper.stdout.readline()
    keeper.kill()
    keeper.communicate()
    end = time.monotonic() + 30
    while database.postmaster(data / "postgres") and time.monotonic() < end:
        time.sleep(0.02)
    assert database.postmaster(data / "postgres") is None
