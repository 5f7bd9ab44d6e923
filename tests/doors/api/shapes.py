"""The keys of answers, as the contract lists them (API B2, B4, B6), written out once more by hand."""

LIST_ROW = set(
    """id ticketNumber layoutId email phone subject status statusType createdTime category language subCategory priority
    channel dueDate responseDueDate commentCount sentiment threadCount closedTime onholdTime accountId departmentId
    contactId productId assigneeId teamId relationshipType lastThread customerResponseTime isArchived source channelCode
    isSpam webUrl""".split()
)
FULL = (LIST_ROW - {"relationshipType", "lastThread"}) | set(
    """modifiedTime resolution sharedDepartments approvalCount isOverDue isTrashed isResponseOverdue secondaryContacts
    classification taskCount entitySkills customFields description timeEntryCount channelRelatedInfo isDeleted
    modifiedBy followerCount layoutDetails isFollowing cf slaId createdBy tagCount attachmentCount isEscalated""".split()
)
WRITTEN = FULL - {"sentiment", "followerCount", "isFollowing", "createdBy", "tagCount"}
NESTED = {"contact", "assignee", "department", "product", "team"}
THREAD = set(
    """id channel canReply contentType hasAttach status summary author attachmentCount sentiment aspects
    channelRelatedInfo respondedIn lastRatingIconURL readReceipts impersonatedUser source isDescriptionThread keyWords
    visibility createdTime actions direction""".split()
)
MAIL = set("to cc bcc fromEmailAddress replyTo isForward responderId isContentTruncated fullContentURL".split())
AUTHOR = set("id name email photoURL type firstName lastName".split())
COMMENT = set(
    """id content contentType isPublic commenterId commenter commentedTime modifiedTime attachments mention""".split()
)
COMMENTER = set("name firstName lastName email roleName photoURL type".split())
ATTACHMENT = set("id name size href previewurl createdTime creatorId isPublic".split())
CONTACT = set(
    """id firstName lastName accountCount email secondaryEmail mobile phone type createdTime ownerId accountId
    zohoCRMContact isAnonymous isEndUser photoURL isSpam webUrl customerHappiness""".split()
)
CONTACT_FULL = CONTACT | set(
    """layoutId facebook twitter city country state street zip description title modifiedTime language customFields cf
    layoutDetails isTrashed isDeleted isFollowing""".split()
)
ACCOUNT = set("id accountName email website phone createdTime zohoCRMAccount webUrl customerHappiness".split())
AGENT = set(
    """zuid emailId isConfirmed status roleId firstName lastName phone mobile aboutInfo extn countryCode photoURL
    rolePermissionType associatedDepartmentIds name timeZone id profileId channelExpert langCode cf
    associatedChatDepartmentIds isZiaAgent""".split()
)
DEPARTMENT = set(
    """id name description createdTime chatStatus nameInCustomerPortal creatorId isEnabled isDefault
    isAssignToTeamEnabled isVisibleInCustomerPortal hasLogo sanitizedName""".split()
)
