"""What is typed about a mail address and its servers."""

from django import forms as django_forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madoguchi.doors.agent.setup import forms
from madoguchi.models.mail import Security
from madoguchi.organisation import mailboxes

DOTS = "••••••••"
SERVER_HINTS = {
    "imap": gettext_lazy("Empty: nothing is received here."),
    "smtp": gettext_lazy("Empty: mail goes to the outbox."),
}


def secret() -> django_forms.CharField:
    """A password that is never shown: left empty, the stored one stays."""
    widget = django_forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return django_forms.CharField(label=gettext_lazy("Password"), required=False, strip=False, widget=widget)


def port() -> django_forms.IntegerField:
    return django_forms.IntegerField(label=gettext_lazy("Port"), min_value=1, max_value=65535)


class MailboxForm(forms.SetupForm):
    address = forms.text(gettext_lazy("Mail address"), 254, inputmode="email")
    display_name = forms.text(gettext_lazy("Name shown to customers"), 150, required=False)
    is_active = forms.switch(gettext_lazy("In use"))
    plus_addressing = forms.switch(
        gettext_lazy("The server takes addresses with a plus sign"),
        hint=gettext_lazy(
            "Answers then come back to support+t12-…@example.com: they find their ticket even if the mail program "
            "drops every other trace. Most servers can do this; off, answers are recognised by their headers."
        ),
    )
    imap_host = forms.text(gettext_lazy("Server"), 253, required=False, hint=SERVER_HINTS["imap"])
    imap_port = port()
    imap_security = forms.pick(gettext_lazy("Encryption"), Security.choices)
    imap_user = forms.text(gettext_lazy("User name"), 254, required=False)
    imap_password = secret()
    imap_folder = forms.text(gettext_lazy("Folder"), 200)
    smtp_host = forms.text(gettext_lazy("Server"), 253, required=False, hint=SERVER_HINTS["smtp"])
    smtp_port = port()
    smtp_security = forms.pick(gettext_lazy("Encryption"), Security.choices)
    smtp_user = forms.text(gettext_lazy("User name"), 254, required=False)
    smtp_password = secret()
    sections = (
        ("", ("address", "display_name", "is_active", "plus_addressing")),
        (
            gettext_lazy("Receiving (IMAP)"),
            ("imap_host", "imap_port", "imap_security", "imap_user", "imap_password", "imap_folder"),
        ),
        (gettext_lazy("Sending (SMTP)"), ("smtp_host", "smtp_port", "smtp_security", "smtp_user", "smtp_password")),
    )

    def refused(self) -> None:
        """Passwords are not sent back to the page."""
        for name in mailboxes.SECRETS:
            if self.data.get(name) and name not in self.errors:
                self.add_error(name, _("Enter the password again."))


class NewMailbox(forms.SetupForm):
    department = forms.one_row(gettext_lazy("Department"))
    address = forms.text(gettext_lazy("Mail address"), 254, inputmode="email")
    display_name = forms.text(gettext_lazy("Name shown to customers"), 150, required=False)
