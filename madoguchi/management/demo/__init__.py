"""The demo desk: the seeds' stories, told through the same verbs and doors as real life."""
