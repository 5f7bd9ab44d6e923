"""Amounts of money as people read them."""

from decimal import Decimal

SIGNS = {"JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "KRW": "₩"}


def written(amount: Decimal, currency: str) -> str:
    """¥3,480,000 · $1,200.50 · CHF 900; with a currency of '' the number alone. Cents only where there are some."""
    cents = "" if amount == amount.to_integral_value() else ".2f"
    number = format(abs(amount), f",{cents}" if cents else ",.0f")
    name = currency.upper()
    sign = SIGNS.get(name, f"{name} " if name else "")
    return f"{'-' if amount < 0 else ''}{sign}{number}"
