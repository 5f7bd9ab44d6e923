"""Django's own mails (password reset and the like) leave through the desk's queue."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from madoguchi.reactions.post.notice import queue_notice


class DeskBackend(BaseEmailBackend):
    """Queues each message as a notice from the default mailbox; without one, there is nobody to send as."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        sent = 0
        for message in email_messages:
            html = next((a[0] for a in getattr(message, "alternatives", []) if a[1] == "text/html"), "")
            for address in message.recipients():
                sent += (
                    queue_notice(address, subject=str(message.subject), text=str(message.body), html=str(html))
                    is not None
                )
        return sent
