"""What a mail is to the desk once it has been read."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from madoguchi.kit.addresses import Address


@dataclass(frozen=True, slots=True)
class Part:
    """An attachment, an inline image, a calendar entry or an attached mail (`.eml`).

    `name` is as the sender wrote it ('' if not): clean it with `kit.names` before use. `content_type` is lower case
    without parameters. `content_id` has no angle brackets.
    """

    name: str
    content_type: str
    content_id: str
    is_inline: bool
    payload: bytes


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery report (RFC 3464, or one of the many older shapes).

    `status` is an enhanced code such as `5.1.1` (RFC 3463) or ''. `original_message_ids`: best guess first.
    """

    kind: Literal["failed", "delayed", "delivered", "other"]
    recipient: str
    status: str
    diagnostic: str
    original_message_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, read. No string holds NUL or a lone surrogate; ids come without angle brackets.

    `return_path` is '' for the empty `<>` and None where the header is absent. `date` is aware UTC. `text` is the plain
    body (made from `html` where the mail had none), `visible` and `quoted` its two halves. `html` is raw and hostile;
    `safe_html` may be shown. `automatic` is '' or the reason why this mail must never be answered by a machine.
    """

    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    date: datetime | None = None
    from_: Address | None = None
    sender: Address | None = None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = ()
    return_path: str | None = None
    subject: str = ""
    text: str = ""
    html: str = ""
    safe_html: str = ""
    visible: str = ""
    quoted: str = ""
    parts: tuple[Part, ...] = ()
    automatic: str = ""
    bounce: Bounce | None = None
    authentication_results: tuple[str, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
