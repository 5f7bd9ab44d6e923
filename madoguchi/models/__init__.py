"""Floor 1: the facts. Tables, constraints, indexes and questions about one row."""

from madoguchi.models.automation import Rule, RuleRun
from madoguchi.models.crm import (
    BoardSample,
    Classification,
    CrmConnection,
    CrmDeal,
    CrmImport,
    CrmPerson,
    CrmStage,
    CrmTrouble,
    Lookup,
)
from madoguchi.models.log import Event, Mark, Tally
from madoguchi.models.mail import InboundMail, Mailbox, OutboundMail
from madoguchi.models.merge import Merge
from madoguchi.models.notification import Notification, NotificationPreference, NotificationRule, Telling
from madoguchi.models.organisation import CustomField, Department, Organisation, Product, Status, Team
from madoguchi.models.people import (
    Account,
    AccountDomain,
    Agent,
    ApiCount,
    ApiToken,
    Contact,
    ContactAddress,
    ContactPhone,
    CrmClass,
    CustomerNote,
    IdempotentAnswer,
    Membership,
    Role,
)
from madoguchi.models.portal import HelpFormSent, HelpSession, HelpTry, SignInLink
from madoguchi.models.presence import Presence
from madoguchi.models.rating import Rating, Satisfaction
from madoguchi.models.search import SearchDocument
from madoguchi.models.share import Permission, Share
from madoguchi.models.sla import Holiday, HolidayList, Hours, Target, TimesRecount
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
from madoguchi.models.views import CustomView, LastView
from madoguchi.models.writing import CannedResponse, Draft, FormSent

__all__ = [
    "Account",
    "AccountDomain",
    "Agent",
    "ApiCount",
    "ApiToken",
    "Attachment",
    "BoardSample",
    "CannedResponse",
    "Classification",
    "Contact",
    "ContactAddress",
    "ContactPhone",
    "CrmClass",
    "CrmConnection",
    "CrmDeal",
    "CrmImport",
    "CrmPerson",
    "CrmStage",
    "CrmTrouble",
    "CustomField",
    "CustomView",
    "CustomerNote",
    "Department",
    "Draft",
    "Entry",
    "Event",
    "Follower",
    "FormSent",
    "HelpFormSent",
    "HelpSession",
    "HelpTry",
    "Holiday",
    "HolidayList",
    "Hours",
    "IdempotentAnswer",
    "InboundMail",
    "LastView",
    "Lookup",
    "Mailbox",
    "Mark",
    "Membership",
    "Merge",
    "Notification",
    "NotificationPreference",
    "NotificationRule",
    "Organisation",
    "OutboundMail",
    "Permission",
    "Presence",
    "Product",
    "Rating",
    "Role",
    "Rule",
    "RuleRun",
    "Satisfaction",
    "SearchDocument",
    "SecondaryContact",
    "Share",
    "SignInLink",
    "Status",
    "Tag",
    "Tally",
    "Target",
    "Team",
    "Telling",
    "Ticket",
    "TicketNumber",
    "TicketTag",
    "TimesRecount",
]
