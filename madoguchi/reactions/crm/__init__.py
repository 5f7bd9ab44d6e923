"""The CRM: which class a contact has, asked of the built-in one or of one over the network (SPEC C, docs/crm.md)."""
