"""What can be found by its words: one row a ticket (its head) and one an entry, written with them (SPEC D11)."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from madoguchi.models.ticket import Ticket


class SearchDocument(models.Model):
    """The tokens of `kit.grams` as a tsvector.

    The id says how new it is and what it is of: 2 × entry + 1 of an entry; even of a ticket's head, beside its first
    entry. So filling an old desk later gives the same order. `department_id` follows the ticket; `is_public` is what the
    contact sees. Weights: A subject and number, B contact and account, C what only agents see, D text.
    New words wait in the index's pending list, which every search reads too, and are sorted in some twenty mails at a time.
    """

    id = models.BigIntegerField(primary_key=True)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    entry_id = models.BigIntegerField(null=True)
    department_id = models.BigIntegerField()
    is_public = models.BooleanField()
    vector = SearchVectorField()

    class Meta:
        indexes = [
            GinIndex(fields=["vector"], name="search_by_word", fastupdate=True, gin_pending_list_limit=256),
            models.Index(fields=["department_id", "-id"], name="search_by_department"),
        ]
