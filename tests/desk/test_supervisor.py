"""Keeping processes: restarted when they fall, ended together, none left behind."""

import os
import signal
import subprocess
import sys
import time

from desk.paths import ROOT
from desk.supervisor import PATIENCE_S, Child

KEEP = """
import os, sys
from desk.supervisor import Child, Signals, keep
folder = sys.argv[1]
note = "import os, sys, time; open(sys.argv[1], 'a').write(f'{{os.getpid()}}\\\\n'); {then}"
steady = note.format(then="time.sleep(60)")
falling = note.format(then="sys.exit(3)")
children = [Child("steady", [sys.executable, "-c", steady, folder + "/steady"]),
            Child("falling", [sys.executable, "-c", falling, folder + "/falling"])]
keep(children, dict(os.environ), Signals(), watch=lambda: None)
"""


def keeper(folder):
    return subprocess.Popen(
        [sys.executable, "-c", KEEP, str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )


def pids(file, at_least_n):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = file.read_text().split() if file.exists() else []
        if len(found) >= at_least_n:
            return [int(pid) for pid in found]
        time.sleep(0.02)
    raise AssertionError(f"{file} has fewer than {at_least_n} lines")


def lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout


def test_a_child_that_falls_is_started_again_and_ctrl_c_ends_all(tmp_path):
    running = keeper(tmp_path)
    (steady,) = pids(tmp_path / "steady", 1)
    assert len(set(pids(tmp_path / "falling", 2))) == 2
    asked = time.monotonic()
    running.send_signal(signal.SIGINT)
    assert running.wait(60) == 0
    assert time.monotonic() - asked < PATIENCE_S, "it was not by force"
    assert not lives(steady)


def test_children_of_a_killed_supervisor_end_with_it(tmp_path):
    running = keeper(tmp_path)
    (steady,) = pids(tmp_path / "steady", 1)
    running.kill()
    running.wait()
    end = time.monotonic() + 30
    while lives(steady) and time.monotonic() < end:
        time.sleep(0.02)
    assert not lives(steady)


def test_the_pause_before_a_restart_doubles_and_has_a_limit():
    child = Child("web", [sys.executable, "-c", "pass"])
    pauses = []
    for _ in range(8):
        pauses.append(child.pause_s)
        child.start(dict(os.environ))
        child.process.wait()
        child.note_end()
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30]
