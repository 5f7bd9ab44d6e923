"""The built-in CRM: leads, contacts and deals, under the customers."""
