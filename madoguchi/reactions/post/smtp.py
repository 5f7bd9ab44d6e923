"""Hand a mail to an SMTP server, and say honestly what became of it."""

import smtplib
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings

from madoguchi.kit import addresses, crypt
from madoguchi.models import Mailbox
from madoguchi.models.mail import Security

TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """`sent`; else `again` (worth another try), `uncertain` (the server may have taken it), or refused for good."""

    sent: bool = False
    again: bool = False
    uncertain: bool = False
    error: str = ""


def connect(box: Mailbox) -> smtplib.SMTP:
    """A connection that is logged in, certificate verified. Raises OSError or smtplib.SMTPException."""
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if box.smtp_security == Security.TLS:
        server = smtplib.SMTP_SSL(box.smtp_host, box.smtp_port, timeout=TIMEOUT_S, context=context)
    else:
        server = smtplib.SMTP(box.smtp_host, box.smtp_port, timeout=TIMEOUT_S)
        if box.smtp_security == Security.STARTTLS:
            server.starttls(context=context)
    if box.smtp_user:
        server.login(box.smtp_user, crypt.unseal(settings.SECRET_KEY.encode(), box.smtp_password))
    return server


def hand_over(box: Mailbox, recipients: Sequence[str], raw: bytes, before_data: Callable[[], None]) -> Outcome:
    """Send `raw`. `before_data` is called when the next words could make the server responsible for the mail."""
    try:
        server = connect(box)
    except smtplib.SMTPAuthenticationError as error:
        return Outcome(error=_said(error), again=True)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return Outcome(error=_said(error), again=True)
    try:
        return _converse(server, box, recipients, raw, before_data)
    finally:
        server.close()


def _converse(
    server: smtplib.SMTP, box: Mailbox, recipients: Sequence[str], raw: bytes, before_data: Callable[[], None]
) -> Outcome:
    refused = []
    try:
        server.ehlo_or_helo_if_needed()
        code, answer = server.mail(addresses.on_the_wire(box.address))
        if code != 250:
            return Outcome(error=f"{code} {answer.decode(errors='replace')}", again=code < 500)
        again = False
        for recipient in recipients:
            code, answer = server.rcpt(addresses.on_the_wire(recipient))
            if code not in (250, 251):
                refused.append(f"{recipient}: {code} {answer.decode(errors='replace')}")
                again = again or code < 500
        if len(refused) == len(recipients):
            return Outcome(error="; ".join(refused), again=again)
    except (OSError, smtplib.SMTPException) as error:
        return Outcome(error=_said(error), again=True)
    before_data()
    try:
        code, answer = server.data(raw)
    except smtplib.SMTPDataError as error:
        return Outcome(error=_said(error), again=error.smtp_code < 500)
    except (OSError, smtplib.SMTPException) as error:
        return Outcome(error=_said(error), uncertain=True)
    if code != 250:
        return Outcome(error=f"{code} {answer.decode(errors='replace')}", again=code < 500)
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        pass
    return Outcome(sent=True, error="; ".join(refused))


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return f"{error.smtp_code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"[:500]
    if isinstance(error, socket.gaierror):
        return f"DNS: {error}"
    return f"{type(error).__name__}: {error}"[:500]
