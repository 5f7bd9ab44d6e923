"""How the bench adds up times and shows them."""

import socket
import threading

import pytest

from madoguchi.management.bench import cost, report
from madoguchi.management.bench.http import Connection, Wrong, get, post
from madoguchi.management.bench.plan import Plan
from madoguchi.management.bench.statements import SAID, UNCOUNTED
from madoguchi.management.bench.statistics import percentile, summary
from tests.management.test_bench import UNTIL


def test_a_percentile_is_one_of_the_times():
    times = [float(n) for n in range(100, 0, -1)]
    assert [percentile(times, share) for share in (0.0, 0.5, 0.95, 0.99, 1.0)] == [1, 50, 95, 99, 100]
    assert [percentile([3.0], share) for share in (0.0, 0.5, 1.0)] == [3, 3, 3]
    assert percentile([1.0, 9.0], 0.5) == 1.0
    assert percentile([], 0.5) == 0.0


def test_a_summary_is_in_milliseconds():
    found = summary([0.001, 0.002, 0.010], took_s=0.5, sent=5)
    assert (found.p50, found.p95, found.worst, found.per_s) == (2.0, 10.0, 10.0, 6.0)
    assert (found.requests, found.sent) == (3, 5)
    assert summary([], 0.0, 0).per_s == 0.0


def test_ids_of_stretches_never_meet():
    plan = Plan(2_500, UNTIL)
    assert [len(plan.numbers(s)) for s in range(plan.stretches)] == [1000, 1000, 500]
    assert [n for n in range(2_500) if plan.is_long(n)] == [7, 1007, 2007]


def test_only_what_the_web_asks_is_counted():
    log = (
        "bench-web|LOG:  statement: BEGIN\nbench-web|LOG:  execute <unnamed>: SELECT 1\n\tFROM x\n"
        "|LOG:  execute <unnamed>: SELECT 2\nbench-web|LOG:  statement: \nbench-web|LOG:  execute _pg3_0: UPDATE y\n"
        "bench-web|LOG:  statement: COMMIT\nbench-web|DETAIL:  Parameters: $1 = '1'\n"
    )
    assert [said for said in SAID.findall(log) if not UNCOUNTED.match(said)] == ["SELECT 1", "UPDATE y"]


def test_a_process_has_used_time_and_memory():
    import os

    assert cost.cpu_ms(os.getpid()) > 0
    assert cost.memory_mb(os.getpid()) > 10
    assert cost.cpu_ms(2**22 + 1) == 0


@pytest.fixture
def answering():
    """A server that gives each connection the answers it is told, one a request."""
    server = socket.create_server(("127.0.0.1", 0))
    answers: list[bytes] = []

    def serve():
        there, _from = server.accept()
        with there:
            for answer in answers:
                there.recv(65536)
                for n in range(0, len(answer), 7):
                    there.sendall(answer[n : n + 7])

    thread = threading.Thread(target=serve, daemon=True)
    yield answers, f"http://127.0.0.1:{server.getsockname()[1]}", thread
    thread.join(5)
    server.close()


def test_an_answer_is_read_whole_and_the_connection_kept(answering):
    answers, url, thread = answering
    answers += [
        b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello there",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n there\r\n0\r\n\r\n",
        b"HTTP/1.1 303 See Other\r\nlocation: /tickets/7/\r\ncontent-length: 0\r\n\r\n",
    ]
    thread.start()
    there = Connection(url)
    assert there.ask(get("/a", "", "hello", "there")) == b"hello there"
    assert b"there" in there.ask(get("/b", "", "hello"))
    assert there.ask(post("/c", "", {"body": "返金"}, "/tickets/7/")) == b""
    there.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsorry",
        b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 7\r\n\r\n#1042 x",
        b"HTTP/1.1 302 Found\r\nLocation: /login/?next=/tickets/\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_an_error_page_is_never_counted(answering, answer):
    answers, url, thread = answering
    answers.append(answer)
    thread.start()
    there = Connection(url)
    with pytest.raises(Wrong, match="/tickets/"):
        there.ask(get("/tickets/", "", "#1042"))
    there.close()


def figures(tickets, p50):
    one = {"p50": p50, "p95": p50 * 2, "worst": 90.0, "per_s": 100.0, "web_cpu_ms": 5.0, "database_cpu_ms": 1.0}
    heard = dict.fromkeys(("connect_p50", "connect_p95", "fan_out_p50", "fan_out_p95", "fan_out_max", "after_mb"), 40.0)
    return {
        "tickets": tickets,
        "measures": {"list": {"1": one, "8": one, "sql": 3.0}, "view": {"error": "no page view"}},
        "live": {"500": {**heard, "more_mb": 30.0}},
        "memory": {"started_mb": 90.0, "after_pages_mb": 120.0, "all_web_mb": 270.0, "database_mb": 300.0},
        "mail": {"decided_per_s": 300.0, "stored_per_s": 900.0},
    }


def test_the_table_says_what_was_reached_and_what_went_wrong():
    told = report.table(figures(10_000, 8.0))
    assert "8.0 ✓" in told and "no page view" in told and "300 a second" in told
    assert "14.0 ✕" in report.table(figures(10_000, 14.0))


def test_growth_beyond_the_limit_is_marked():
    told = report.markdown([figures(1_000_000, 11.0), figures(10_000, 8.0)])
    assert told.index("### 10,000 tickets") < told.index("### 1,000,000 tickets")
    assert "| List, first page | 8.0 | 11.0 | 1.38 ✕ |" in told
    assert "1.25 ✓" in report.markdown([figures(10_000, 8.0), figures(1_000_000, 10.0)])
