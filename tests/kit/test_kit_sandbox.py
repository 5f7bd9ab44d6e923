import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from madoguchi.kit.letters import Unreadable, parse, wire
from madoguchi.kit.letters.sandbox import Reader

RAW = (
    "From: 山田 <a@example.jp>\r\nSubject: 返金\r\nDate: Fri, 20 Nov 2026 10:15:00 +0900\r\nMessage-ID: <1@x>\r\n"
    'Content-Type: multipart/mixed; boundary="B"\r\n\r\n--B\r\n\r\nはい\r\n--B\r\nContent-Type: image/png\r\n\r\n\0\1\2\r\n--B--'
).encode()


class Hostile(Reader):
    """A reader whose child does what the mail says: for tests only."""

    program = (
        sys.executable,
        "-c",
        """
import os, time, sys
from madoguchi.kit.letters import child, parse
def read(raw):
    if raw == b"hang": time.sleep(60)
    if raw == b"spin":
        while True: pass
    if raw == b"eat": x = b"x" * (1 << 31)
    if raw == b"die": os.abort()
    if raw == b"bug": raise KeyError("あ")
    return parse(raw)
child.serve(int(sys.argv[1]), int(sys.argv[2]), read)
""",
    )


@pytest.fixture(scope="module")
def hostile():
    with Hostile(seconds=0.5, memory_mb=300) as reader:
        yield reader


def test_a_letter_comes_back_as_it_was_read():
    with Reader() as reader:
        assert reader.read(RAW) == parse(RAW)
        assert reader.read(b"") == parse(b"")


@pytest.mark.parametrize(
    ("mail", "reason"),
    [(b"hang", "timeout"), (b"spin", "timeout"), (b"eat", "memory"), (b"die", "crash"), (b"bug", "crash")],
)
def test_a_mail_that_breaks_the_child_is_named_and_the_next_one_is_read(hostile, mail, reason):
    started = time.monotonic()
    with pytest.raises(Unreadable) as refused:
        hostile.read(mail)
    assert refused.value.reason == reason
    assert time.monotonic() - started < 30, "not the minute it would sleep"
    assert hostile.read(RAW).subject == "返金"


def test_memory_spent_by_real_mail_is_bounded():
    with Reader(memory_mb=150) as reader:
        with pytest.raises(Unreadable) as refused:
            reader.read(b"From: a@x.jp\r\n\r\n" + b"x" * (200 << 20))
        assert refused.value.reason == "memory"
        assert reader.read(RAW).subject == "返金"


def test_a_child_killed_between_two_mails_is_replaced():
    with Reader() as reader:
        reader.read(RAW)
        os.kill(reader._child.pid, signal.SIGKILL)
        assert reader.read(RAW).subject == "返金"


def test_threads_share_a_reader_and_outlive_the_one_that_started_it():
    with Reader() as reader:
        found = []
        for _ in range(2):
            threads = [threading.Thread(target=lambda: found.append(reader.read(RAW).subject)) for _ in range(4)]
            [t.start() for t in threads]
            [t.join() for t in threads]
        assert found == ["返金"] * 8
        assert reader.read(RAW).subject == "返金"


def test_the_child_dies_with_its_parent():
    program = (
        "import time; from madoguchi.kit.letters.sandbox import Reader\n"
        "r = Reader(); r.read(b''); print(r._child.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    child = int(parent.stdout.readline())
    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and os.path.exists(f"/proc/{child}") and not is_zombie(child):
        time.sleep(0.02)
    assert not os.path.exists(f"/proc/{child}") or is_zombie(child)


def is_zombie(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("head", [b"", b"[]", b"{}", b"null", b"\x80", b'{"message_id": 1}'])
def test_an_answer_that_is_no_letter_is_refused(head):
    with pytest.raises(ValueError):
        wire.load(head, b"")


def test_an_answer_may_not_claim_payloads_it_did_not_send():
    head, payload = wire.dump(parse(RAW))
    with pytest.raises(ValueError):
        wire.load(head, payload[:-1])
