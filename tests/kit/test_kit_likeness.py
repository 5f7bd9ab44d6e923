"""Likeness of matters by their words (SPEC M12)."""

from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kit.likeness import ALIKE, Features, features, likeness, rarity, shared
from tests.kit.likeness_pairs import PAIRS

SEED = ["メールの同期についての不具合", "メールのアカウントに関する問題", "新しいデバイスでメールを同期できない"]


def score(a: tuple[str, str], b: tuple[str, str]) -> float:
    return likeness(features(*a), features(*b))


def measured() -> tuple[float, float]:
    """(precision, recall) on the labelled pairs."""
    told = [(score(a, b) >= ALIKE, is_alike) for a, b, is_alike in PAIRS]
    right = sum(said and is_alike for said, is_alike in told)
    return right / sum(said for said, _ in told), right / sum(is_alike for _, is_alike in told)


def test_the_labelled_pairs_are_many_and_both_kinds():
    assert len(PAIRS) >= 60 and 0.4 < sum(alike for _a, _b, alike in PAIRS) / len(PAIRS) < 0.6


def test_precision_and_recall_on_the_labelled_pairs():
    precision, recall = measured()
    assert precision >= 0.9 and recall >= 0.9, (precision, recall)


def test_the_three_subjects_of_the_seed_are_alike():
    for i in range(3):
        for j in range(i):
            assert score((SEED[i], ""), (SEED[j], "")) >= ALIKE


def test_a_shared_order_number_weighs_more_than_words():
    same = score(("お願い", "注文 12345 の件"), ("配送について", "12345 はいつですか"))
    other = score(("返金", "注文 12345"), ("返金", "注文 67890"))
    assert same > 0.7 > ALIKE > other
    assert shared(features("返金の件", "注文 A-12345"), features("A-12345 の返金"))[:2] == ["a-12345", "返金"]


def test_greetings_dates_prices_and_phone_numbers_say_nothing():
    for text in (
        "いつもお世話になっております。よろしくお願いいたします。",
        "2024/06/11 10:30",
        "1,200円",
        "TEL 03-1234-5678",
        "Hello, thanks!",
    ):
        found = features(text)
        assert not found.marks and sum(found.subject.values()) < 0.7, (text, found)


def test_what_everybody_says_counts_less():
    many = [features(f"監視通知 サーバー{n} ディスク") for n in range(20)]
    rare = rarity(many)
    disk, memory = many[0], features("監視通知 サーバー3 メモリ不足")
    assert likeness(disk, memory, rare) < likeness(disk, memory)


texts = st.text(max_size=80) | st.sampled_from([side[0] for pair in PAIRS for side in pair[:2]])


@given(texts, texts, texts, texts)
def test_likeness_is_a_share_and_the_same_both_ways(a, b, c, d):
    one, two = features(a, c), features(b, d)
    there, back = likeness(one, two), likeness(two, one)
    assert 0 <= there <= 1 and abs(there - back) < 1e-9
    assert likeness(Features({}, {}, frozenset()), one) == 0
    assert len(shared(one, two)) <= 5


@given(texts)
def test_a_text_is_as_like_itself_as_anything(a):
    own = features(a)
    assert likeness(own, own) >= likeness(own, features(a + " 別の話 unrelated")) - 1e-9
