"""What leads, contacts and deals hold: tidied and checked, all that is wrong told at once."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from babel.numbers import list_currencies
from django.utils.translation import gettext as _

from madoguchi.errors import Refused
from madoguchi.kit import addresses
from madoguchi.kit.characters import one_line, storable, visible
from madoguchi.models import Agent, CrmDeal, CrmPerson, CrmStage

Values = dict[str, Any]
PERSON = (
    "last_name",
    "first_name",
    "account_name",
    "title",
    "email",
    "phone",
    "mobile",
    "description",
    "owner",
)
DEAL = ("name", "person", "stage", "amount", "currency", "closing_date", "description", "owner")
MOST = Decimal(10) ** 14  # the column has fourteen places before the point

_SIGNS = re.compile(r"^[¥\\$€£]|(円|yen|jpy)$", re.IGNORECASE)
_AMOUNT = re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


class Unfit(Refused):
    """What is wrong with several fields: `each` of them; by itself the first."""

    def __init__(self, each: list[Refused]) -> None:
        super().__init__(each[0].code, each[0].text, each[0].field)
        self.each = each


def fit_person(values: Mapping[str, Any], row: CrmPerson) -> Values:
    """The fields of a lead or contact as they are kept. Raises Unfit: UNKNOWN_FIELD, EMPTY, TOO_LONG, NOT_TEXT,
    NOT_AN_ADDRESS, NOT_A_NUMBER, NOT_A_CHOICE."""
    readers: dict[str, Callable[[Any], Any]] = {
        "email": lambda value: email(value),
        "phone": lambda value: phone(value, "phone"),
        "mobile": lambda value: phone(value, "mobile"),
        "owner": lambda value: owner(value, row.owner),
    }
    return _fit(values, PERSON, readers, row)


def fit_deal(values: Mapping[str, Any], row: CrmDeal) -> Values:
    """The fields of a deal as they are kept. Raises Unfit: as for people, and DEAL_OF_LEAD, NOT_AN_AMOUNT, OUT_OF_RANGE,
    NOT_A_DATE."""
    readers: dict[str, Callable[[Any], Any]] = {
        "person": person,
        "stage": lambda value: stage(value, row.stage if row.pk else None),
        "amount": amount,
        "currency": currency,
        "closing_date": day,
        "owner": lambda value: owner(value, row.owner),
    }
    return _fit(values, DEAL, readers, row)


def _fit(values: Mapping[str, Any], known: tuple[str, ...], readers: Mapping[str, Any], row: Any) -> Values:
    found: Values = {}
    faults: list[Refused] = []
    for name, value in values.items():
        try:
            if name not in known:
                raise Refused("UNKNOWN_FIELD", _("There is no such field."), name)
            found[name] = readers[name](value) if name in readers else text(row._meta.get_field(name), value)
        except Refused as fault:
            faults.append(fault)
    if faults:
        raise Unfit(faults)
    return found


def text(field: Any, value: Any) -> str:
    """A text of the model's field: tidied, not longer than there is room, not empty where it is needed."""
    found = plain(value, field.name)
    found = (
        storable(found.replace("\r\n", "\n")).strip() if field.get_internal_type() == "TextField" else one_line(found)
    )
    if not found and not field.blank:
        raise Refused("EMPTY", _("This field is required."), field.name)
    refuse_longer(found, field.max_length, field.name)
    return found


def plain(value: Any, name: str) -> str:
    found = "" if value is None else str(value).replace("\x00", "")
    if any("\ud800" <= c <= "\udfff" for c in found):
        raise Refused("NOT_TEXT", _("This text holds characters that cannot be stored."), name)
    return found


def refuse_longer(found: str, most: int, name: str) -> None:
    if len(found) > most:
        raise Refused("TOO_LONG", _("At most %(n)s characters.") % {"n": most}, name)


def email(value: Any) -> str:
    """One mail address or ''; full-width letters are understood."""
    found = unicodedata.normalize("NFKC", visible(plain(value, "email"))).strip().removeprefix("mailto:")
    refuse_longer(found, 320, "email")
    if found and not addresses.is_valid(found):
        raise Refused("NOT_AN_ADDRESS", _("This is not a mail address: %(a)s") % {"a": found[:100]}, "email")
    return found


def phone(value: Any, name: str) -> str:
    """A number as it was written, or ''."""
    found = one_line(plain(value, name))
    refuse_longer(found, 60, name)
    if found and not any(c.isdecimal() for c in found):
        raise Refused("NOT_A_NUMBER", _("This is not a phone number: %(n)s") % {"n": found}, name)
    return found


def owner(value: Any, now: Agent | None) -> Agent | None:
    """An active agent, or who it is already."""
    if value is not None and value != now and not (isinstance(value, Agent) and value.is_active):
        raise Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."), "owner")
    return value


def person(value: Any) -> CrmPerson:
    if not isinstance(value, CrmPerson):
        raise Refused("EMPTY", _("Choose a CRM contact."), "person")
    if value.kind != CrmPerson.Kind.CONTACT:
        text = _("A deal belongs to a CRM contact. Convert the lead into a contact first.")
        raise Refused("DEAL_OF_LEAD", text, "person")
    return value


def stage(value: Any, now: CrmStage | None) -> CrmStage:
    if not isinstance(value, CrmStage):
        raise Refused("EMPTY", _("Choose a stage."), "stage")
    if not value.is_active and value != now:
        raise Refused("OFF", _("The stage “%(name)s” is no longer in use.") % {"name": value}, "stage")
    return value


def amount(value: Any) -> Decimal | None:
    """An amount as people write it: 1,200,000 · １２０万円 is refused · ¥1,200,000 · 1200.50. None where it is empty."""
    found = "".join(unicodedata.normalize("NFKC", plain(value, "amount")).split())
    found = _SIGNS.sub("", found.replace("\N{MINUS SIGN}", "-").replace("、", ","))
    if not found:
        return None
    if not _AMOUNT.fullmatch(found):
        raise Refused("NOT_AN_AMOUNT", _("This is not an amount: %(a)s") % {"a": str(value)[:40]}, "amount")
    number = Decimal(found.replace(",", ""))
    if number < 0:
        raise Refused("OUT_OF_RANGE", _("An amount is not less than 0."), "amount")
    if number >= MOST:
        raise Refused("OUT_OF_RANGE", _("This amount is too large."), "amount")
    if number != number.quantize(Decimal("0.01")):
        raise Refused("NOT_AN_AMOUNT", _("An amount has at most two decimals."), "amount")
    return number.quantize(Decimal("0.01"))


def currency(value: Any) -> str:
    """ISO 4217; '' is the yen."""
    found = unicodedata.normalize("NFKC", plain(value, "currency")).strip().upper() or "JPY"
    if found not in currencies():
        raise Refused("NOT_A_CHOICE", _("There is no such currency: %(c)s") % {"c": found[:10]}, "currency")
    return found


@cache
def currencies() -> frozenset[str]:
    return frozenset(list_currencies())


def day(value: Any) -> date | None:
    """A day as people write it: 2026-12-31, 2026/12/31, ２０２６年１２月３１日. None where it is empty."""
    if isinstance(value, date):
        return value
    found = "".join(unicodedata.normalize("NFKC", plain(value, "closing_date")).split())
    if not found:
        return None
    parts = _DAY.fullmatch(found)
    try:
        if parts is None:
            raise ValueError
        read = date(*map(int, parts.groups()))
        if not 1900 <= read.year <= 9000:
            raise ValueError
    except ValueError:
        said = _("This is not a date: %(d)s. Write it like 2026-12-31.") % {"d": found[:40]}
        raise Refused("NOT_A_DATE", said, "closing_date") from None
    return read
