from decimal import Decimal

import pytest

from madoguchi.kit.money import written


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("3480000", "JPY", "¥3,480,000"),
        ("3480000.00", "jpy", "¥3,480,000"),
        ("1200.5", "USD", "$1,200.50"),
        ("-99.999", "EUR", "-€100.00"),
        ("900", "CHF", "CHF 900"),
        ("1234567", "", "1,234,567"),
        ("0", "JPY", "¥0"),
    ],
)
def test_amounts_are_written_as_people_read_them(amount, currency, text):
    assert written(Decimal(amount), currency) == text
