"""Rules of the form *when event, if criteria, then verbs* (docs/automation.md)."""
