"""The catalogue of what can happen: wording, icon, the wire's name, and the reactions that follow."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Verb:
    """`text` takes %(who)s. `api` is the name in the History of the wire contract. `jobs` follow the commit. `tells`:
    somebody may be to be told, or sees what they were told no longer (`reactions.notifying`)."""

    text: Any
    icon: str = "history"
    api: str = "TicketUpdated"
    jobs: tuple[str, ...] = ()
    tells: bool = False


CATALOGUE = {
    "ticket.opened": Verb(_("%(who)s opened the ticket"), "ticket", "TicketCreated", tells=True),
    "ticket.received": Verb(_("%(who)s wrote a message"), "mail", "ThreadAdded", tells=True),
    "ticket.replied": Verb(_("%(who)s replied"), "reply", "ThreadAdded", ("send_mail",)),
    "ticket.forwarded": Verb(_("%(who)s forwarded the ticket"), "forward", "ThreadAdded", ("send_mail",)),
    "ticket.commented": Verb(_("%(who)s wrote a comment"), "note", "CommentAdded", tells=True),
    "comment.edited": Verb(_("%(who)s edited a comment"), "note", "CommentEdited", tells=True),
    "comment.deleted": Verb(_("%(who)s deleted a comment"), "trash", "CommentDeleted"),
    "ticket.assigned": Verb(_("%(who)s changed the assignee"), "user", tells=True),
    "ticket.edited": Verb(_("%(who)s changed fields"), "sliders"),
    "ticket.status_changed": Verb(_("%(who)s changed the status"), "refresh"),
    "ticket.closed": Verb(_("%(who)s closed the ticket"), "done"),
    "ticket.reopened": Verb(_("%(who)s reopened the ticket"), "refresh"),
    "ticket.held": Verb(_("%(who)s put the ticket on hold"), "clock"),
    "ticket.moved": Verb(_("%(who)s moved the ticket to another department"), "move", tells=True),
    "ticket.tagged": Verb(_("%(who)s added tags"), "tag", "TagsAdded"),
    "ticket.untagged": Verb(_("%(who)s removed tags"), "tag", "TagsRemoved"),
    "ticket.followed": Verb(_("%(who)s added followers"), "eye", "FollowersAdded"),
    "ticket.unfollowed": Verb(_("%(who)s removed followers"), "eye", "FollowersRemoved"),
    "ticket.copied_in": Verb(_("%(who)s changed who gets a copy"), "people", "SecondaryContactsUpdated"),
    "ticket.merged": Verb(_("%(who)s merged other tickets into this one"), "merge", "TicketMergedMaster", tells=True),
    "ticket.merged_away": Verb(_("%(who)s merged the ticket into another one"), "merge", "TicketMergedChild"),
    "ticket.shared": Verb(_("%(who)s shared the ticket"), "share", "TicketShared", tells=True),
    "ticket.share_changed": Verb(_("%(who)s changed how the ticket is shared"), "share", "TicketShareModeUpdated"),
    "ticket.unshared": Verb(_("%(who)s ended the sharing of the ticket"), "share", "TicketShareRevoked", tells=True),
    "ticket.parent_set": Verb(_("%(who)s made the ticket a child of another one"), "family"),
    "ticket.parent_removed": Verb(_("%(who)s took the ticket from its parent"), "family"),
    "ticket.children_added": Verb(_("%(who)s added child tickets"), "family"),
    "ticket.children_removed": Verb(_("%(who)s detached child tickets"), "family"),
    "ticket.spam": Verb(_("%(who)s marked the ticket as spam"), "spam", tells=True),
    "ticket.not_spam": Verb(_("%(who)s marked the ticket as not spam"), "spam", tells=True),
    "ticket.trashed": Verb(_("%(who)s moved the ticket to the recycle bin"), "trash", "TicketDeleted", tells=True),
    "ticket.restored": Verb(
        _("%(who)s restored the ticket from the recycle bin"), "restore", "TicketRestored", tells=True
    ),
    "ticket.purged": Verb(_("%(who)s deleted a ticket for good"), "trash", "TicketDeleted"),
    "ticket.overdue": Verb(_("The ticket became overdue"), "clock", "OvershotDueTime", tells=True),
    "ticket.rated": Verb(_("%(who)s rated an answer"), "good", "CustomerRated", tells=True),
    "attachment.added": Verb(_("%(who)s added a file"), "clip", "AttachmentAdded"),
    "attachment.edited": Verb(_("%(who)s changed who may see a file"), "clip", "AttachmentUpdated"),
    "attachment.removed": Verb(_("%(who)s removed a file"), "clip", "AttachmentDeleted"),
    "mail.bounced": Verb(_("A mail could not be delivered"), "warning", "NotificationSent"),
    "mail.retried": Verb(_("%(who)s sent the mail again"), "send", "ThreadResent", ("send_mail",)),
    "mail.failed": Verb(_("A mail could not be sent"), "warning", "NotificationSent"),
    "mail.replayed": Verb(_("%(who)s released a mail from quarantine"), "mail"),
    "contact.created": Verb(_("%(who)s added the contact"), "user"),
    "contact.edited": Verb(_("%(who)s changed the contact"), "user"),
    "contact.trashed": Verb(_("%(who)s moved the contact to the recycle bin"), "trash"),
    "contact.restored": Verb(_("%(who)s restored the contact"), "restore"),
    "contact.merged": Verb(_("%(who)s merged other contacts into this one"), "merge"),
    "contact.merged_away": Verb(_("%(who)s merged the contact into another one"), "merge"),
    "account.merged": Verb(_("%(who)s merged other accounts into this one"), "merge"),
    "account.merged_away": Verb(_("%(who)s merged the account into another one"), "merge"),
    "customer.noted": Verb(_("%(who)s wrote a note on the customer"), "note"),
    "customer.note_edited": Verb(_("%(who)s edited a note on the customer"), "note"),
    "customer.note_deleted": Verb(_("%(who)s deleted a note on the customer"), "trash"),
    "contact.signed_in": Verb(_("%(who)s signed in to the help center"), "key"),
    "contact.password_set": Verb(_("%(who)s chose a password for the help center"), "key"),
    "contact.classified": Verb(_("The CRM class of the contact changed"), "handshake"),
    "lead.created": Verb(_("%(who)s added a lead"), "user"),
    "lead.edited": Verb(_("%(who)s changed a lead"), "user"),
    "lead.converted": Verb(_("%(who)s made a lead a CRM contact"), "user"),
    "lead.deleted": Verb(_("%(who)s deleted a lead"), "trash"),
    "crm_contact.created": Verb(_("%(who)s added a CRM contact"), "user"),
    "crm_contact.edited": Verb(_("%(who)s changed a CRM contact"), "user"),
    "crm_contact.deleted": Verb(_("%(who)s deleted a CRM contact"), "trash"),
    "deal.created": Verb(_("%(who)s added a deal"), "handshake"),
    "deal.edited": Verb(_("%(who)s changed a deal"), "handshake"),
    "deal.deleted": Verb(_("%(who)s deleted a deal"), "trash"),
    "crm.imported": Verb(_("%(who)s imported a file into the CRM"), "handshake"),
    "account.created": Verb(_("%(who)s added the account"), "building"),
    "account.edited": Verb(_("%(who)s changed the account"), "building"),
    "account.trashed": Verb(_("%(who)s moved the account to the recycle bin"), "trash"),
    "account.restored": Verb(_("%(who)s restored the account"), "restore"),
    "product.created": Verb(_("%(who)s added a product"), "star"),
    "product.edited": Verb(_("%(who)s changed a product"), "star"),
    "product.trashed": Verb(_("%(who)s removed a product"), "trash"),
    "setup.changed": Verb(_("%(who)s changed the set-up"), "gear"),
}
