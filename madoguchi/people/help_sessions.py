"""Contacts signed in to the help center: a secret in a cookie, its digest here (SPEC P1)."""

from datetime import timedelta

from django.db.models import Q

from madoguchi import record
from madoguchi.actor import Actor
from madoguchi.kit import tokens
from madoguchi.models import Contact, HelpFormSent, HelpSession, SignInLink
from madoguchi.people import tries
from madoguchi.prepared import Prepared

LASTS = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=10)
FORMS_KEPT = timedelta(days=1)


def begin(contact: Contact, *, by_link: bool) -> str:
    """Sign the contact in. Returns the secret for the cookie; every sign-in has one of its own."""
    secret, now = tokens.new_secret(), record.now()
    HelpSession.objects.create(
        contact=contact,
        digest=tokens.digest(secret),
        by_link=by_link,
        created_at=now,
        seen_at=now,
        expires_at=now + LASTS,
    )
    record.note("contact.signed_in", by=Actor(contact=contact, door="help"), contact=contact)
    return secret


def session_of(secret: str) -> HelpSession | None:
    """The session behind a cookie, with its contact; None where it ended or the contact may not come in any more."""
    if not secret:
        return None
    found: list[HelpSession] = LIVE(digest=tokens.digest(secret), now=record.now())
    if found and record.now() - found[0].seen_at > SEEN_EVERY:
        HelpSession.objects.filter(pk=found[0].pk).update(seen_at=record.now())
    return found[0] if found else None


def welcome(prefix: str = "") -> Q:
    """Contacts who may come in: neither in the recycle bin nor marked as spam."""
    return Q(**{f"{prefix}trashed_at": None, f"{prefix}is_spam": False})


LIVE = Prepared(
    lambda mark: HelpSession.objects.select_related("contact").filter(
        welcome("contact__"), digest=mark.text("digest"), expires_at__gt=mark.time("now")
    )
)


def end(session: HelpSession) -> None:
    session.delete()


def end_all(contact: Contact, *, but: HelpSession | None = None) -> None:
    """Sign the contact out everywhere (`but` here), and let no link that is on its way work any more."""
    HelpSession.objects.filter(contact=contact).exclude(pk=but.pk if but else 0).delete()
    SignInLink.objects.filter(contact=contact, used_at=None).update(used_at=record.now())


def forget_old() -> None:
    """Delete what has ended: sessions, links, tries, keys of forms."""
    now = record.now()
    HelpSession.objects.filter(expires_at__lt=now).delete()
    SignInLink.objects.filter(expires_at__lt=now).delete()
    HelpFormSent.objects.filter(sent_at__lt=now - FORMS_KEPT).delete()
    tries.forget_old()
