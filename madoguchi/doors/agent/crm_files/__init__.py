"""Files into the built-in CRM and out of it."""
