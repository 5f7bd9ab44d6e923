"""Floor 5: the mail door. Fetch and store → read → decide → one verb (MAIL.md)."""
