import base64
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kit import crypt, paging, tokens

KEY = b"k" * 32


def test_a_reply_address_names_its_ticket():
    address = tokens.reply_address(KEY, "support@example.jp", 123)
    local, _, host = address.partition("@")
    assert local.startswith("support+t123-") and len(local) == len("support+t123-") + 10 and host == "example.jp"
    assert tokens.ticket_in(KEY, address) == 123
    assert tokens.ticket_in(KEY, f"Madoguchi <{address.upper()}>") == 123


def test_a_reply_address_cannot_be_made_up():
    address = tokens.reply_address(KEY, "support@example.jp", 123)
    assert tokens.ticket_in(KEY, address.replace("t123", "t124")) is None
    assert tokens.ticket_in(b"other", address) is None
    assert tokens.ticket_in(KEY, "support@example.jp") is None


def test_a_signature_is_for_one_purpose_only():
    signature = tokens.sign(KEY, "reply", "1", length=16)
    assert len(signature) == 16 and signature == signature.lower()
    assert tokens.check(KEY, "reply", "1", signature, length=16)
    assert not tokens.check(KEY, "invite", "1", signature, length=16)
    assert not tokens.check(KEY, "reply", "1", "é\ud800")


def test_secrets_are_long_and_their_digest_is_sha256():
    assert len(tokens.new_secret()) == 43 and tokens.new_secret() != tokens.new_secret()
    assert tokens.digest("a") == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"


def test_sealed_text_opens_with_its_key_only():
    sealed = crypt.seal(KEY, "パスワード")
    assert "パスワード" not in sealed and crypt.seal(KEY, "パスワード") != sealed
    assert crypt.unseal(KEY, sealed) == "パスワード"
    for key, text in ((b"other", sealed), (KEY, sealed[:-2]), (KEY, ""), (KEY, "あ")):
        with pytest.raises(ValueError):
            crypt.unseal(key, text)


@given(
    st.lists(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.datetimes(timezones=st.just(UTC)), max_size=5
    )
)
def test_a_cursor_gives_back_its_values(values):
    assert paging.decode(paging.encode(*values)) == tuple(values)


def test_a_cursor_keeps_japanese_text_and_times():
    values = ("山田", 1.5, datetime(2026, 11, 20, 1, 15, tzinfo=UTC), date(2026, 12, 31), Decimal("99999999999999.90"))
    assert paging.decode(paging.encode(*values)) == values


def _cursor(value: str) -> str:
    return base64.urlsafe_b64encode(f"[{value}]".encode()).decode()


@pytest.mark.parametrize(
    "rubbish",
    [
        "",
        "!!",
        "e30",
        "YQ",
        "W05hTl0",
        "W1tdXQ",
        "a" * 5000,
        "あ",
        paging.encode(2**64),
        paging.encode("\0"),
        _cursor('{"n":"NaN"}'),
        _cursor('{"n":"1e999999"}'),
        _cursor('{"n":1}'),
        _cursor('{"day":"2026-02-30"}'),
        _cursor('{"day":7}'),
    ],
)
def test_rubbish_is_no_cursor(rubbish):
    with pytest.raises(ValueError, match="not a cursor"):
        paging.decode(rubbish)


@given(st.text(max_size=60))
def test_no_text_breaks_a_cursor_in_another_way(text):
    try:
        assert isinstance(paging.decode(text), tuple)
    except ValueError as refused:
        assert str(refused) == "not a cursor"
