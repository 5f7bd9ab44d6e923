"""The shapes of answers for the OpenAPI document: key:type, and the tests hold every answer to them.

Types: s string · t time · b bool · n whole number · d number · o object · a array · x anything; with ? it may be null.
"""

from typing import Any

from madoguchi.doors.api.switches import SWITCHES

JSON = "application/json"
TYPES: dict[str, dict[str, Any]] = {
    "s": {"type": "string"},
    "t": {"type": "string", "format": "date-time"},
    "b": {"type": "boolean"},
    "n": {"type": "integer"},
    "d": {"type": "number"},
    "o": {"type": "object"},
    "a": {"type": "array"},
    "x": {},
}

TICKET_SCALARS = """id:s ticketNumber:s layoutId:s email:s? phone:s? subject:s status:s statusType:s createdTime:t
    category:s? language:s? subCategory:s? priority:s? channel:s dueDate:t? responseDueDate:t? commentCount:s
    threadCount:s closedTime:t? onholdTime:t? accountId:s? departmentId:s contactId:s productId:s? assigneeId:s?
    teamId:s? customerResponseTime:t isArchived:b source:o channelCode:x isSpam:b webUrl:s"""
TICKET_DETAILS = """modifiedTime:t resolution:s? sharedDepartments:a approvalCount:s isOverDue:b isTrashed:b
    isResponseOverdue:b classification:s? taskCount:s entitySkills:a customFields:o timeEntryCount:s
    channelRelatedInfo:x isDeleted:b modifiedBy:s? layoutDetails:o cf:o slaId:s? attachmentCount:s isEscalated:b"""
THREAD = """id:s channel:s canReply:b contentType:s hasAttach:b status:s summary:s? author:o attachmentCount:s
    sentiment:x aspects:x channelRelatedInfo:x respondedIn:s? lastRatingIconURL:x readReceipts:x impersonatedUser:x
    source:o isDescriptionThread:b keyWords:x visibility:s createdTime:t actions:a direction:s"""
MAIL = """to:s cc:s bcc:s fromEmailAddress:s? replyTo:s? isForward:b responderId:s? isContentTruncated:b
    fullContentURL:x"""
CONTACT = """id:s firstName:s? lastName:s accountCount:s email:s? secondaryEmail:s? mobile:s? phone:s? type:s?
    createdTime:t ownerId:s? accountId:s? zohoCRMContact:x isAnonymous:b isEndUser:b photoURL:s? isSpam:b webUrl:s
    customerHappiness:o"""
ACCOUNT = """id:s accountName:s email:s? website:s? phone:s? createdTime:t zohoCRMAccount:x webUrl:s
    customerHappiness:o"""
HOLIDAY_LIST = """id:s name:s status:s holidayListType:s year:n? hasJapaneseHolidays:b associatedBusinessHours:a
    createdTime:t modifiedTime:t? createdBy:s? modifiedBy:s?"""
AGENT_SHORT = "id:s firstName:s lastName:s emailId:s photoURL:s? roleId:s profileId:s zuid:s"

SPECS = {
    "TicketRow": f"{TICKET_SCALARS} sentiment:x relationshipType:s lastThread:o?",
    "Ticket": f"""{TICKET_SCALARS} {TICKET_DETAILS} sentiment:x description:s? secondaryContacts:a followerCount:s
        isFollowing:b createdBy:s? tagCount:s""",
    "TicketWritten": f"{TICKET_SCALARS} {TICKET_DETAILS} description:s? secondaryContacts:a",
    "Access": "agentCount:s agents:a contacts:a",
    "Notification": """id:s type:s message:s summary:s? ticketId:s ticketNumber:s subject:s threadId:s? createdTime:t
        readTime:t? webUrl:s""",
    "NotificationSettings": " ".join(f"{name}:b" for name in SWITCHES),
    "MergeTried": "isMergeable:b refusals:a ticket:o? mergedTicketIds:a",
    "ContactMergeTried": "isMergeable:b refusals:a contact:o? mergedIds:a ticketCount:s?",
    "AccountMergeTried": "isMergeable:b refusals:a account:o? mergedIds:a ticketCount:s?",
    "MergedTicket": """id:s ticketNumber:s subject:s? departmentId:s mergedTime:t mergedBy:o? viaTicketId:s? keptFields:a
        givenUp:o isRestored:b""",
    "ParentChild": """isEnabled:b closeChildrenWithParent:b closeParentOnlyAfterChildren:b
        closeParentWithChildren:b""",
    "BusinessHours": """id:s name:s type:s status:s timeZoneId:s timeZone:o businessTimes:a holidayListId:s?
        associatedHolidayList:o? holidayLists:a createdTime:t modifiedTime:t createdBy:s? modifiedBy:s?""",
    "HolidayListRow": HOLIDAY_LIST,
    "HolidayList": f"{HOLIDAY_LIST} holidays:a",
    "SlaSettings": "businessHoursId:s? targets:a asksForRatings:b",
    "AutomationRule": """id:s departmentId:s name:s isEnabled:b position:n events:a criteria:o actions:a createdTime:t
        modifiedTime:t modifiedBy:s?""",
    "AutomationRun": """id:s ruleId:s ruleName:s departmentId:s ticketId:s? ticketNumber:s? event:s outcome:s detail:s?
        time:t""",
    "SimilarTicket": "id:s ticketNumber:s subject:s score:x shared:a",
    "TicketFound": f"""{TICKET_SCALARS} {TICKET_DETAILS} sentiment:x relationshipType:s lastThread:o? contact:o
        assignee:o? department:o product:o? team:o? childTicketCount:s isRead:x""",
    "View": """id:s name:s viewName:s displayLabel:s sanitizedName:s isCustomView:b isLocked:b createdBy:s?
        deprecatedViewId:s?""",
    "ThreadRow": f"{THREAD} {MAIL}",
    "Thread": f"{THREAD} {MAIL} content:s attachments:a",
    "Comment": """id:s content:s contentType:s isPublic:b commenterId:s? commenter:o commentedTime:t modifiedTime:t?
        attachments:a mention:a""",
    "Conversation": "id:s type:s",
    "Attachment": "id:s name:s size:s href:s previewurl:s? createdTime:t creatorId:s? isPublic:b",
    "ContactRow": CONTACT,
    "Contact": f"""{CONTACT} layoutId:s facebook:s? twitter:s? city:s? country:s? state:s? street:s? zip:s?
        description:s? title:s? modifiedTime:t language:s? customFields:o cf:o layoutDetails:o isTrashed:b isDeleted:b
        isFollowing:b""",
    "AccountRow": ACCOUNT,
    "Account": f"""{ACCOUNT} layoutId:s fax:s? industry:s? annualrevenue:s? street:s? city:s? state:s? country:s?
        code:s? description:s? ownerId:s? associatedSLAIds:a modifiedTime:t customFields:o cf:o layoutDetails:o
        isTrashed:b isDeleted:b isFollowing:b""",
    "CrmPerson": """id:s lastName:s firstName:s? email:s? phone:s? mobile:s? accountName:s? title:s? description:s?
        ownerId:s? createdTime:t modifiedTime:t webUrl:s""",
    "CrmDeal": """id:s dealName:s contactId:s stage:s stageCategory:s amount:d? currency:s closingDate:s? description:s?
        ownerId:s? createdTime:t modifiedTime:t webUrl:s""",
    "CrmImport": """id:s? module:s fileName:s state:s rows:n done:n added:n changed:n errors:a createdTime:t endedTime:t?""",
    "ProductRow": "id:s productName:s productCode:s? unitPrice:s? departmentIds:a",
    "Product": """id:s productName:s productCode:s? unitPrice:s? departmentIds:a description:s? ownerId:s?
        productCategory:s? manufacturer:s? createdTime:t modifiedTime:t layoutId:s cf:o customFields:o isDeleted:b""",
    "DepartmentRow": """id:s name:s description:s? createdTime:t chatStatus:s nameInCustomerPortal:s creatorId:s?
        isEnabled:b isDefault:b isAssignToTeamEnabled:b isVisibleInCustomerPortal:b hasLogo:b sanitizedName:s""",
    "Department": """id:s name:s description:s? createdTime:t chatStatus:s nameInCustomerPortal:s creatorId:s?
        isEnabled:b isDefault:b isAssignToTeamEnabled:b isVisibleInCustomerPortal:b hasLogo:b sanitizedName:s
        associatedAgentIds:a""",
    "Agent": """zuid:s emailId:s isConfirmed:b status:s roleId:s firstName:s lastName:s phone:s mobile:s aboutInfo:s
        extn:s countryCode:s photoURL:s? rolePermissionType:s associatedDepartmentIds:a name:s timeZone:s id:s
        profileId:s channelExpert:a langCode:s cf:o associatedChatDepartmentIds:a isZiaAgent:b""",
    "AgentShort": AGENT_SHORT,
    "Role": """id:s name:s description:s? reportsTo:s? isDefault:b isVisible:b immediateSubRoles:a
        shareDataWithPeers:b""",
    "Team": """id:s name:s description:s? departmentId:s logoUrl:s? agents:a derivedAgents:a roles:a
        rolesWithSubordinates:a subTeams:a""",
    "Organization": """id:n companyName:s portalName:s portalURL:s edition:s isDefault:b isAdminInOrg:b
        primaryContact:s? phoneNumber:s? website:s? currencyCode:s currencySymbol:s currencyLocale:s employeeCount:s?
        city:s? state:s? zip:s? street:s? country:s? fax:s? mobile:s? alias:s? logoURL:s? faviconURL:s?
        isSandboxPortal:b isPayloadEncryptionEnabled:b""",
    "Tag": "id:s name:s tagType:s",
    "TagCounted": "id:s name:s tagType:s ticketCount:s",
    "Follower": "id:s firstName:s lastName:s email:s photoURL:s? following:s",
    "CustomerHistory": """eventTime:t operation:s ticketId:s? ticketNumber:s? subject:s? status:s? statusType:s? priority:s?
        dueDate:t? departmentId:s? recipients:a webUrl:s? author:o""",
    "History": "eventName:s eventTime:t source:s actor:o actorInfo:x eventInfo:a",
    "Metrics": """firstResponseTime:s? totalResponseTime:s? resolutionTime:s? onHoldTime:s business:o reassignCount:s outgoingCount:s
        threadCount:s responseCount:s reopenCount:s agentsHandled:a stagingData:a""",
    "Statistics": """firstResponseTime:x responseTime:x resolutionTime:x openTickets:s onholdTickets:s closedTickets:s
        overdueTickets:s escalatedTickets:s spamTickets:s totalTickets:s channelWiseCount:o customerHappiness:o""",
    "Resolution": "content:s? modifiedTime:t? author:o?",
    "MailAddress": """id:s address:s displayName:s departmentId:s isActive:b isDefault:b isVerified:b""",
    "Status": "id:s name:s displayLabel:s statusType:s isDefault:b position:n",
    "Field": "apiName:s displayLabel:s type:s isMandatory:b isCustomField:b allowedValues:a",
    "BinRow": """id:s moduleId:s displayName:s type:s departmentId:s? deletedById:s? deletedTime:t reason:s?""",
    "Found": "id:s module:s",
    "Count": "count:s",
    "CustomerHappiness": """id:s rating:s feedback:s ratedTime:t modifiedTime:t? source:s ticketId:s threadId:s contactId:s
        accountId:s? agentId:s? departmentId:s""",
    "CustomerHappinessSetup": "departmentId:s isEnabled:b question:s ratings:a ratableForDays:s changeableForDays:s",
    "LinkHolder": "linkHolder:s",
    "Object": "",
    "Result": "id:s success:b errors:o?",
    "Board": "columns:a",
    "BoardColumn": "key:s label:s count:n after:s? cards:a",
    "BoardCard": """id:s ticketNumber:s subject:s status:s statusType:s channel:s priority:s? createdTime:t dueDate:t?
        isOverDue:b waitingSince:t? contactId:s contact:o accountId:s? accountName:s? assigneeId:s? assigneeName:s?
        webUrl:s""",
}


def shape(spec: str) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for word in spec.split():
        name, _colon, kind = word.partition(":")
        found = dict(TYPES[kind[0]])
        if kind.endswith("?") and "type" in found:
            found["type"] = [found["type"], "null"]
        properties[name] = found
    return {"type": "object", "properties": properties, "required": list(properties)}


SHAPES = {name: shape(spec) for name, spec in SPECS.items()}
SHARED = shape("id:s name:s type:s")
SHARED["properties"] |= {"expiresAt": TYPES["t"], "reason": TYPES["s"]}  # ours, where set
for name in ("Ticket", "TicketWritten", "TicketFound"):
    SHAPES[name]["properties"]["sharedDepartments"]["items"] = SHARED
SHAPES["Access"]["properties"]["agents"]["items"] = shape(
    "reason:s type:s department:o? count:s lightAgentCount:s agents:a"
)
SHAPES["Access"]["properties"]["contacts"]["items"] = shape("reason:s count:s contacts:a")
CRM_CONTACT = {"type": ["object", "null"], "properties": shape("id:s type:s")["properties"], "required": ["id", "type"]}
for name in ("Contact", "ContactRow"):
    SHAPES[name]["properties"]["zohoCRMContact"] = CRM_CONTACT
TIMES = {"anyOf": [TYPES["s"], shape("mean:s? median:s? p90:s? count:s business:o formula:s")]}
for name in ("firstResponseTime", "responseTime", "resolutionTime"):
    SHAPES["Statistics"]["properties"][name] = TIMES
SHAPES["Metrics"]["properties"]["business"] = shape(
    "firstResponseTime:s? totalResponseTime:s? resolutionTime:s? onHoldTime:s"
)
SHAPES["Statistics"]["properties"]["channelWiseCount"] = {"type": "object", "additionalProperties": TYPES["s"]}
SHAPES["Statistics"]["properties"]["customerHappiness"] = shape("goodCount:s okCount:s badCount:s")
for name in ("ContactRow", "Contact", "AccountRow", "Account"):
    SHAPES[name]["properties"]["customerHappiness"] = shape("badPercentage:s okPercentage:s goodPercentage:s")
SHAPES["BoardCard"]["properties"]["contact"] = shape("id:s firstName:s? lastName:s email:s? phone:s? mobile:s?")
SHAPES["BoardCard"]["properties"]["contact"]["properties"]["zohoCRMContact"] = CRM_CONTACT
SHAPES["BoardColumn"]["properties"]["cards"]["items"] = SHAPES["BoardCard"]
SHAPES["Board"]["properties"]["columns"]["items"] = SHAPES["BoardColumn"]
SHAPES["TicketMerged"] = {"anyOf": [SHAPES["TicketWritten"], SHAPES["MergeTried"]]}
SHAPES["ContactMerged"] = {"anyOf": [SHAPES["Contact"], SHAPES["ContactMergeTried"]]}
SHAPES["AccountMerged"] = {"anyOf": [SHAPES["Account"], SHAPES["AccountMergeTried"]]}
SLOT = shape("startTime:s endTime:s")
SHAPES["BusinessHours"]["properties"]["businessTimes"]["items"] = shape("day:s startTime:s endTime:s timeSlots:a")
SHAPES["BusinessHours"]["properties"]["businessTimes"]["items"]["properties"]["timeSlots"]["items"] = SLOT
SHAPES["HolidayList"]["properties"]["holidays"]["items"] = shape("from:s to:s holidayName:s year:n?")
SHAPES["SlaSettings"]["properties"]["targets"]["items"] = shape(
    "priority:s? firstResponseSeconds:n? resolutionSeconds:n? isByClock:b"
)
SHAPES["Error"] = {
    "type": "object",
    "required": ["errorCode", "message"],
    "properties": {
        "errorCode": {"type": "string"},
        "message": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["fieldName", "errorType", "errorMessage"],
                "properties": {
                    "fieldName": {"type": "string"},
                    "errorType": {"enum": ["missing", "invalid", "duplicate"]},
                    "errorMessage": {"type": "string"},
                },
            },
        },
    },
}
ERRORS = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED, INVALID_OAUTH",
    403: "FORBIDDEN",
    404: "URL_NOT_FOUND",
    409: "CONFLICT (Idempotency-Key)",
    413: "RESOURCE_SIZE_EXCEEDED",
    422: "INVALID_DATA, UNPROCESSABLE_ENTITY, EMPTY_PAYLOAD",
    429: "THRESHOLD_EXCEEDED",
}


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _listed(name: str, key: str, counted: bool) -> dict[str, Any]:
    properties: dict[str, Any] = {key: {"type": "array", "items": _reference(name)}}
    if counted:
        properties["count"] = {"type": "integer"}
    return {"type": "object", "properties": properties, "required": list(properties)}


def responses(gives: str, status: int) -> dict[str, Any]:
    """`Ticket` one · `Tag[]` {"data"}, 204 if empty · `Tag[tags]` another key, never 204 · `TicketFound[]#` counted.

    `file` is the bytes of a file; `Result[]?` is results, or 204 where all went well.
    """
    found: dict[int, Any] = {}
    for code, name in ERRORS.items():
        found[code] = {"description": name, "content": {JSON: {"schema": _reference("Error")}}}
    if gives == "file":
        found[200] = {"description": "OK", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
    elif "[" in gives:
        name, _bracket, rest = gives.partition("[")
        key = rest.partition("]")[0]
        schema = _listed(name, key or "data", gives.endswith("#"))
        found[200] = {"description": "OK", "content": {JSON: {"schema": schema}}}
        if not key or gives.endswith("?"):
            found[204] = {"description": "No Content"}
    elif gives:
        found[status] = {"description": "OK", "content": {JSON: {"schema": _reference(gives)}}}
        if gives in ("Thread",):
            found[204] = {"description": "No Content"}
    return {"responses": found}
