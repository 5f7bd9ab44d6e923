"""bin/bench: a desk of N made-up tickets on a database that writes as durably as a real one, measured as bin/run runs it."""

import argparse
import contextlib
import json
import os
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from desk import database
from desk.paths import ROOT
from desk.processes import die_with_parent
from desk.run import THREADS, environment, web, web_processes
from desk.supervisor import kill_group, python
from desk.testing import free_port
from desk.words import Stop, say

NAMES = """
    home list deep view view-cf ticket3 ticket100 board board-deep board-status board-priority board-due board-assignee
    shared shared-deep shared-ticket shared-rare shared-common rare-ja rare-en common-ja common-en third-ja quick
    contact account-10 account account-90 statistics create reply api live crm mail merge
""".split()
MAILS_A_SECOND = 200


def main(argv: list[str]) -> int:
    asked = arguments(argv)
    try:
        if asked.markdown:
            return run(
                ["bench", "markdown", *asked.markdown], {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
            )
        with folder(asked.keep) as data:
            return bench(data, asked)
    except Stop as stop:
        return stop.tell()
    except KeyboardInterrupt:
        return 130


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench", description="Measure a desk of N made-up tickets.")
    parser.add_argument("--tickets", type=int, default=100_000, metavar="N")
    parser.add_argument("--only", default="", metavar="NAME,…", help=f"some of: {' '.join(NAMES)}")
    parser.add_argument("--seconds", type=float, default=5.0, metavar="S", help="how long each measure is taken")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument("--keep", metavar="DIR", help="keep the loaded desk there, and use it again")
    parser.add_argument("--markdown", nargs="+", metavar="FILE", help="only print tables of earlier runs' figures")
    asked = parser.parse_args(argv)
    unknown = {name for name in asked.only.split(",") if name} - set(NAMES)
    if unknown or asked.tickets < 100 or asked.seconds <= 0:
        parser.error(f"--only knows {', '.join(NAMES)}; at least 100 tickets and some time")
    return asked


@contextlib.contextmanager
def folder(kept: str | None) -> Iterator[Path]:
    if kept:
        data = Path(kept).absolute()
        data.mkdir(parents=True, exist_ok=True)
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="madoguchi-bench-", ignore_cleanup_errors=True) as made:
        os.chmod(made, 0o711)
        yield Path(made)


def bench(data: Path, asked: argparse.Namespace) -> int:
    (data / "run").mkdir(mode=0o700, exist_ok=True)
    loaded, figures = data / "run" / "loaded.json", data / "run" / "figures.json"
    figures.unlink(missing_ok=True)
    if not loaded.exists():
        fill(data, asked.tickets, loaded)
    known = json.loads(loaded.read_text())
    if known["wanted"] != asked.tickets:
        raise Stop(
            f"{data} には {known['wanted']:,} 件の問い合わせが入っています。--tickets {known['wanted']} とするか、別の場所を指定してください。",
            f"{data} holds a desk of {known['wanted']:,} tickets: say --tickets {known['wanted']}, or keep another one elsewhere.",
        )
    figures.write_text(json.dumps({"loaded_s": known["loaded_s"]}))
    with database.ensure(data) as server:
        env = {**told(data, server.url), "MADOGUCHI_CRM_HOSTS": f"hubspot=http://127.0.0.1:{free_port()}"}
        only = {name for name in asked.only.split(",") if name}
        if not only or "mail" in only:
            mails = str(max(20, int(MAILS_A_SECOND * asked.seconds)))
            must(["bench", "mail", "--mails", mails, "--into", str(figures)], env)
        with running(env, data) as (url, pid):
            must(
                [
                    "bench", "measure", "--url", url, "--web", str(pid), "--database", str(server.process.pid),
                    "--log", str(data / "log" / "postgres.log"), "--seconds", str(asked.seconds), "--only", asked.only,
                    "--tickets", str(known["wanted"]), "--into", str(figures),
                ], env,
            )  # fmt: skip
        if not only or "merge" in only:  # last: its tickets are the newest, and say little
            must(["bench", "merge", "--into", str(figures)], env)
        if asked.json:
            Path(asked.json).write_text(figures.read_text())
        return run(["bench", "table", "--into", str(figures)], env)


def fill(data: Path, tickets: int, loaded: Path) -> None:
    """Migrate and load. Nothing waits for the disk meanwhile; all is on it before the desk is measured."""
    if (data / "postgres").exists():
        raise Stop(
            f"{data} には読み込みの途中で止まったデータがあります。削除してからやり直してください。",
            f"{data} holds a desk that was not loaded to its end: remove it and start again.",
        )
    say(f"問い合わせ {tickets:,} 件の窓口を作っています…", f"Making a desk of {tickets:,} tickets …")
    with database.ensure(data, throw_away=True) as server:
        env = told(data, server.url)
        if run_python(["-m", "desk.prepare"], env):
            raise Stop("準備に失敗しました。", "Preparing the desk failed; see above.")
        must(["bench", "load", "--tickets", str(tickets), "--into", str(loaded.with_suffix(".new"))], env)
    os.sync()
    took = json.loads(loaded.with_suffix(".new").read_text())
    loaded.write_text(json.dumps({"wanted": tickets, **took}))


def told(data: Path, url: str) -> dict[str, str]:
    return {
        **environment(data, url, "http://127.0.0.1"),
        "MADOGUCHI_SECRET_KEY": "for the bench only",
        "MADOGUCHI_DEMO": "0",
        "MADOGUCHI_API_RATE": "1000000000",
    }


@contextlib.contextmanager
def running(env: Mapping[str, str], data: Path) -> Iterator[tuple[str, int]]:
    """Web and worker as bin/run starts them: the web's address and process id."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    whole = {**env, "MADOGUCHI_URL": url, "MADOGUCHI_PORT": str(port)}
    named = {
        **whole,
        "DATABASE_URL": f"{env['DATABASE_URL']}&application_name=bench-web",
        "MADOGUCHI_THREADS": str(THREADS),
    }
    if run_python(["-m", "desk.prepare", "static"], whole):
        raise Stop("準備に失敗しました。", "Preparing the static files failed; see above.")
    children = [start(web("127.0.0.1", port, web_processes()), named)]
    try:
        wait_until_healthy(url, children[0])
        children.append(start(python("-m", "django", "worker"), whole))
        yield url, children[0].pid
    finally:
        for child in children:
            child.terminate()
        for child in children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(10)
            kill_group(child)
            child.wait()


def wait_until_healthy(url: str, child: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and child.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url + "/health", timeout=5) as answer:
            if answer.status == 200:
                return
        time.sleep(0.05)
    raise Stop("Web サーバーが応答しません。", f"The web server did not answer {url}/health.")


def start(command: list[str], env: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command, env=dict(env), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
        preexec_fn=die_with_parent(),
    )  # fmt: skip


def run(arguments: list[str], env: Mapping[str, str]) -> int:
    return run_python(["-m", "django", *arguments], env)


def run_python(arguments: list[str], env: Mapping[str, str]) -> int:
    return subprocess.run(python(*arguments), env=dict(env), cwd=ROOT, stdin=subprocess.DEVNULL).returncode


def must(arguments: list[str], env: Mapping[str, str]) -> None:
    if run(arguments, env):
        raise Stop("計測が止まりました。", "The bench stopped; see above.")
