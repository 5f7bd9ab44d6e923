"""Count it. The figures of contacts and accounts: a ledger that is only added to, and folded now and then
(docs/decisions/0004, 0014)."""

from madoguchi.tally.counting import differing, figures, fill, hand_over, mend, put_in, recount, take_out
from madoguchi.tally.days import day_of, forget, month_of, today, zone
from madoguchi.tally.folding import fold, mark_folded
from madoguchi.tally.ledger import add_difference
from madoguchi.tally.measures import Figures, buckets_of, contribution, halved
from madoguchi.tally.steps import STEPS, bucket_of

__all__ = [
    "STEPS",
    "Figures",
    "add_difference",
    "bucket_of",
    "buckets_of",
    "contribution",
    "day_of",
    "differing",
    "figures",
    "fill",
    "fold",
    "forget",
    "halved",
    "hand_over",
    "mark_folded",
    "mend",
    "month_of",
    "put_in",
    "recount",
    "take_out",
    "today",
    "zone",
]
