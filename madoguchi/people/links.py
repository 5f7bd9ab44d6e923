"""Signing in to the help center by a mailed link: it works once, for half an hour (SPEC P1)."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app as jobs

from madoguchi import record
from madoguchi.errors import Refused
from madoguchi.kit import addresses, tokens
from madoguchi.models import ContactAddress, SignInLink
from madoguchi.people import help_sessions, tries

LASTS = timedelta(minutes=30)
AN_HOUR = timedelta(hours=1)
MOST_OF_ADDRESS, MOST_OF_PLACE = 5, 100


@transaction.atomic
def ask_for_link(address: str, *, to: str = "", language: str = "", place: str) -> None:
    """Have a link mailed to the address if it is a contact's. Known or not, the same is done here: a job finds out.

    `to`: the page it leads to; `language`: of a contact whose own is not known; `place`: where in the network the asker is.
    Refused: NOT_AN_ADDRESS, TOO_MANY.
    """
    refuse_no_address(address)
    tries.count("link place", place, most=MOST_OF_PLACE, within=AN_HOUR)
    tries.count("link", addresses.fold(address), most=MOST_OF_ADDRESS, within=AN_HOUR)
    send_link(address, to=to, language=language)


def send_link(address: str, *, to: str = "", language: str = "", number: int | None = None) -> None:
    """Leave it to a job (`reactions.help_mails`), after the commit."""
    job = jobs.configure_task("mail_sign_in_link", queue="reactions")
    job.defer(address=address.strip(), to=to, language=language, number=number)


def refuse_no_address(address: str) -> None:
    if not addresses.is_sendable(address.strip()):
        raise Refused("NOT_AN_ADDRESS", _("This is not a mail address: %(a)s") % {"a": address[:100]}, "email")


def make_link(address: str) -> tuple[ContactAddress, str] | None:
    """A new link: whose it is, and its secret; None where nobody has the address, or they may not come in.

    Mail it to the address as it stands there, never as it was typed: two spellings that fold alike may be two mailboxes.
    """
    row = ContactAddress.objects.select_related("contact").filter(folded=addresses.fold(address))
    found = row.filter(help_sessions.welcome("contact__")).first()
    if found is None:
        return None
    secret, now = tokens.new_secret(), record.now()
    SignInLink.objects.create(
        contact=found.contact,
        address=found.folded,
        digest=tokens.digest(secret),
        created_at=now,
        expires_at=now + LASTS,
    )
    return found, secret


def works(secret: str) -> bool:
    """Whether the link would sign someone in. Looking does not use it up: mail scanners look too."""
    return _good(secret).exists()


@transaction.atomic
def use_link(secret: str) -> str | None:
    """Sign in by a link, once. Returns the secret of the session; None where the link is no good (any more)."""
    link = _good(secret).select_for_update(of=("self",)).select_related("contact").first()
    if link is None:
        return None
    SignInLink.objects.filter(contact=link.contact, used_at=None).update(used_at=record.now())
    return help_sessions.begin(link.contact, by_link=True)


def _good(secret: str) -> QuerySet[SignInLink]:
    """The link if it was not used, is not too old, and its address is still that of a contact who may come in."""
    links = SignInLink.objects.filter(help_sessions.welcome("contact__"), digest=tokens.digest(secret), used_at=None)
    return links.filter(expires_at__gt=record.now(), contact__addresses__folded=F("address"))
