"""Mails nobody here wrote. Skipped where the corpus is absent."""

import json
import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from madoguchi.kit.letters import parse
from madoguchi.kit.letters.sandbox import Reader

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus beside the project")
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (s for pair in value.items() for s in pair)
    elif isinstance(value, tuple):
        yield from (s for item in value for s in strings(item))
    elif is_dataclass(value):
        yield from (s for f in fields(value) for s in strings(getattr(value, f.name)))


def test_every_foreign_mail_is_read_within_the_limits_and_can_be_stored():
    mails = sorted(CORPUS.rglob("*.eml"))
    assert len(mails) == 1047
    with Reader(seconds=2.0) as reader:
        for path in mails:
            letter = reader.read(path.read_bytes())
            assert not [s for s in strings(letter) if UNSTORABLE.search(s)], path
            assert (
                letter.text or letter.html or letter.parts or letter.subject or letter.from_
            ) or path.stat().st_size < 400, path


def test_bounces_of_eighty_mail_systems_are_recognised():
    mails = [parse(p.read_bytes()) for p in sorted((CORPUS / "sisimai/maildir/bsd").glob("*.eml"))]
    bounces = [m.bounce for m in mails if m.bounce]
    assert len(bounces) >= 590
    assert sum(bool(b.original_message_ids) for b in bounces) >= 520
    assert sum(bool(b.recipient) for b in bounces) >= 565
    assert sum(not m.automatic for m in mails) <= 14


# These read raw Latin-1 where the expectation holds U+FFFD, or break the rules of MIME in a way of their own.
DIFFERENT = {
    "subject": {"legacy/010", "legacy/020", "legacy/022", "legacy/027", "legacy/052"},
    "text": {
        *("legacy/033", "legacy/049", "legacy/052", "thirdparty/008"),
        *(f"malformed/{n}" for n in ("001", "005", "007", "008", "009", "011", "020", "021")),
    },
}


def expected(path):
    plain = json.loads(path.with_suffix(".json").read_text())
    heads = {h["name"]: h["value"] for h in reversed(plain["parts"][0]["headers"]) if isinstance(h["name"], str)}
    subject, from_ = heads.get("subject"), heads.get("from")
    bodies = [plain["parts"][i]["body"] for i in plain["text_body"]]
    boxes = from_.get("Address", {}).get("List") if isinstance(from_, dict) else None
    return {
        "subject": subject["Text"] if isinstance(subject, dict) and "Text" in subject else None,
        "from": (boxes[0].get("name") or "") + boxes[0]["address"] if boxes and boxes[0].get("address") else None,
        "text": bodies[0]["Text"] if len(bodies) == 1 and "Text" in bodies[0] else None,
    }


def squeezed(text):
    return re.sub(r"\s+", "", text)


def test_the_expectations_of_stalwart_are_met():
    compared = 0
    for path in sorted((CORPUS / "stalwart").rglob("*.eml")):
        letter = parse(path.read_bytes())
        got = {"subject": letter.subject, "text": letter.text}
        got["from"] = letter.from_.name + letter.from_.address if letter.from_ else ""
        for what, value in expected(path).items():
            if value is not None and f"{path.parent.name}/{path.stem}" not in DIFFERENT.get(what, ()):
                assert squeezed(got[what]) == squeezed(value), (path, what)
                compared += 1
    assert compared > 200
