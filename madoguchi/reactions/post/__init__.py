"""Mail out: build, send, bounce (MAIL.md, outgoing). A mail is QUEUED, SENDING, then SENT, FAILED or UNCERTAIN."""
