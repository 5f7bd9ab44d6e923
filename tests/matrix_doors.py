"""What each page and each route about a ticket does, in the seed's words: which verb it takes to get through.

A line is (method, what is sent, verb). Verbs as in tests/matrix.py; `{name}` is filled in from the stage. Every page and
route is either here or among those that are about no single ticket.
"""

from typing import Any

Line = tuple[str, dict[str, Any] | None, str]

PAGES: dict[str, list[Line]] = {
    "ticket": [("get", None, "read"), ("get", {"edit": "status"}, "read"), ("get", {"compose": "reply"}, "read")],
    "ticket_history": [("get", None, "read")],
    "ticket_access": [("get", None, "read")],
    "ticket_similar": [("get", None, "read")],
    "ticket_resolution": [("get", None, "read"), ("post", {"text": "済", "seen": ""}, "edit")],
    "ticket_replies": [
        ("post", {"body": "返信"}, "reply"),
        ("post", {"body": "完", "then": "{closed_id}"}, "reply+set_status"),
    ],
    "board_reply": [
        ("post", {"body": "返信"}, "reply"),
        ("post", {"body": "完", "then": "{closed_id}"}, "reply+set_status"),
    ],
    "board_response": [("post", {"body": "途中"}, "reply")],
    "board_closure": [("post", {}, "set_status")],
    "board_place": [("post", {"to": "Urgent", "seen": ""}, "edit")],
    "ticket_comments": [
        ("post", {"body": "所見"}, "comment_private"),
        ("post", {"body": "公開", "public": "1"}, "comment_public"),
    ],
    "ticket_comment": [
        ("post", {"body": "改"}, "comment_of:owner"),
        ("post", {"_method": "DELETE"}, "comment_of:owner"),
    ],
    "ticket_mentions": [("get", None, "comment_private")],
    "ticket_forwards": [("post", {"body": "転送", "to": "bank@payments.example"}, "forward")],
    "entry_html": [("get", None, "read")],
    "entry_retries": [("post", {}, "reply")],
    "ticket_draft": [
        ("post", {"mode": "note", "body": "途中"}, "comment_private"),
        ("post", {"mode": "forward", "body": "途中"}, "forward"),
        ("post", {"mode": "reply", "body": "途中"}, "reply"),
        ("delete", {"mode": "note"}, "read"),
    ],
    "ticket_responses": [("get", None, "read")],
    "ticket_response": [("get", None, "read")],
    "ticket_composer": [("post", {"mode": "note", "response": "{response}"}, "read")],
    "ticket_closure": [("post", {}, "set_status"), ("delete", None, "set_status")],
    "ticket_status": [("post", {"value": "{progress_id}", "seen": "{status_id}"}, "set_status")],
    "ticket_assignment": [
        ("post", {"field": "assignee", "value": "", "seen": "{owner_id}"}, "assign"),
        ("post", {"field": "team", "value": "{team_id}", "seen": ""}, "assign"),
    ],
    "ticket_properties": [("post", {"field": "priority", "value": "Urgent", "seen": "{priority}"}, "edit")],
    "ticket_tags": [("post", {"value": "新"}, "tag"), ("post", {"_method": "DELETE", "value": "札"}, "tag")],
    "ticket_copies": [
        ("post", {"value": "new@kita.example"}, "edit"),
        ("post", {"_method": "DELETE", "value": "1"}, "edit"),
    ],
    "ticket_followers": [("post", {}, "follow"), ("delete", None, "follow")],
    "ticket_department": [("post", {"value": "{department_id}"}, "move")],
    "ticket_merges": [("get", None, "merge"), ("post", {"with": "{twin}"}, "merge")],
    "ticket_shares": [
        ("get", None, "share"),
        ("post", {"rows": "1", "new-0-department": "{department_id}", "new-0-level": "3"}, "share"),
    ],
    "ticket_share": [("delete", None, "share"), ("post", {"_method": "DELETE"}, "share")],
    "ticket_children": [
        ("get", None, "read"),
        ("post", {"with": "{twin}"}, "relate"),
        ("post", {"_method": "DELETE", "with": "{child}"}, "relate"),
    ],
    "new_children": [("get", None, "relate")],
    "ticket_child_replies": [("get", None, "read")],
    "ticket_spam": [("post", {}, "mark_spam"), ("delete", None, "mark_spam")],
    "ticket_presence": [
        ("get", None, "read"),
        ("post", {"doing": "typing"}, "read"),
        ("post", {"doing": "gone"}, "read"),
    ],
    "ticket_bin": [("post", {}, "trash"), ("delete", None, "restore")],
    "file": [("get", None, "read")],
    "new_merge": [("get", {"tickets": "{number},{twin}"}, "merge")],
    "merges": [("post", {"tickets": "{number},{twin}"}, "merge")],
    "read_notifications": [("post", {"ticket": "{number}"}, "read")],
    "help_ticket": [("get", None, "contact/read")],
    "help_replies": [("post", {"text": "追伸"}, "contact/receive")],
    "help_closure": [("post", {}, "contact/close")],
    "help_file": [("get", None, "contact/read")],
    "help_rating": [("post", {"rating": "good"}, "contact/rate")],
    "restore": [("post", {"ids": "{ticket_id}"}, "restore")],
    "purge": [("post", {"ids": "{ticket_id}", "sure": "1"}, "purge")],
}
# (what `do` says, verb): one action on all ticked tickets. Whether anything was changed is what counts.
BULK = [
    ("close", "set_status"),
    ("status:{progress_id}", "set_status"),
    ("assign:", "assign"),
    ("priority:Urgent", "edit"),
    ("tag", "tag"),
    ("untag", "tag"),
    ("move:{department_id}", "move"),
    ("spam", "mark_spam"),
    ("trash:sure", "trash"),
]
# Pages that show no single ticket; what lists among them show is the matter of `LISTS`.
NO_TICKET = set(
    "bulk tickets home search suggestions commands notifications newest_notifications outbox quarantine recycle_bin view_counts"
    " board work_mode board_changes board_sample board_sample_reply board_sample_closure board_samples_removal"
    " custom_view contacts contacts_export contact accounts accounts_export account list_columns new_view new_ticket shortcuts profile theme language"
    " switch_department live health first_run setup company localisation departments new_department department do_department"
    " agents new_agent agent invite_agent do_agent teams new_team team delete_team roles new_role role delete_role statuses"
    " new_status status do_status products new_product product delete_product responses new_response response delete_response"
    " custom_fields new_custom_field custom_field move_custom_field mailboxes new_mailbox mailbox default_mailbox test_mailbox"
    " received_mail received_raw release_mail sent_mail sent_html retry_mail api_tokens revoke_token new_contact edit_contact"
    " contact_bin contact_merge contact_export account_export new_account edit_account my_notifications notification_rules"
    " hours new_hours one_hours do_hours promises recount_times new_holidays holidays put_holiday remove_holiday paste_holidays do_holidays"
    " contact_activity contact_tickets contact_ratings contact_notes contact_note contact_deals account_bin account_merge"
    " account_contacts account_activity account_tickets account_ratings account_notes account_note account_deals"
    " ticket_settings family_settings rules new_rule rule_log rule log_of_rule do_rule"
    " crm_import crm_import_file crm_import_columns crm_import_start crm_import_give_up crm_export crm_import_template"
    " crm crm_leads crm_contacts crm_deals crm_person crm_deal new_crm_lead new_crm_contact new_crm_deal edit_crm_person convert_crm_lead delete_crm_person edit_crm_deal crm_deal_stage delete_crm_deal"
    " crm_stages new_crm_stage crm_stage do_crm_stage"
    " crm_settings crm_builtin crm_zoho crm_consent crm_consent_again crm_hubspot end_crm do_crm crm_webhook"
    " help help_sign_in help_sent help_link help_sign_out help_language help_profile help_password help_new help_rate help_rate_as".split()
)
# allauth's own
FOREIGN = (
    *("account_login", "account_logout", "account_signup", "account_email", "account_confirm", "account_reset"),
    *("account_change_password", "account_set_password", "account_reauthenticate", "account_inactive", "mfa_"),
)

V1 = "/api/v1"
TICKET = f"{V1}/tickets/{{ticket_id}}"
FORWARD = {"channel": "EMAIL", "isForward": True, "content": "転送", "fromEmailAddress": "support@demo.example"}
API: dict[str, list[Line]] = {
    f"GET {TICKET}": [("get", None, "read"), ("get?include=contacts,assignee,departments", None, "read")],
    f"GET {TICKET}/History": [("get", None, "read")],
    f"GET {TICKET}/access": [("get", None, "read")],
    f"GET {TICKET}/attachments": [("get", None, "read")],
    f"GET {TICKET}/attachments/{{attachment_id}}/content": [("get", None, "read")],
    f"GET {TICKET}/childTickets": [("get", None, "read")],
    f"GET {TICKET}/comments": [("get", None, "read")],
    f"GET {TICKET}/comments/{{comment_id}}": [("get", None, "read")],
    f"GET {TICKET}/comments/{{entry_id}}/attachments/{{attachment_id}}/content": [("get", None, "read")],
    f"GET {TICKET}/conversations": [("get", None, "read")],
    f"GET {TICKET}/followers": [("get", None, "read")],
    f"GET {TICKET}/latestThread": [("get", None, "read")],
    f"GET {TICKET}/mergedTickets": [("get", None, "read")],
    f"GET {TICKET}/metrics": [("get", None, "read")],
    f"GET {TICKET}/resolution": [("get", None, "read")],
    f"GET {TICKET}/similarTickets": [("get", None, "read")],
    f"GET {TICKET}/tags": [("get", None, "read")],
    f"GET {TICKET}/threads": [("get", None, "read")],
    f"GET {TICKET}/threads/{{entry_id}}/attachments/{{attachment_id}}/content": [("get", None, "read")],
    f"GET {TICKET}/threads/{{thread_id}}": [("get", None, "read")],
    f"DELETE {TICKET}/attachments/{{attachment_id}}": [("delete", None, "edit")],
    f"DELETE {TICKET}/childTickets": [("delete", {"ids": ["{child_id}"]}, "relate")],
    f"DELETE {TICKET}/comments/{{comment_id}}": [("delete", None, "comment_of:owner")],
    f"DELETE {TICKET}/resolution": [("delete", None, "edit")],
    f"PATCH {TICKET}": [
        ("patch", {"subject": "改"}, "edit"),
        ("patch", {"dueDate": "2030-01-01T00:00:00.000Z"}, "edit"),
        ("patch", {"contactId": "{contact_id}"}, "edit"),
        ("patch", {"secondaryContacts": ["{other_contact_id}"]}, "edit"),
        ("patch", {"status": "Closed"}, "set_status"),
        ("patch", {"subject": "改", "status": "Closed"}, "edit+set_status"),
        ("patch", {"assigneeId": None}, "assign"),
        ("patch", {"teamId": "{team_id}"}, "assign"),
        ("patch", {"departmentId": "{department_id}"}, "move"),
        ("patch", {"departmentId": "{read_department_id}"}, "move"),
        ("patch", {"parentTicket": None}, "relate"),
        ("patch", {"sharedDepartments": []}, "share"),
        ("patch", {"sharedDepartments": [{"id": "{department_id}", "type": "READ_ONLY"}]}, "share"),
        ("patch", {"sharedDepartments": [{"id": "{read_department_id}", "type": "READ_WRITE"}]}, "share"),
    ],
    f"PATCH {TICKET}/attachments/{{attachment_id}}": [("patch", {"isPublic": True}, "edit")],
    f"PATCH {TICKET}/comments/{{comment_id}}": [("patch", {"content": "改"}, "comment_of:owner")],
    f"PATCH {TICKET}/resolution": [("patch", {"content": "済"}, "edit")],
    f"POST {TICKET}/addFollowers": [("post", {"followerIds": ["{owner_id}"]}, "follow")],
    f"POST {TICKET}/removeFollowers": [("post", {"followerIds": ["{agent_id}"]}, "follow")],
    f"POST {TICKET}/associateTag": [("post", {"tags": ["新"]}, "tag")],
    f"POST {TICKET}/dissociateTag": [("post", {"tags": ["札"]}, "tag")],
    f"POST {TICKET}/attachments": [("file", None, "edit")],
    f"POST {TICKET}/childTickets": [("post", {"ids": ["{twin_id}"]}, "relate")],
    f"POST {TICKET}/childTickets/reply": [("post", {"content": "一斉", "ids": ["{child_id}"]}, "read")],
    f"POST {TICKET}/comments": [
        ("post", {"content": "所見"}, "comment_private"),
        ("post", {"content": "公開", "isPublic": True}, "comment_public"),
    ],
    f"POST {TICKET}/merge": [
        ("post", {"ids": ["{twin_id}"]}, "merge"),
        ("post?dryRun=true", {"ids": ["{twin_id}"]}, "merge"),
    ],
    f"POST {TICKET}/move": [("post", {"departmentId": "{department_id}"}, "move")],
    f"POST {TICKET}/resendFailedThread": [
        ("post?threadId={reply_id}", {}, "reply"),
        ("post?threadId={forward_id}", {}, "forward"),
    ],
    f"POST {TICKET}/sendReply": [
        ("post", {"channel": "EMAIL", "content": "返信", "fromEmailAddress": "support@demo.example"}, "reply"),
        ("post", {**FORWARD, "to": "bank@payments.example"}, "forward"),
        ("post", {**FORWARD, "to": "bank@payments.example", "ticketStatus": "Closed"}, "forward+set_status"),
    ],
    f"POST {V1}/closeTickets": [("post", {"ids": ["{ticket_id}"]}, "set_status")],
    f"POST {V1}/tickets/markSpam": [("post", {"ids": ["{ticket_id}"], "isSpam": True}, "mark_spam")],
    f"POST {V1}/tickets/moveToTrash": [("post", {"ticketIds": ["{ticket_id}"]}, "trash")],
    f"POST {V1}/tickets/updateMany": [
        ("post", {"ids": ["{ticket_id}"], "fieldName": "priority", "fieldValue": "Low"}, "edit"),
        ("post", {"ids": ["{ticket_id}"], "fieldName": "status", "fieldValue": "Closed"}, "set_status"),
        ("post", {"ids": ["{ticket_id}"], "fieldName": "assigneeId", "fieldValue": None}, "assign"),
        ("post", {"ids": ["{ticket_id}", "{twin_id}"], "fieldName": "category", "fieldValue": "x"}, "edit"),
    ],
    f"POST {V1}/recycleBin/restore": [("post", {"ids": ["{ticket_id}1"]}, "restore")],  # 1: of the module tickets
    f"POST {V1}/recycleBin/delete": [("post", {"ids": ["{ticket_id}1"]}, "purge")],
}
# Of these the department or the organisation is asked, not the ticket; what lists among them show: `LISTS`.
OF_NO_TICKET = set(
    "accessibleOrganizations accounts agents agentsByIds associatedTickets automationRules automationRuns board businessHours contacts crm customerHappiness customerHappinessLinkHolder customerHappinessSetup departments departmentsByIds fields holidayList"
    " lastAccessedView mailReplyAddress myinfo notifications organizations products recycleBin roles search supportEmailAddress tags teams"
    " ticketQueueView ticketStatuses ticketTags ticketsCount ticketsCountByFieldValues tickets uploads views".split()
)

# Where a ticket may turn up: the address, and for whom. `own`: who works in its department, and administrators there.
# `sees`: whoever may read it. `shared`: the receivers alone. `leads`: straight to it. The rest only to whom it is told, of
# those who may read it.
LISTS: dict[str, tuple[str, str]] = {
    "the usual view": ("/tickets/", "own"),
    "all": ("/tickets/?view=all", "own"),
    "mine": ("/tickets/?view=mine", "assignee"),
    "the shared view": ("/tickets/?view=shared", "shared"),
    "its number in the list": ("/tickets/?q=%23{number}", "leads"),
    "its number in the search": ("/search?q=%23{number}", "leads"),
    "search": ("/search?q={secret}", "sees"),
    "search of messages": ("/search?q={secret}&in=messages", "sees"),
    "suggestions": ("/search/suggestions?q={secret}", "sees"),
    "suggestions of a number": ("/search/suggestions?q={number}", "leads"),
    "its commands": ("/commands?ticket={number}", "commands"),
    "its contact": ("/contacts/{contact_id}/tickets", "own"),
    "what was done for its contact": ("/contacts/{contact_id}/activity", "own"),
    "the tickets of its contact": ("/contacts/{contact_id}/tickets", "own"),
    "API history of the contact": ("/api/v1/contacts/{contact_id}/history", "own"),
    "home": ("/", "any of its own"),
    "the bell": ("/notifications/newest", "told"),
    "notifications": ("/notifications/", "told"),
    "unread notifications": ("/notifications/?show=unread", "told"),
    "API list": ("/api/v1/tickets", "own"),
    "API list of the contact": ("/api/v1/contacts/{contact_id}/tickets", "own"),
    "API search": ("/api/v1/search?searchStr={secret}", "sees"),
    "API search of tickets": ("/api/v1/tickets/search?subject={secret}*", "sees"),
    "API of what is shared in": ("/api/v1/associatedTickets", "told"),
    "API of what is shared out": ("/api/v1/associatedTickets?isShared=true", "told"),
    "API notifications": ("/api/v1/notifications", "told"),
    "API of the tag": ("/api/v1/tags/{tag_id}/tickets", "own"),
    "API board": ("/api/v1/board?mode=status", "own"),
    "API board of another mode": ("/api/v1/board?mode=assignee", "own"),
}
