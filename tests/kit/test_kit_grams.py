import re

from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kit import grams

JAPANESE = st.text("返金手続きのお願いｶﾞﾗｽ髙橋高ヶケ々ー株有", max_size=30)
MIXED = st.text("返金の 、。ab1-2ＡＢｶﾞ㈱髙橋\n", max_size=40)
ANYTHING = st.text(max_size=200)


def positions(text: str) -> dict[str, set[int]]:
    """A tsvector literal read back."""
    found = {}
    for token, places in re.findall(r"'([^']*)':([\d,A-D]+)", text):
        found[token] = {int(place.rstrip("ABC")) for place in places.split(",")}
    return found


def matches(text: str, asked: str) -> bool:
    """What PostgreSQL answers, by hand: every phrase stands somewhere, token after token."""
    there = positions(grams.vector([("D", text)]))

    def places(token: str, goes_on: bool) -> set[int]:
        return set().union(*(at for word, at in there.items() if word == token or (goes_on and word.startswith(token))))

    for phrase in grams.phrases(asked):
        at = places(*phrase[0])
        for token, goes_on in phrase[1:]:
            at = {place + 1 for place in at} & places(token, goes_on)
        if not at:
            return False
    return True


@given(JAPANESE, st.text("返金手続きのお願いガラス高橋ケ々ー", min_size=1, max_size=6))
def test_a_japanese_word_is_found_exactly_where_like_finds_it(text, word):
    assert matches(text, word) == (grams.fold(word) in grams.fold(text))


@given(MIXED, st.integers(0, 30), st.integers(1, 8))
def test_every_japanese_piece_of_a_text_is_found(text, start, length):
    folded = "".join(c for c in grams.fold(text) if c >= "\u3041")
    if piece := folded[start : start + length]:
        assert not set(piece) <= set(grams.fold(text)) or matches(text, " ".join(piece))


@given(ANYTHING)
def test_folding_twice_is_folding_once(text):
    assert grams.fold(grams.fold(text)) == grams.fold(text)


@given(ANYTHING)
def test_no_letter_of_any_script_is_lost(text):
    kept = "".join(grams.tokens(text))
    assert all(letter in kept for letter in grams.fold(text) if letter.isalnum())


@given(ANYTHING)
def test_a_query_holds_nothing_but_tokens_and_its_own_signs(text):
    bare = re.sub(r"'[^'\\]+'(:\*?A?)?", "x", grams.query(text, "A"))
    assert re.fullmatch(r"[x&()<\-> ]*", bare)


@given(ANYTHING, ANYTHING)
def test_a_snippet_is_made_of_pieces_of_the_text(text, asked):
    pieces = [piece for piece, _hit in grams.snippet(text, asked) if piece != "…"]
    plain = re.sub(r"\s+", " ", text)
    assert all(re.sub(r"\s+", " ", piece).strip() in plain for piece in pieces)


@given(st.text("あ返金ｶﾞ ㈱a\n", max_size=60), st.text("あ返金ガ株", min_size=1, max_size=3))
def test_what_is_marked_folds_to_what_was_asked(text, asked):
    marked = "".join(piece for piece, is_hit in grams.snippet(text, asked, length=500) if is_hit)
    assert bool(marked) == (grams.fold(asked) in grams.fold(text))
    if marked:
        assert grams.fold(asked)[0] in grams.fold(marked)


def test_variants_of_a_name_are_one():
    for asked, written in [
        ("高橋", "髙橋"),
        ("山崎", "山﨑"),
        ("吉野家", "𠮷野家"),
        ("渡辺", "渡邉"),
        ("神田", "神田"),
        ("塚本", "塚本"),
    ]:
        assert matches(written, asked) and matches(asked, written)


def test_the_ways_to_write_a_company_are_one():
    for written in ("㈱みどり商事", "(株)みどり商事", "（株）みどり商事", "株式会社みどり商事"):
        assert matches(written, "株式会社みどり") and matches(written, "㈱みどり商事") and matches(written, "みどり")


def test_half_width_and_full_width_are_one():
    assert matches("ｶﾞﾗｽのＡＢＣ", "ガラス abc") and matches("ガラス", "ｶﾞﾗｽ")


def test_selectors_and_invisible_letters_do_not_divide_a_word():
    assert matches("葛\U000e0100飾区", "葛飾区") and matches("返\u200b金", "返金")


def test_other_scripts_are_found():
    assert matches("สวัสดีครับ", "ดีครับ") and matches("مرحبا بالعالم", "بالعالم") and matches("Привет", "привет")
    assert matches("हिन्दी भाषा", "भाषा") and matches("환불 요청", "환불")


def test_a_query_as_it_is_typed():
    assert grams.query("返金") == "'返金'"
    assert grams.query("金") == "'金':*"
    assert grams.query("返金額") == "('返金' <-> '金額')"
    assert grams.query("#123") == "'123':*"
    assert grams.query("INV-2024-001") == "('inv' <-> '2024' <-> '001':*)"
    assert grams.query("a@b.example") == "('a' <-> 'b' <-> 'example')"
    assert grams.query('"refund order" 返金', "A") == "('refund':A <-> 'order':A) & '返金':A"
    assert grams.query("' & | ! <-> :* \x00 😀 \ud800") == ""
    assert len(grams.query("返" * 10_000)) < 2_000


def test_a_phrase_does_not_cross_sections():
    first = positions(grams.vector([("A", "返金"), ("D", "手続")]))
    assert max(first["金"]) + 1 < min(first["手続"])


def test_a_vector_keeps_within_the_limits_of_postgresql():
    there = positions(grams.vector([("D", "返金の手続き、" * 20_000)]))
    assert max(max(at) for at in there.values()) <= 16_383
    long = grams.vector([("D", "x" * 5_000 + " " + " ".join(f"{n:x}" * 400 for n in range(3_000)))])
    assert max(len(token.encode()) for token in positions(long)) <= 2_000 and len(long) < 1_000_000


def test_a_snippet_shows_the_first_hit_and_what_is_around_it():
    text = "はじめに。" * 30 + "ｶﾞﾗｽの㈱みどりへ返金\n\nします。" + "おわり。" * 80
    shown = grams.snippet(text, "ガラス 返金")
    assert [piece for piece, is_hit in shown if is_hit] == ["ｶﾞﾗｽ", "返金"]
    assert shown[0] == ("…", False) and shown[-1] == ("…", False)
    assert grams.snippet("短い", "なし") == [("短い", False)]
