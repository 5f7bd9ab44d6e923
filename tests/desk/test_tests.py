"""bin/test: which tests run, and in how many processes."""

import pytest

from desk import tests
from desk.paths import VENV
from desk.words import Stop


@pytest.fixture
def no_chromium(monkeypatch):
    monkeypatch.setattr(tests, "OUTSIDE", (("browser", lambda: None, "Chromium", "apt install chromium", "REQUIRED"),))


def test_without_a_browser_its_tests_are_left_out_and_that_is_said(no_chromium, capsys):
    assert tests.without_missing(["tests/doors"]) == ["tests/doors", "-m", "not browser"]
    assert "Skipping the browser tests" in capsys.readouterr().err


def test_a_choice_of_markers_is_kept(no_chromium):
    assert tests.without_missing(["-m", "slow or browser"])[-1] == "(slow or browser) and not browser"


def test_a_required_browser_that_is_missing_is_a_failure(no_chromium, monkeypatch):
    monkeypatch.setenv("REQUIRED", "1")
    with pytest.raises(Stop, match="Chromium was not found"):
        tests.without_missing([])


def test_processes_follow_the_cores(monkeypatch):
    monkeypatch.setattr(tests.os, "cpu_count", lambda: 2)
    assert tests.processes(["tests/kit"])[:2] == ["-n", "2"]
    assert tests.processes(["tests/kit/test_paging.py::test_x"]) == []
    assert tests.processes(["-n0"]) == []
    assert tests.processes(["--pdb"]) == []


def test_what_one_process_has_compiled_the_next_one_finds_and_the_checkout_stays_clean(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    env = tests.environment(tmp_path, "postgresql:///x")
    assert "PYTHONDONTWRITEBYTECODE" not in env
    assert env["PYTHONPYCACHEPREFIX"] == str(VENV / "bytecode")
