"""Does a mail server answer, and does it let us in? Asked before a mailbox is used."""

import imaplib
import smtplib
import socket
import ssl

from django.utils.translation import gettext as _
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import MailboxFolderSelectError, MailboxLoginError

from madoguchi.models.mail import Security
from madoguchi.organisation.mailboxes import is_this_machine

TIMEOUT_S = 10


def probe_imap(host: str, port: int, security: str, user: str, password: str, folder: str = "INBOX") -> str:
    """'' where the folder can be read, else what is wrong, in the reader's language."""
    try:
        with _imap(host, port, security) as box:
            box.login(user, password, initial_folder=folder)
    except MailboxLoginError:
        return _("The server refuses this user name or password.")
    except MailboxFolderSelectError:
        return _("There is no folder “%(folder)s”.") % {"folder": folder}
    except imaplib.IMAP4.error as error:
        return _("The server answers: %(text)s") % {"text": _short(error)}
    except OSError as error:
        return _unreachable(host, port, error)
    return ""


def probe_smtp(host: str, port: int, security: str, user: str, password: str) -> str:
    """'' where the server lets us send, else what is wrong, in the reader's language. Nothing is sent."""
    try:
        with _smtp(host, port, security) as server:
            if security == Security.STARTTLS:
                server.starttls(context=ssl.create_default_context())
            if user:
                server.login(user, password)
            server.noop()
    except smtplib.SMTPAuthenticationError:
        return _("The server refuses this user name or password.")
    except smtplib.SMTPNotSupportedError:
        return _("The server does not offer what was asked for (encryption or signing in).")
    except smtplib.SMTPServerDisconnected:
        return _("The server hung up. Is the encryption the right one for this port?")
    except smtplib.SMTPException as error:
        return _("The server answers: %(text)s") % {"text": _short(error)}
    except OSError as error:
        return _unreachable(host, port, error)
    return ""


def _imap(host: str, port: int, security: str) -> BaseMailBox:
    if security == Security.STARTTLS:
        return MailBoxStartTls(host, port, timeout=TIMEOUT_S, ssl_context=ssl.create_default_context())
    if security == Security.NONE and is_this_machine(host):
        return MailBoxUnencrypted(host, port, timeout=TIMEOUT_S)
    return MailBox(host, port, timeout=TIMEOUT_S, ssl_context=ssl.create_default_context())


def _smtp(host: str, port: int, security: str) -> smtplib.SMTP:
    if security == Security.TLS:
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    if security == Security.NONE and not is_this_machine(host):
        raise smtplib.SMTPNotSupportedError
    return smtplib.SMTP(host, port, timeout=TIMEOUT_S)


def _unreachable(host: str, port: int, error: OSError) -> str:
    where = {"host": host, "port": port}
    if isinstance(error, ssl.SSLCertVerificationError):
        return _("The certificate of %(host)s is not valid.") % where
    if isinstance(error, ssl.SSLError):
        return _("No encrypted connection to %(host)s:%(port)s. Is the encryption the right one for this port?") % where
    if isinstance(error, socket.gaierror):
        return _("There is no server named %(host)s.") % where
    if isinstance(error, TimeoutError):
        return _("%(host)s:%(port)s does not answer.") % where
    if isinstance(error, ConnectionRefusedError):
        return _("%(host)s takes no connections on port %(port)s.") % where
    return _("No connection to %(host)s:%(port)s: %(text)s") % {**where, "text": _short(error)}


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
