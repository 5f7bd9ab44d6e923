"""Who is meant by an @ in a comment."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kit.mentions import mentioned, pattern

NAMES = {1: "佐藤 健", 2: "佐藤 健一", 3: "Emily Carter", 4: "Emily Carter", 5: "山田", 6: "Jean-Luc O’Neil", 7: "Al"}


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("@佐藤 健 お願いします", {1}),
        ("@佐藤健さん、お願いします", {1}),
        ("＠佐藤　健さん", {1}),
        ("確認は@佐藤 健まで", {1}),
        ("@佐藤健一 さん", {2}),
        ("@佐藤 健 と @佐藤 健一", {1, 2}),
        ("@Emily Carter please", {3, 4}),
        ("＠ＥＭＩＬＹ ｃａｒｔｅｒさん", {3, 4}),
        ("(@emily carter)", {3, 4}),
        ("@Emily Carter, @Al.", {3, 4, 7}),
        ("@Jean-Luc O’Neil", {6}),
        ("@ 山田", {5}),
        ("@Emily\nCarter", set()),
        ("@Emily Carterson", set()),
        ("@Emily Carter-Smith", set()),
        ("@Alice", set()),
        ("info@山田", set()),
        ("al@al.example @al.example", set()),
        ("info＠山田.example", set()),
        ("佐藤 健さん", set()),
        ("@", set()),
        ("", set()),
    ],
)
def test_who_is_meant(text, who):
    assert mentioned(text, NAMES) == who


def test_a_name_may_hold_anything():
    assert mentioned("@(.*+ [a", {1: "(.*+ [a", 2: "  ", 3: ""}) == {1}


names = st.text(st.sampled_from("佐藤健一山 ab"), min_size=1, max_size=6).filter(str.strip)


@given(st.lists(names, min_size=1, max_size=6), st.data(), st.text(max_size=20))
def test_whoever_is_named_alone_is_meant_and_none_but_who_fits(known, data, before):
    people = dict(enumerate(known))
    pk = data.draw(st.sampled_from(list(people)))
    written = data.draw(st.sampled_from([people[pk], "".join(people[pk].split())]))
    found = mentioned(f"{before}\n@{written}\n", people)
    same = {n for n, name in people.items() if "".join(name.split()) == "".join(people[pk].split())}
    assert same <= found | mentioned(before, people)


@given(st.text(max_size=60), st.dictionaries(st.integers(), st.text(max_size=8), max_size=5))
def test_no_text_and_no_name_breaks_it(text, people):
    assert mentioned(text, people) <= set(people)


@given(st.text(string.ascii_letters + string.digits + "._%+-", min_size=1, max_size=10), names)
def test_a_mail_address_means_nobody(local, host):
    assert mentioned(f"{local}@{host}", {1: host}) == set()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@佐藤 健一 と＠佐藤　健さん", ["佐藤 健一", "佐藤　健"]),
        ("@EMILY carter, info@Al.", ["EMILY carter"]),
        ("@Emily Carterson @Alice", []),
    ],
)
def test_what_is_shown_as_a_mention_is_what_is_one(text, shown):
    mention = pattern(NAMES.values())
    assert mention is not None and [match[1] for match in mention.finditer(text)] == shown
    assert pattern(["", " "]) is None
