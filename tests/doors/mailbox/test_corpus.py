"""Every foreign mail of the corpus through the whole path: none crashes, none is lost, none takes too long."""

import time
from collections import Counter
from pathlib import Path

import pytest

from madoguchi import tally
from madoguchi.doors.mailbox import intake, store
from madoguchi.jobs.reader import SECONDS, reader
from madoguchi.models import InboundMail

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
NO_MAIL = {".json", ".md", ".toml"}


def corpus() -> list[Path]:
    return sorted(
        path
        for path in CORPUS.rglob("*")
        if path.is_file() and path.suffix not in NO_MAIL and not path.name.startswith(("LICENSE", "COPYING"))
    )


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of foreign mails is not beside the project")
def test_every_mail_of_the_corpus_ends_as_exactly_one_decision(cast):
    slowest = ("", 0.0)
    files = corpus()
    for path in files:
        stored = store.store(cast.support_box, path.read_bytes())
        start = time.monotonic()
        intake.take_in(stored.pk, reader())
        slowest = max(slowest, (path.name, time.monotonic() - start), key=lambda pair: pair[1])
    assert len(files) > 900
    decided = Counter(InboundMail.objects.values_list("decision", flat=True))
    assert decided[""] == 0 and sum(decided.values()) == len(files)
    assert list(InboundMail.objects.filter(reason="error").values_list("detail", flat=True)) == []
    assert decided["entry"] == InboundMail.objects.filter(entry__isnull=False).count()
    assert slowest[1] < 2 * SECONDS, slowest
    assert tally.figures() == tally.recount()
