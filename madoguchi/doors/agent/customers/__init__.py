"""Customers: contacts, and the accounts they belong to."""
