"""Raw bytes to a `Letter`."""

import re

from madoguchi.kit.addresses import Address
from madoguchi.kit.characters import storable
from madoguchi.kit.html import sanitise_mail
from madoguchi.kit.letters import automatic, bounces, rating_block, trim, words
from madoguchi.kit.letters.bodies import bodies
from madoguchi.kit.letters.fields import Fields, date, first, ids
from madoguchi.kit.letters.mailboxes import mailboxes
from madoguchi.kit.letters.mime import entity
from madoguchi.kit.letters.model import Letter

_SHOWN = (
    *("From", "Sender", "To", "Cc", "Reply-To", "Date", "Subject", "Message-ID", "X-Mailer", "User-Agent"),
    *("Organization", "Importance", "X-Priority", "Auto-Submitted", "Precedence", "List-Id", "Return-Path"),
)
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
_LONGEST_SUBJECT = 2_000
_LONGEST_SHOWN = 1_000
_MOST = 50


def parse(raw: bytes) -> Letter:
    """Any bytes as a mail: what cannot be read is left empty, nothing raises.

    Within limits (header 256 KB, 30 levels, 500 entities, 2 MB per body) and in linear time but for the HTML parser:
    give mail from outside to `sandbox.Reader`.
    """
    root = entity(raw)
    found = root.fields
    subject = words.text(first(found, "subject"))[:_LONGEST_SUBJECT]
    from_, return_path = _one(found, "from"), _return_path(found)
    content = bodies(root)
    text, html = rating_block.without(content.text), rating_block.without_in_html(content.html)
    visible, quoted = trim.split(text)
    returned = bounces.bounce(
        root, sender=_sender(from_, found), subject=subject, return_path=return_path, text=content.text
    )
    return Letter(
        message_id=next(iter(ids(first(found, "message-id"))), ""),
        in_reply_to=ids(b" ".join(found.get("in-reply-to", [])[:_MOST])),
        references=ids(b" ".join(found.get("references", [])[:_MOST])),
        date=date(first(found, "date")),
        from_=from_,
        sender=_one(found, "sender"),
        reply_to=_all(found, "reply-to"),
        to=_all(found, "to"),
        cc=_all(found, "cc"),
        delivered_to=_delivered_to(found),
        return_path=return_path,
        subject=subject,
        text=text,
        html=html,
        safe_html=sanitise_mail(html) if html else "",
        visible=visible,
        quoted=quoted,
        parts=tuple(content.parts),
        automatic=automatic.reason(
            found,
            subject=subject,
            sender=_sender(from_, found),
            return_path=return_path,
            is_bounce=returned is not None,
        ),
        bounce=returned,
        authentication_results=tuple(words.text(x) for x in found.get("authentication-results", [])[:_MOST]),
        headers=_shown(found),
    )


def _sender(from_: Address | None, found: Fields) -> str:
    return from_.address if from_ else words.text(first(found, "from"))


def _one(found: Fields, name: str) -> Address | None:
    return next(iter(mailboxes(first(found, name))), None)


def _all(found: Fields, name: str) -> tuple[Address, ...]:
    return mailboxes(b", ".join(found.get(name, [])[:_MOST]))


def _delivered_to(found: Fields) -> tuple[str, ...]:
    raw = [value for name in _DELIVERED for value in found.get(name, [])[:_MOST]]
    return tuple(dict.fromkeys(box.address for value in raw for box in mailboxes(value)))


def _return_path(found: Fields) -> str | None:
    if "return-path" not in found:
        return None
    raw = first(found, "return-path")
    if re.fullmatch(rb"\s*<?\s*>?\s*", raw):
        return ""
    return next((box.address for box in mailboxes(raw)), "")


def _shown(found: Fields) -> dict[str, str]:
    present = ((name, found.get(name.lower())) for name in _SHOWN)
    return {name: storable(words.text(values[0])[:_LONGEST_SHOWN]) for name, values in present if values}
