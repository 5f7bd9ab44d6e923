"""Floor 3: what one does with tickets. One behaviour, one file; every door calls these same sentences."""

from madoguchi.tickets.asking import answer, ask
from madoguchi.tickets.assigning import assign
from madoguchi.tickets.attaching import add_file, publish_file, remove_file, take_up, upload
from madoguchi.tickets.carrying import carry_draft
from madoguchi.tickets.closing import close, hold, reopen, set_status
from madoguchi.tickets.commenting import comment, delete_comment, edit_comment
from madoguchi.tickets.copying_in import (
    add_secondary_contacts,
    copy_in,
    drop_secondary_contact,
    set_secondary_contacts,
)
from madoguchi.tickets.drafting import discard_draft, drafts_of, save_draft
from madoguchi.tickets.editing import edit
from madoguchi.tickets.family import detach, relate
from madoguchi.tickets.family_replying import reply_to_children
from madoguchi.tickets.following import follow, unfollow
from madoguchi.tickets.forwarding import forward
from madoguchi.tickets.mergeable import MOST as MOST_MERGED
from madoguchi.tickets.merging import merge
from madoguchi.tickets.moving import move
from madoguchi.tickets.opening import open_ticket
from madoguchi.tickets.rating import rate, rate_by_link
from madoguchi.tickets.receiving import receive
from madoguchi.tickets.replying import reply
from madoguchi.tickets.retrying import retry
from madoguchi.tickets.sharing import Wish, set_shares, share, shares_of, unshare
from madoguchi.tickets.spamming import mark_spam, unmark_spam
from madoguchi.tickets.tagging import tag, untag
from madoguchi.tickets.timeline import timeline
from madoguchi.tickets.trashing import purge, purge_old, reason, restore, trash

__all__ = [
    "MOST_MERGED",
    "Wish",
    "add_file",
    "add_secondary_contacts",
    "answer",
    "ask",
    "assign",
    "carry_draft",
    "close",
    "comment",
    "copy_in",
    "delete_comment",
    "detach",
    "discard_draft",
    "drafts_of",
    "drop_secondary_contact",
    "edit",
    "edit_comment",
    "follow",
    "forward",
    "hold",
    "mark_spam",
    "merge",
    "move",
    "open_ticket",
    "publish_file",
    "purge",
    "purge_old",
    "rate",
    "rate_by_link",
    "reason",
    "receive",
    "relate",
    "remove_file",
    "reopen",
    "reply",
    "reply_to_children",
    "restore",
    "retry",
    "save_draft",
    "set_secondary_contacts",
    "set_shares",
    "set_status",
    "share",
    "shares_of",
    "tag",
    "take_up",
    "timeline",
    "trash",
    "unfollow",
    "unmark_spam",
    "unshare",
    "untag",
    "upload",
]
