"""bin/run before anything is started: what it refuses, and how it says so."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from desk import database, place, run
from desk.paths import ROOT
from desk.testing import free_port
from desk.words import Stop


def start(data: Path, **env: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "MADOGUCHI_URL")}
    return subprocess.run(
        [sys.executable, "-c", "import sys; from desk.run import main; sys.exit(main([]))"],
        env={**kept, "PYTHONPATH": str(ROOT), "MADOGUCHI_DATA": str(data), **env},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_taken_port_is_named_together_with_the_way_out(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = start(tmp_path, MADOGUCHI_PORT=str(port))
    assert done.returncode == 1
    assert f"ポート {port} を開けません" in done.stderr
    assert f"MADOGUCHI_PORT={port + 1} bin/run" in done.stderr
    assert not (tmp_path / "postgres").exists()


def test_a_port_that_is_no_number_is_refused(tmp_path):
    done = start(tmp_path, MADOGUCHI_PORT="http")
    assert (done.returncode, "'http'" in done.stderr) == (1, True)


def test_an_unwritable_data_directory_is_named(tmp_path):
    closed = tmp_path / "file"
    closed.write_text("not a folder")
    done = start(closed / "data")
    assert done.returncode == 1
    assert f"{closed / 'data'} に書き込めません" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_data_of_another_major_version_is_left_alone(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("16\n")
    done = start(tmp_path, MADOGUCHI_PORT=str(free_port()))
    assert done.returncode == 1
    assert "PostgreSQL 16" in done.stderr
    assert "bin/madoguchi restore" in done.stderr
    assert [path.name for path in (tmp_path / "postgres").iterdir()] == ["PG_VERSION"]


def test_a_database_that_does_not_answer_is_said(tmp_path):
    done = start(
        tmp_path, MADOGUCHI_PORT=str(free_port()), DATABASE_URL=f"postgresql://desk:secret@127.0.0.1:{free_port()}/desk"
    )
    assert done.returncode == 1
    assert "接続できません" in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_desk_on_the_same_data_is_told_where_the_first_one_is(tmp_path):
    place.prepare(tmp_path)
    with place.held(tmp_path, url="http://127.0.0.1:8123"):
        done = start(tmp_path, MADOGUCHI_PORT=str(free_port()))
    assert done.returncode == 1
    assert "http://127.0.0.1:8123" in done.stderr
    assert str(os.getpid()) in done.stderr


def test_the_data_directory_is_free_again_after_its_keeper(tmp_path):
    place.prepare(tmp_path)
    for _ in range(2):
        with place.held(tmp_path), pytest.raises(place.Held), place.held(tmp_path):
            pass


def test_the_published_address_is_for_its_owner_alone(tmp_path):
    place.prepare(tmp_path)
    place.publish(tmp_path, "postgresql:///x")
    assert place.published(tmp_path) == "postgresql:///x"
    assert place.url_file(tmp_path).stat().st_mode & 0o777 == 0o600
    place.withdraw(tmp_path)
    assert place.published(tmp_path) is None


def test_a_new_data_directory_shows_nothing_to_others(tmp_path):
    made = place.prepare(tmp_path / "a" / "b")
    assert made.stat().st_mode & 0o066 == 0


def test_a_socket_folder_somebody_opened_is_refused(tmp_path):
    (tmp_path / "socket").mkdir(mode=0o755)
    (tmp_path / "socket").chmod(0o755)
    with pytest.raises(Stop):
        database.socket_folder(tmp_path, None)


def test_a_long_data_path_gets_a_short_closed_socket_folder(tmp_path):
    long = tmp_path / ("x" * 100)
    long.mkdir()
    folder = database.socket_folder(long, None)
    try:
        assert len(os.fsencode(folder)) < 60
        assert folder.stat().st_mode & 0o777 == 0o700
        assert database.socket_folder(long, None) == folder
    finally:
        folder.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the database to another account")
def test_root_is_told_which_folder_its_database_cannot_pass(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    place.prepare(closed / "data")
    with pytest.raises(Stop):
        database.start(closed / "data")
    assert closed.stat().st_mode & 0o777 == 0o700


def test_the_web_server_speaks_asgi_and_takes_pages_and_streams():
    command = run.web("127.0.0.1", 8000)
    assert command[command.index("--interface") + 1] == "asgi" and command[-1] == "config.asgi:application"


def test_there_is_a_web_process_for_each_core_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv("MADOGUCHI_WEB_PROCESSES", raising=False)
    assert run.web_processes() == min(4, os.cpu_count() or 1)
    monkeypatch.setenv("MADOGUCHI_WEB_PROCESSES", "3")
    command = run.web("127.0.0.1", 8000, run.web_processes())
    assert command[command.index("--workers") + 1] == "3"
    for wrong in ("0", "many", "-1", "99"):
        monkeypatch.setenv("MADOGUCHI_WEB_PROCESSES", wrong)
        with pytest.raises(Stop):
            run.web_processes()
