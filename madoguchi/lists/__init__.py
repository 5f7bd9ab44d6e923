"""Floor 3: lists of tickets – views, their counts, and paging by keyset."""
