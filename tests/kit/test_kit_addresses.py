import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kit import addresses
from madoguchi.kit.addresses import Address


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Yamada@Example.JP", "yamada@example.jp"),
        ("ｙａｍａｄａ＠ｅｘａｍｐｌｅ．ｊｐ", "yamada@example.jp"),
        ("山田 太郎 <yamada@example.jp>", "yamada@example.jp"),
        ("<mailto:yamada@example.jp>", "yamada@example.jp"),
        ("mailto:yamada@example.jp?subject=x", "yamada@example.jp"),
        ("'yamada@example.jp'", "yamada@example.jp"),
        ("ya\u200bma\u202eda@example.jp", "yamada@example.jp"),
        ("yamada@example.jp\r\nBcc: x", "yamada@example.jpbcc:x"),
        ("yamada@\x00example.jp.", "yamada@example.jp"),
        ("yamada@日本語。jp", "yamada@xn--wgv71a119e.jp"),
        ("nobody", "nobody"),
        ("", ""),
    ],
)
def test_spellings_of_one_address_fold_to_one_identity(written, folded):
    assert addresses.fold(written) == folded


@given(st.text(max_size=80) | st.emails())
def test_folding_twice_changes_nothing(text):
    assert addresses.fold(addresses.fold(text)) == addresses.fold(text)


def test_a_tag_and_a_domain_are_found_in_a_folded_address():
    assert addresses.without_tag("a+b+c@example.jp") == "a@example.jp"
    assert addresses.without_tag("a@example.jp") == "a@example.jp"
    assert addresses.without_tag("+x@example.jp") == "+x@example.jp"
    assert addresses.domain("a@example.jp") == "example.jp"
    assert addresses.domain("nobody") == ""


@pytest.mark.parametrize(
    "good", ["a@example.jp", "a..b.@docomo.ne.jp", "o'hara+x@a-b.example", "a@localhost", "あ@例え.jp"]
)
def test_addresses_that_exist_are_valid(good):
    assert addresses.is_valid(good)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "a",
        "@example.jp",
        "a@",
        "a@b",
        "a b@example.jp",
        "a@-x.jp",
        "a@x..jp",
        "a@example.jp\n",
        "a@b@c.jp",
        "a@x.jp\u200b",
    ],
)
def test_what_cannot_be_sent_to_is_not_valid(bad):
    assert not addresses.is_valid(bad)


def test_agents_may_separate_addresses_as_they_like():
    typed = '山田 <a@example.jp>、b@example.jp；"Sato, Ken" <c@example.jp>\nｄ＠example.jp,,'
    assert addresses.parse_list(typed) == [
        Address("山田", "a@example.jp"),
        Address("", "b@example.jp"),
        Address("Sato, Ken", "c@example.jp"),
        Address("", "d@example.jp"),
    ]


def test_the_entry_that_is_no_address_is_named():
    with pytest.raises(ValueError, match=r"^yamada$"):
        addresses.parse_list("a@example.jp, yamada, b@example.jp")


@given(st.text(max_size=60))
def test_typing_anything_gives_valid_addresses_or_a_refusal(text):
    try:
        found = addresses.parse_list(text)
    except ValueError:
        return
    assert all(addresses.is_valid(x.address) for x in found)


def test_addresses_are_shown_as_people_write_them():
    assert addresses.format(Address("山田 太郎", "a@example.jp")) == "山田 太郎 <a@example.jp>"
    assert addresses.format(Address("Sato, Ken", "a@example.jp")) == '"Sato, Ken" <a@example.jp>'
    assert addresses.format(Address("", "a@example.jp")) == "a@example.jp"
    assert Address("x", "A@Example.jp").folded == "a@example.jp"
