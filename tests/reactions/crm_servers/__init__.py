"""CRMs on loopback, written from the facts of their documentation, that can be told to misbehave. Real HTTP, threads."""
