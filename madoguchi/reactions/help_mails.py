"""Mails of the help center: the link to sign in with (SPEC P1)."""

from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from madoguchi.models import OutboundMail
from madoguchi.organisation.current import the_organisation
from madoguchi.people import links
from madoguchi.reactions.post.notice import queue_notice


def mail_sign_in_link(
    address: str, *, to: str = "", language: str = "", number: int | None = None
) -> OutboundMail | None:
    """Mail a link to the contact behind the address, if there is one; `to`: the page it leads to.

    `number`: a ticket that was just opened by form without signing in. Nothing anybody typed stands in the mail, so
    that nobody can have us write for them.
    """
    made = links.make_link(address)
    if made is None:
        return None
    row, secret = made
    organisation = the_organisation()
    link = f"{settings.URL}/help/sign-in/{secret}" + (f"?{urlencode({'next': to})}" if to else "")
    values = {"organisation": organisation.name, "link": link, "number": number}
    with override(row.contact.language or language or organisation.language):
        if number is None:
            subject = _("Sign in to the help center of %(organisation)s") % values
            text = _("With this link you sign in to the help center:") + f"\n\n{link}\n\n"
        else:
            subject = _("We received your request #%(number)s") % values
            text = _("Thank you. We received your request #%(number)s. With this link you can follow it:") % values
            text += f"\n\n{link}\n\n"
        end = _(
            "The link works once, for 30 minutes. If you did not ask for this mail, you need not do anything.\n\n"
            "%(organisation)s"
        )
        text += end % values
    return queue_notice(row.address, subject=subject, text=text, name=row.contact.name)
