"""What tests need from the outside world: real servers on free ports, and databases cloned instead of migrated.

No fixtures here: tests/conftest.py makes them from these.
"""

import contextlib
import datetime
import fcntl
import hashlib
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from desk.paths import ROOT
from desk.processes import die_with_parent
from desk.run import web

CHROMIUM_ARGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


def free_port() -> int:
    """A TCP port free a moment ago on 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_chromium() -> str | None:
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        return shutil.which(chosen)
    lightest_first = (
        "chromium-headless-shell",
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    )
    return next(filter(None, map(shutil.which, lightest_first)), None)


def find_dovecot() -> str | None:
    """Dovecot 2.3: the configuration below is written in its language (2.4 speaks another)."""
    found = shutil.which("dovecot", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
    if not found:
        return None
    version = subprocess.run([found, "--version"], stdout=subprocess.PIPE, check=False).stdout
    return found if version.startswith(b"2.3") else None


# -- databases


def url_of_database(url: str, name: str) -> str:
    """`url` with another database's name in it."""
    return urlunsplit(urlsplit(url)._replace(path="/" + quote(name)))


def clone_template(url: str, template: str, name: str) -> str:
    """Make the database `name` a copy of `template` on the server of `url`, in place of one of that name; its URL.

    Nobody may be connected to `template`.
    """
    from psycopg import connect, sql

    with connect(url_of_database(url, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    return url_of_database(url, name)


def drop_database(url: str, name: str) -> None:
    from psycopg import connect, sql

    with connect(url_of_database(url, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def migrated_template(url: str) -> str:
    """The name of a database with every migration applied; made by whichever test process comes first.

    Needs Django set up and its database access allowed. The name carries a hash of the migrations and lock file.
    """
    from django.core.management import call_command
    from psycopg import connect, sql

    told = hashlib.sha256((ROOT / "requirements" / "test.txt").read_bytes())
    for path in sorted((ROOT / "madoguchi").rglob("migrations/*.py")):
        told.update(path.read_bytes())
    name = f"madoguchi_template_{told.hexdigest()[:12]}"
    with open(Path(tempfile.gettempdir()) / f"madoguchi-template-{os.geteuid()}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with connect(url_of_database(url, "postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return name
            growing = name + "_new"
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(growing)))
            connection.execute(sql.SQL("CREATE DATABASE {} ENCODING 'UTF8'").format(sql.Identifier(growing)))
            use_database(growing)
            call_command("migrate", verbosity=0, interactive=False)
            call_command("createcachetable", verbosity=0)
            use_database(None)
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(growing), sql.Identifier(name))
            )
    return name


def use_database(name: str | None) -> None:
    """Point Django's default connection at the database `name`; None only closes it."""
    from django.conf import settings
    from django.db import connection

    connection.close()
    if name:
        settings.DATABASES["default"]["NAME"] = name
        connection.settings_dict["NAME"] = name


@contextlib.contextmanager
def test_database(url: str, worker: str = "main") -> Iterator[str]:
    """For a session fixture `django_db_setup`: a fresh clone for this test process; yields its URL.

    `worker` is pytest-xdist's worker_id. Call it inside `django_db_blocker.unblock()`.
    """
    name = f"test_madoguchi_{worker}_{os.getpid()}"
    template = migrated_template(url)
    clone = clone_template(url, template, name)
    use_database(name)
    try:
        yield clone
    finally:
        use_database(None)
        drop_database(url, name)


test_database.__test__ = False  # type: ignore[attr-defined]  # pytest collects by name


# -- the desk's own processes


def start_web(
    env: Mapping[str, str], *, port: int = 0, patience_s: float = 120.0
) -> tuple[str, "subprocess.Popen[bytes]"]:
    """The real server on `port` or a free one, answering; `env` adds to this process's environment (DATABASE_URL at least).

    End it with `stop_process`.
    """
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    whole = child_environment({"MADOGUCHI_URL": url, "MADOGUCHI_PORT": str(port), "MADOGUCHI_THREADS": "3", **env})
    build_static(whole)
    process = start(web("127.0.0.1", port), whole)
    end = time.monotonic() + patience_s
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url + "/health", timeout=5) as answer:
                if answer.status == 200:
                    return url, process
        except OSError:
            time.sleep(0.05)
    stop_process(process)
    raise RuntimeError(f"the web server did not answer {url}/health (exit status {process.returncode})")


def start_worker(env: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """The management command `worker` in a process of its own; end it with `stop_process`."""
    return start([sys.executable, "-m", "django", "worker"], child_environment(env))


def child_environment(env: Mapping[str, str]) -> dict[str, str]:
    return {
        **os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1", **env
    }  # fmt: skip


def start(command: list[str], env: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """Its output goes where the tests' standard error goes."""
    return subprocess.Popen(
        command, env=dict(env), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=sys.__stderr__, start_new_session=True,
        preexec_fn=die_with_parent(),
    )  # fmt: skip


def stop_process(process: "subprocess.Popen[bytes]", patience_s: float = 10.0) -> None:
    from desk.supervisor import kill_group

    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(patience_s)
    kill_group(process)
    process.wait()


def build_static(env: Mapping[str, str]) -> None:
    """{data}/static for a real server, once for all test processes that share a data directory."""
    data = Path(env["MADOGUCHI_DATA"])
    (data / "run").mkdir(parents=True, exist_ok=True)
    with open(data / "run" / "static.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = [sys.executable, "-m", "desk.prepare", "static"]
        subprocess.run(command, env=dict(env), cwd=ROOT, check=True, stdin=subprocess.DEVNULL)


# -- a real IMAP server


@dataclass
class Dovecot:
    """A throw-away IMAP server with one mailbox. `tls_port` speaks TLS with the self-signed `certificate`."""

    host: str
    port: int
    tls_port: int
    user: str
    password: str
    certificate: Path
    folder: Path
    process: "subprocess.Popen[bytes]"
    owner: tuple[int, int]
    _delivered_n: int = 0

    def deliver(self, raw: bytes) -> None:
        """As a delivery agent does: written aside, then moved into the maildir's `new`, so IDLE wakes."""
        self._delivered_n += 1
        name = f"{time.time_ns()}.{os.getpid()}_{self._delivered_n}.test"
        maildir = self.folder / "mail" / self.user
        aside = maildir / "tmp" / name
        aside.write_bytes(raw)
        os.chown(aside, *self.owner)
        aside.rename(maildir / "new" / name)

    def connect(self) -> imaplib.IMAP4:
        connection = imaplib.IMAP4(self.host, self.port, timeout=10)
        connection.login(self.user, self.password)
        return connection

    def empty(self) -> None:
        with self.connect() as connection:
            connection.select("INBOX")
            connection.uid("STORE", "1:*", "+FLAGS", "(\\Deleted)")
            connection.expunge()

    def newest_uid(self) -> int:
        """Of the mail delivered last, whether it is still there or not; 0 before the first."""
        with self.connect() as connection:
            told = connection.status("INBOX", "(UIDNEXT)")[1][0]
        return int(bytes(told).split()[-1].rstrip(b")")) - 1

    def messages(self, mailbox: str = "INBOX") -> list[bytes]:
        """Every message in `mailbox`, oldest first, without marking any as seen."""
        with self.connect() as connection:
            connection.select(mailbox, readonly=True)
            found = connection.uid("FETCH", "1:*", "(BODY.PEEK[])")[1]
            return [part[1] for part in found if isinstance(part, tuple)]

    def stop(self) -> None:
        """At once: a polite end takes a second, and nothing here is worth keeping."""
        stop_process(self.process, patience_s=0)
        shutil.rmtree(self.folder, ignore_errors=True)


DOVECOT_CONF = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{folder}/mail/%u
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 50
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
  {unprivileged}
}}
service anvil {{
  {unprivileged}
}}
namespace inbox {{
  inbox = yes
}}
{accounts}
"""


def start_dovecot(folder: Path | None = None, *, user: str = "desk@example.jp", password: str = "secret") -> Dovecot:
    """As root or as an ordinary user. `folder` has to be reachable by `nobody` when root; without one, one is made."""
    program = find_dovecot()
    if program is None:
        raise RuntimeError("Dovecot 2.3 is not installed (Debian: apt install dovecot-imapd)")
    folder = folder or Path(tempfile.mkdtemp(prefix="madoguchi-imap-"))
    root = os.geteuid() == 0
    account = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.geteuid())
    owner = (account.pw_uid, account.pw_gid)
    if root:
        folder.chmod(0o755)
    for part in ("", "/cur", "/new", "/tmp"):
        path = folder / f"mail/{user}{part}"
        path.mkdir(parents=True, exist_ok=True)
        os.chown(path, *owner)
    (folder / "run").mkdir(exist_ok=True)
    write_certificate(folder)
    accounts = "" if root else (
        f"default_internal_user = {account.pw_name}\ndefault_login_user = {account.pw_name}\n"
        f"default_internal_group = {account.pw_gid}\n"
    )  # fmt: skip
    port, tls_port = free_port(), free_port()
    conf = folder / "dovecot.conf"
    conf.write_text(
        DOVECOT_CONF.format(
            folder=folder, uid=owner[0], gid=owner[1], password=password, port=port, tls_port=tls_port,
            unprivileged="" if root else "chroot =", accounts=accounts,
        )
    )  # fmt: skip
    process = start([program, "-F", "-c", str(conf)], os.environ)
    found = Dovecot("127.0.0.1", port, tls_port, user, password, folder / "cert.pem", folder, process, owner)
    end = time.monotonic() + 10
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            found.connect().logout()
            return found
        time.sleep(0.02)
    log = folder / "dovecot.log"
    told = log.read_text(errors="replace")[-2000:] if log.exists() else ""
    found.stop()
    raise RuntimeError(f"Dovecot did not start:\n{told}")


def write_certificate(folder: Path) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with open(os.open(folder / "key.pem", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(private)
