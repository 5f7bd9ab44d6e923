"""Backup and restore of a small database, through the same calls bin/madoguchi makes."""

import json
import os
import shutil
import tarfile
import tempfile
from pathlib import Path

import psycopg
import pytest

from desk import backup, database, place
from desk.words import Stop


@pytest.fixture(scope="module")
def desk():
    """A running embedded server with one row, one attachment, one key: (url, data directory)."""
    data = Path(tempfile.mkdtemp(prefix="madoguchi-test-"))
    data.chmod(0o711 if os.geteuid() == 0 else 0o700)
    place.prepare(data)
    with database.ensure(data, throw_away=True) as server:
        yield server.url, data
    shutil.rmtree(data)


@pytest.fixture
def filled(desk):
    url, data = desk
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        connection.execute("CREATE TABLE ticket (subject text); INSERT INTO ticket VALUES ('届きません')")
    shutil.rmtree(data / "files", ignore_errors=True)
    (data / "files").mkdir()
    (data / "files" / "a.txt").write_text("attached")
    (data / "secret_key").write_text("first key")
    return url, data


def subjects(url):
    with psycopg.connect(url, autocommit=True) as connection:
        return [subject for (subject,) in connection.execute("SELECT subject FROM ticket")]


def test_what_was_backed_up_comes_back(filled, tmp_path):
    url, data = filled
    backup.backup(url, data, tmp_path / "desk.tar")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE ticket SET subject = 'changed'; CREATE TABLE later (x int)")
    (data / "files" / "b.txt").write_text("later")
    (data / "secret_key").write_text("second key")
    backup.restore(url, data, tmp_path / "desk.tar", replace=True)
    assert subjects(url) == ["届きません"]
    with psycopg.connect(url, autocommit=True) as connection:
        assert backup.table_names(connection) == ["ticket"]
    assert [path.name for path in (data / "files").iterdir()] == ["a.txt"]
    assert (data / "secret_key").read_text() == "first key"


def test_a_backup_is_for_its_owner_alone(filled, tmp_path):
    backup.backup(*filled, tmp_path / "desk.tar")
    assert (tmp_path / "desk.tar").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["desk.tar"]


def test_a_desk_with_data_is_not_replaced_by_accident(filled, tmp_path):
    url, data = filled
    backup.backup(url, data, tmp_path / "desk.tar")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE ticket SET subject = 'newer'")
    with pytest.raises(Stop, match="--replace"):
        backup.restore(url, data, tmp_path / "desk.tar", replace=False)
    assert subjects(url) == ["newer"]


def test_a_damaged_backup_changes_nothing(filled, tmp_path):
    url, data = filled
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO ticket SELECT md5(i::text) || md5((i + 1)::text) FROM generate_series(1, 5000) i"
        )
    backup.backup(url, data, tmp_path / "desk.tar")
    with tarfile.open(tmp_path / "desk.tar") as tar:
        tar.extractall(tmp_path / "inside", filter="data")
    dump = tmp_path / "inside" / "database.dump"
    dump.write_bytes(dump.read_bytes()[: dump.stat().st_size // 2])
    with tarfile.open(tmp_path / "broken.tar", "w") as tar:
        for path in (tmp_path / "inside").iterdir():
            tar.add(path, path.name)
    with pytest.raises(Stop, match="as it was"):
        backup.restore(url, data, tmp_path / "broken.tar", replace=True)
    assert len(subjects(url)) == 5001


def test_a_backup_of_a_newer_version_is_refused(filled, tmp_path):
    url, data = filled
    backup.backup(url, data, tmp_path / "desk.tar")
    told = backup.manifest(url) | {"migrations": ["9999_from_the_future"]}
    with tarfile.open(tmp_path / "newer.tar", "w") as tar:
        backup.add_text(tar, backup.MANIFEST, json.dumps(told))
    with pytest.raises(Stop, match="newer"):
        backup.restore(url, data, tmp_path / "newer.tar", replace=True)
    assert subjects(url) == ["届きません"]


def test_something_else_is_no_backup(filled, tmp_path):
    (tmp_path / "photo.tar").write_bytes(b"not a tar")
    with pytest.raises(Stop, match="no backup"):
        backup.restore(*filled, tmp_path / "photo.tar", replace=True)


def test_a_password_stays_off_the_command_line():
    address, env = backup.without_password("postgresql://desk:s%40crët@db.example:5433/desk?sslmode=require")
    assert address == "postgresql://desk@db.example:5433/desk?sslmode=require"
    assert env["PGPASSWORD"] == "s@crët"
