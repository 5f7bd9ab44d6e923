"""One thread for each mailbox: IDLE where the server can, polling everywhere, errors shown and waited out."""

import logging
import threading
import time

from django.db import connection
from imap_tools import BaseMailBox

from madoguchi.doors.mailbox.fetch import connect, fetch_new
from madoguchi.models import Mailbox
from madoguchi.organisation.current import organisation
from madoguchi.record import now

log = logging.getLogger("madoguchi.mail")
POLL_S = 60
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 300.0  # after an error; each in a row doubles it
LOOK_S = 5


class Watch(threading.Thread):
    """Keeps one mailbox fetched until told to stop."""

    def __init__(self, pk: int) -> None:
        super().__init__(name=f"mailbox-{pk}", daemon=True)
        self.pk, self.stopping = pk, threading.Event()
        self.pause_s = SHORTEST_PAUSE_S

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                self._session()
            except Exception as error:
                log.warning("mailbox %s: %s", self.pk, error)
                self._say(error)
                self.stopping.wait(self.pause_s)
                self.pause_s = min(self.pause_s * 2, LONGEST_PAUSE_S)
            finally:
                connection.close()

    def _session(self) -> None:
        box = Mailbox.objects.get(pk=self.pk)
        server = connect(box)
        try:
            end = time.monotonic() + 25 * 60
            while not self.stopping.is_set() and time.monotonic() < end:
                newer(server)  # what was told before, the search sees
                fetch_new(server, box)
                if not newer(server):
                    self._wait(server)
                self.pause_s = SHORTEST_PAUSE_S  # a whole round went well
        finally:
            try:
                server.logout()
            except Exception:
                log.debug("mailbox %s: logout failed", self.pk)

    def _wait(self, server: BaseMailBox) -> None:
        """Until the server says something, at most `POLL_S`; in short turns, so that stopping is quick."""
        can_idle = "IDLE" in server.client.capabilities
        end = time.monotonic() + POLL_S
        if not can_idle:
            self.stopping.wait(POLL_S)
            server.client.noop()
            return
        with server.idle as idle:
            if told_already(server):
                return
            while not self.stopping.is_set() and time.monotonic() < end:
                if idle.poll(timeout=1):
                    return

    def _say(self, error: Exception) -> None:
        try:
            said = f"{type(error).__name__}: {error}"[:1000]
            Mailbox.objects.filter(pk=self.pk).update(error=said, error_at=now())
        except Exception:
            log.exception("mailbox %s: the error could not be kept", self.pk)


def newer(server: BaseMailBox) -> bool:
    """Whether the server told of new mail beside the answers since this was asked last. It will not tell again."""
    return server.client.response("EXISTS")[1] != [None]


def told_already(server: BaseMailBox) -> bool:
    """Whether something came together with the server's go-ahead: it lies in the buffer of the client, where no poll of the
    socket sees it."""
    socket = server.client.sock
    patience = socket.gettimeout()
    socket.settimeout(0)
    try:
        return bool(server.client.readline())
    except OSError:
        return False  # nothing came yet, over TLS
    finally:
        socket.settimeout(patience)


class Watches(threading.Thread):
    """Starts and stops a watch for each mailbox as they are set up, changed and switched off."""

    def __init__(self) -> None:
        super().__init__(name="mailboxes", daemon=True)
        self.stopping = threading.Event()
        self.watches: dict[int, tuple[tuple[object, ...], Watch]] = {}

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                self.look()
            except Exception:
                log.exception("mailboxes could not be looked at")
            finally:
                connection.close()
            self.stopping.wait(LOOK_S)
        for _settings, watch in self.watches.values():
            watch.stopping.set()

    def look(self) -> None:
        """Bring the threads in line with the mailboxes that are to be fetched now."""
        wanted = {}
        if organisation() is not None:
            fields = ["imap_host", "imap_port", "imap_security", "imap_user", "imap_password", "imap_folder"]
            active = Mailbox.objects.filter(is_active=True, department__is_enabled=True).exclude(imap_host="")
            wanted = {row[0]: row[1:] for row in active.values_list("pk", *fields)}
        for pk, (settings, watch) in list(self.watches.items()):
            if wanted.get(pk) != settings or not watch.is_alive():
                watch.stopping.set()
                del self.watches[pk]
        for pk, settings in wanted.items():
            if pk not in self.watches:
                watch = Watch(pk)
                self.watches[pk] = (settings, watch)
                watch.start()
