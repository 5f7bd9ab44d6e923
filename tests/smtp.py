"""A real SMTP server on loopback that can be told to misbehave."""

from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from desk.testing import free_port
from madoguchi.models import Mailbox
from madoguchi.models.mail import Security


@dataclass
class Post:
    """Keeps what it accepts. `rcpt` and `data` are answers to give instead of accepting, `hang_up` drops the line."""

    port: int = 0
    accepted: list[tuple[list[str], bytes]] = field(default_factory=list)
    rcpt: dict[str, str] = field(default_factory=dict)
    data: str = ""
    hang_up_after_data: bool = False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.rcpt:
            return self.rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.data:
            return self.data
        self.accepted.append((envelope.rcpt_tos, envelope.content))
        if self.hang_up_after_data:
            server.transport.close()
        return "250 OK"

    @property
    def mails(self) -> list[Message]:
        return [message_from_bytes(raw, policy=default) for _to, raw in self.accepted]


def start_post() -> tuple[Post, Controller]:
    post = Post(port=free_port())
    controller = Controller(post, hostname="127.0.0.1", port=post.port)
    controller.start()
    return post, controller


def deliver_by(post: Post, mailbox: Mailbox) -> None:
    """Let the mailbox send through this server."""
    mailbox.smtp_host, mailbox.smtp_port, mailbox.smtp_security = "127.0.0.1", post.port, Security.NONE
    mailbox.save()
