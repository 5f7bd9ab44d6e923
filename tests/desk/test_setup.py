"""Set-up: when it has to work, and with which Python."""

import json
import os

import pytest

from desk import setup
from desk.paths import ROOT
from desk.words import Stop


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """An environment that looks set up for running, not for tests."""
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to("/bin/sh")
    monkeypatch.setattr(setup, "VENV", venv)
    monkeypatch.setattr(setup, "PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(setup, "STAMP", venv / "stamp.json")
    stamp(venv, test=None)
    return venv


def stamp(venv, **changed):
    told = {"place": str(venv), "run": setup.wanted()["run"], "test": setup.wanted()["test"], **changed}
    (venv / "stamp.json").write_text(json.dumps(told))


def test_nothing_is_done_while_the_stamp_matches(environment):
    assert setup.python_is_ready(tests=False)


def test_tests_need_what_running_does_not(environment):
    assert not setup.python_is_ready(tests=True)
    stamp(environment)
    assert setup.python_is_ready(tests=True)
    assert setup.python_is_ready(tests=False)


@pytest.mark.parametrize("changed", [{"run": "old"}, {"test": "old"}, {"place": "elsewhere"}])
def test_a_changed_lock_file_or_place_calls_for_set_up(environment, changed):
    stamp(environment, **changed)
    assert not setup.python_is_ready(tests=False)


def test_an_interpreter_that_is_gone_calls_for_set_up(environment):
    (environment / "bin" / "python").unlink()
    assert not setup.python_is_ready(tests=False)


def test_a_shim_that_only_prints_an_error_is_passed_over(tmp_path, monkeypatch):
    shim = tmp_path / "python3"
    shim.write_text("#!/bin/sh\necho command not found\nexit 127\n")
    shim.chmod(0o755)
    real = os.path.realpath(setup.sys.executable)
    monkeypatch.setattr(setup, "candidates", lambda: [str(shim), real])
    assert os.path.realpath(setup.find_interpreter()) == real


def test_a_python_without_venv_is_told_with_the_package_to_install(tmp_path, monkeypatch):
    bare = tmp_path / "python3"
    bare.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexit 0\n')
    bare.chmod(0o755)
    monkeypatch.setattr(setup, "candidates", lambda: [str(bare)])
    with pytest.raises(Stop, match="apt install python3-venv"):
        setup.find_interpreter()


def test_no_lock_file_names_a_registry():
    files = [*(ROOT / "requirements").glob("*.txt"), ROOT / "package-lock.json"]
    assert len(files) == 5
    assert [file.name for file in files if "://" in file.read_text()] == []


def test_every_locked_requirement_has_a_hash():
    for file in (ROOT / "requirements").glob("*.txt"):
        for requirement in file.read_text().replace("\\\n", " ").splitlines():
            assert "--hash=sha256:" in requirement, requirement[:60]


def test_tests_run_with_the_very_versions_that_run_the_desk():
    run, test = (
        {line.split(" ")[0] for line in (ROOT / "requirements" / name).read_text().splitlines() if "==" in line}
        for name in ("run.txt", "test.txt")
    )
    assert run <= test
