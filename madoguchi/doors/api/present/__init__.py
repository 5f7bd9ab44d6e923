"""From rows to the dicts of the wire contract, one noun a file. No rules and no queries of their own."""
