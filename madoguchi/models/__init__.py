"""Floor 1: the facts. Tables, constraints, indexes and questions about one row."""

from madoguchi.models.log import Event, Tally
from madoguchi.models.mail import InboundMail, Mailbox, OutboundMail
from madoguchi.models.organisation import CustomField, Department, Organisation, Product, Status, Team
from madoguchi.models.people import (
    Account,
    AccountDomain,
    Agent,
    ApiToken,
    Contact,
    ContactAddress,
    ContactPhone,
    IdempotentAnswer,
    Membership,
    Role,
)
from madoguchi.models.ticket import (
    Attachment,
    Entry,
    Follower,
    SecondaryContact,
    Tag,
    Ticket,
    TicketNumber,
    TicketTag,
)

__all__ = [
    "Account",
    "AccountDomain",
    "Agent",
    "ApiToken",
    "Attachment",
    "Contact",
    "ContactAddress",
    "ContactPhone",
    "CustomField",
    "Department",
    "Entry",
    "Event",
    "Follower",
    "IdempotentAnswer",
    "InboundMail",
    "Mailbox",
    "Membership",
    "Organisation",
    "OutboundMail",
    "Product",
    "Role",
    "SecondaryContact",
    "Status",
    "Tag",
    "Tally",
    "Team",
    "Ticket",
    "TicketNumber",
    "TicketTag",
]
