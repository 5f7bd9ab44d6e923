"""Mails as customers' programs write them, and taking them in."""

from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import make_msgid

from madoguchi.doors.mailbox import intake, store
from madoguchi.jobs.reader import reader
from madoguchi.models import InboundMail, Mailbox


def mail(
    subject: str = "メールの同期についての不具合",
    text: str = "業務用の携帯電話でメールを同期できません。",
    *,
    sender: str = "高橋 誠 <makoto@kita.example>",
    to: str = "support@demo.example",
    answers: str = "",
    references: Sequence[str] = (),
    html: str = "",
    files: Sequence[tuple[str, str, bytes]] = (),
    **headers: str,
) -> bytes:
    """One mail. `answers` and `references` without angle brackets; further headers by name with _ for -."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = headers.pop("message_id", None) or make_msgid(domain="kita.example")
    if answers:
        message["In-Reply-To"] = f"<{answers}>"
        message["References"] = " ".join(f"<{i}>" for i in (*references, answers))
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name, kind, content in files:
        main, _, sub = kind.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


def take_in(raw: bytes, mailbox: Mailbox | None = None) -> InboundMail:
    """Store and decide one mail, as the worker does."""
    box = mailbox or Mailbox.objects.get(address="support@demo.example")
    stored = store.store(box, raw)
    assert stored is not None
    intake.take_in(stored.pk, reader())
    return InboundMail.objects.select_related("ticket", "entry").get(pk=stored.pk)
