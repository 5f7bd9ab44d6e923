"""The events a rule may run on, as its form names them."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

WHENS = {
    "ticket.opened": pgettext_lazy("when", "A ticket is opened"),
    "ticket.received": pgettext_lazy("when", "The customer writes"),
    "ticket.replied": pgettext_lazy("when", "The customer is answered"),
    "ticket.commented": pgettext_lazy("when", "A comment is written"),
    "ticket.assigned": pgettext_lazy("when", "The assignee or team changes"),
    "ticket.edited": pgettext_lazy("when", "Fields change"),
    "ticket.status_changed": pgettext_lazy("when", "The status changes (still open)"),
    "ticket.held": pgettext_lazy("when", "It is put on hold"),
    "ticket.closed": pgettext_lazy("when", "It is closed"),
    "ticket.reopened": pgettext_lazy("when", "It is reopened"),
    "ticket.overdue": pgettext_lazy("when", "It becomes overdue"),
    "ticket.moved": pgettext_lazy("when", "It is moved here"),
    "ticket.tagged": pgettext_lazy("when", "Tags are added"),
    "ticket.untagged": pgettext_lazy("when", "Tags are removed"),
    "ticket.rated": pgettext_lazy("when", "The customer rates an answer"),
    "ticket.merged": pgettext_lazy("when", "Others are merged into it"),
    "ticket.parent_set": pgettext_lazy("when", "It becomes a child"),
    "ticket.children_added": pgettext_lazy("when", "It gets child tickets"),
    "ticket.shared": pgettext_lazy("when", "It is shared"),
    "ticket.restored": pgettext_lazy("when", "It is restored from the recycle bin"),
    "mail.bounced": pgettext_lazy("when", "A mail bounces"),
    "mail.failed": pgettext_lazy("when", "A mail cannot be sent"),
}
GROUPS = (
    (_("Messages"), ("ticket.opened", "ticket.received", "ticket.replied", "ticket.commented", "ticket.rated", "mail.bounced", "mail.failed")),
    (
        _("Status"),
        ("ticket.status_changed", "ticket.held", "ticket.closed", "ticket.reopened", "ticket.overdue", "ticket.restored"),
    ),
    (_("Fields"), ("ticket.assigned", "ticket.edited", "ticket.tagged", "ticket.untagged", "ticket.moved")),
    (_("Other tickets and departments"), ("ticket.merged", "ticket.parent_set", "ticket.children_added", "ticket.shared")),
)  # fmt: skip
