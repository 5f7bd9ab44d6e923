"""The bytes of a queued mail: signature, quoted message, threading headers, signed reply address."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from django.utils.translation import override

from madoguchi.kit import html as markup
from madoguchi.kit import tokens
from madoguchi.kit.addresses import Address
from madoguchi.kit.letters import Part
from madoguchi.kit.letters.compose import compose
from madoguchi.kit.letters.subjects import tagged
from madoguchi.models import Attachment, Entry, OutboundMail
from madoguchi.organisation.current import the_organisation
from madoguchi.reactions.post import asking
from madoguchi.tickets.attaching import path_of
from madoguchi.tickets.sending import when
from madoguchi.tickets.timeline import shown, shown_public

MOST_REFERENCES = 20
BY_RULE = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}  # RFC 3834
LOCAL = {"127.0.0.1", "::1", "localhost"}
LOCAL_IMAGE = re.compile(r'src="/files/([\w-]{10,40})[^"]*"')


def build(mail: OutboundMail) -> bytes:
    """The whole mail of an entry; the same entry gives the same Message-ID every time."""
    entry = mail.entry
    assert entry is not None
    ticket, box = entry.ticket, mail.mailbox
    with override(ticket.contact.language or box.department.language):
        answered = None if entry.is_forward else _answered(entry)
        asked = asking.block(entry) if asking.asks(entry) else ("", "")
        text, html = _bodies(entry, _foot(entry, box.department.signature), asked, answered)
    references = _references(entry)
    html, parts = _with_files(html, entry.attachments.all())
    reply_to = None
    if box.plus_addressing and not entry.is_forward:
        address = tokens.reply_address(settings.SECRET_KEY.encode(), box.address, ticket.pk)
        reply_to = Address(entry.from_name, address)
    return compose(
        from_=Address(entry.from_name, entry.from_address),
        to=_people(entry.to),
        cc=_people(entry.cc),
        bcc=_people(entry.bcc),
        subject=entry.subject if entry.is_forward else tagged(entry.subject, ticket.number),
        text=text,
        html=html,
        message_id=mail.message_id,
        in_reply_to=references[-1] if references else "",
        references=references,
        reply_to=reply_to,
        date=entry.created_at,
        parts=parts,
        extra_headers={"X-Madoguchi-Ticket": str(ticket.number), **({} if entry.agent_id else BY_RULE)},
    )


def _people(stored: Iterable[dict[str, str]]) -> list[Address]:
    return [Address(person["name"], person["address"]) for person in stored]


def _answered(entry: Entry) -> Entry | None:
    """The customer's newest message before this answer; in a private one, anybody's."""
    threads = (shown_public if entry.is_public else shown)(entry.ticket).filter(
        kind=Entry.Kind.THREAD, direction=Entry.Direction.IN, id__lt=entry.pk
    )
    return threads.last()


def _references(entry: Entry) -> list[str]:
    """Message-IDs of the conversation, oldest first; a forward starts a conversation of its own."""
    if entry.is_forward:
        return []
    threads = shown(entry.ticket).filter(kind=Entry.Kind.THREAD, is_forward=False, id__lt=entry.pk)
    ids = threads.exclude(message_id="").order_by("-id").values_list("message_id", flat=True)[:MOST_REFERENCES]
    return list(reversed(ids))


def _foot(entry: Entry, signature: str) -> str:
    """The department's signature; below it, where customers can reach the desk, the way to the ticket in the help center."""
    is_local = urlsplit(settings.URL).hostname in LOCAL
    if is_local or not entry.is_public or not the_organisation().has_help_center:
        return signature
    way = _("See it in the help center: %(url)s") % {"url": f"{settings.URL}/help/tickets/{entry.ticket.number}/"}
    return f"{signature}\n{way}".strip()


def _bodies(entry: Entry, signature: str, asked: tuple[str, str], answered: Entry | None) -> tuple[str, str]:
    """(plain, HTML): what was written, the signature, how it was, then the message that is answered or passed on."""
    text, html = entry.text, entry.html or markup.from_text(entry.text)
    if signature:
        text += f"\n\n-- \n{signature}"
        html += f"<p>-- <br>{markup.from_text(signature)}</p>"
    if asked[0]:
        text += f"\n\n{asked[0]}"
        html += asked[1]
    if entry.quoted:
        head = _("---------- Forwarded message ----------")
        text += f"\n\n{head}\n{entry.quoted}"
        html += f"<p>{head}</p><blockquote>{markup.from_text(entry.quoted)}</blockquote>"
    elif answered is not None:
        head = _("On %(when)s, %(who)s wrote:") % {
            "when": when(answered.created_at, entry.ticket),
            "who": answered.from_name or answered.from_address,
        }
        lines = "\n".join(f"> {line}" if line else ">" for line in answered.text.splitlines())
        text += f"\n\n{head}\n{lines}"
        html += f"<p>{markup.from_text(head)}</p><blockquote>{markup.from_text(answered.text)}</blockquote>"
    return text, html


def _with_files(html: str, attachments: Iterable[Attachment]) -> tuple[str, list[Part]]:
    """The HTML with own images by cid, and the files to put in the mail."""
    files = list(attachments)
    by_key = {a.key: a for a in files}
    used: set[str] = set()

    def by_cid(found: re.Match[str]) -> str:
        if found[1] not in by_key:
            return 'src=""'
        used.add(found[1])
        return f'src="cid:{found[1]}@madoguchi"'

    html = LOCAL_IMAGE.sub(by_cid, html)
    parts = []
    for a in files:
        with default_storage.open(path_of(a.digest)) as file:
            inline = a.key in used or (a.is_inline and bool(a.content_id))
            content_id = f"{a.key}@madoguchi" if a.key in used else a.content_id
            parts.append(Part(a.name, a.content_type, content_id if inline else "", inline, file.read()))
    return html, parts
