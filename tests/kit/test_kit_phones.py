import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kit import phones


@pytest.mark.parametrize(
    "written",
    [
        "03-1234-5678",
        "０３－１２３４－５６７８",
        "+81 3 1234 5678",
        "+81 (0)3-1234-5678",
        "0081-3-1234-5678",
        "010-81-3-1234-5678",
        "(03)1234-5678 内線 12",
        "03ー1234ー5678 ext. 9",
        "81312345678",
    ],
)
def test_one_number_is_one_number_however_it_is_written(written):
    assert phones.fold(written) == "81312345678"


def test_other_countries_keep_their_code():
    assert phones.fold("+49 30 123456") == "4930123456"
    assert phones.fold("030 123456", country="49") == "4930123456"


@pytest.mark.parametrize("short", ["", "110", "内線 12345", "abc"])
def test_fewer_than_five_digits_are_no_number(short):
    assert phones.fold(short) == ""


@given(st.text(alphabet="0123456789+-() 内線x０１", max_size=30))
def test_folding_twice_changes_nothing(text):
    assert phones.fold(phones.fold(text)) == phones.fold(text)
