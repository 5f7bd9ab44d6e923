"""Floor 5: REST under /api/v1, wire-compatible with Zoho Desk (SPEC A1). Parse → one verb → present."""
