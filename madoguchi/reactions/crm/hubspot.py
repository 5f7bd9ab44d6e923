"""HubSpot, by the token of a private app (API.md E2): contacts by address, then by number, with their deals.

HubSpot has no separate leads: a contact without deals whose stage of life comes before "opportunity" is one.
"""

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from madoguchi.reactions.crm import matching
from madoguchi.reactions.crm.connector import Category, Deal, Misunderstood, Person, Record, Unauthorised
from madoguchi.reactions.crm.http import Answer, Wire

if TYPE_CHECKING:
    from madoguchi.reactions.crm.line import Line

HOST = "https://api.hubapi.com"
TOKEN = re.compile(r"[\x21-\x7e]{8,500}")
ID = re.compile(r"[0-9]{1,30}")
PERSON = ("email", "hs_additional_emails", "phone", "mobilephone", "lifecyclestage")
DEAL = ("dealstage", "amount", "deal_currency_code", "hs_is_closed", "hs_is_closed_won")
LEADS = {"subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead"}
MOST_KEYS, MOST_HITS, MOST_DEALS, BATCH = 5, 3, 500, 100
STAGES_KEPT_S = 3600.0


class HubSpot:
    """One account of HubSpot; may be asked from several threads at once."""

    def __init__(self, line: "Line") -> None:
        self._line = line
        self._base = settings.CRM_HOSTS.get("hubspot", HOST)
        self._wire = Wire({self._base})
        self._stages: tuple[float, dict[str, tuple[str, Category]]] | None = None

    def find(self, emails: Sequence[str], phones: Sequence[str]) -> Record | None:
        hits = self._search(emails, phones)
        if not hits:
            return None
        deals = [deal for hit in hits[:MOST_HITS] for deal in self._deals(_id(hit.get("id")))]
        is_lead = not deals and str(_properties(hits[0]).get("lifecyclestage") or "").lower() in LEADS
        return Record("leads" if is_lead else "contacts", _id(hits[0].get("id")), tuple(deals))

    def test(self) -> str:
        told = self._ask("/account-info/v3/details").members()
        self._found([_filter("email", "EQ", "nobody@example.invalid")])
        self._kinds()
        return f"HubSpot {_id(str(told.get('portalId', '')))}"

    def concerned(self, module: str, ids: Sequence[str]) -> list[Person]:
        wanted = [each for each in ids if ID.fullmatch(each)][:BATCH]
        if module == "Deals":
            of = [row for each in wanted for row in self._linked("deals", each, "contacts")]
            wanted = list(dict.fromkeys(of))[:BATCH]
        if module not in ("Contacts", "Deals") or not wanted:
            return []
        rows = self._batch("contacts", wanted, PERSON)
        return [Person(_id(row.get("id")), *_written(row)) for row in rows]

    def close(self) -> None:
        self._wire.close()

    def _search(self, emails: Sequence[str], numbers: Sequence[str]) -> list[dict[str, Any]]:
        asked = matching.keys(emails, numbers)
        if addresses := sorted(asked.addresses)[:MOST_KEYS]:
            more = [_filter("hs_additional_emails", "CONTAINS_TOKEN", each) for each in addresses[: MOST_KEYS - 1]]
            rows = self._found([_filter("email", "IN", addresses), *more])
            if hits := [row for row in rows if asked.addresses & _keys(row).addresses]:
                return hits
        if asked.numbers:
            written = matching.spellings(numbers)[:50]
            own = sorted({_searchable(each) for each in asked.numbers})
            names = ("phone", "mobilephone")
            made = ("hs_searchable_calculated_phone_number", "hs_searchable_calculated_mobile_number")
            rows = self._found(
                [*(_filter(name, "IN", written) for name in names), *(_filter(name, "IN", own) for name in made)]
            )
            return [row for row in rows if asked.numbers & _keys(row).numbers]
        return []

    def _found(self, filters: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Contacts any of the filters fits."""
        groups = [{"filters": [each]} for each in filters]
        rows = self._ask(
            "/crm/v3/objects/contacts/search", {"filterGroups": groups, "properties": PERSON, "limit": 50}
        ).rows("results")
        for row in rows:
            _id(row.get("id"))
        return rows

    def _deals(self, contact: str) -> list[Deal]:
        ids = self._linked("contacts", contact, "deals")
        found: list[Deal] = []
        for first in range(0, len(ids), BATCH):
            rows = self._batch("deals", ids[first : first + BATCH], DEAL)
            found += [self._deal(_properties(row)) for row in rows]
        return found

    def _linked(self, what: str, record: str, to: str) -> list[str]:
        rows = self._ask(f"/crm/v4/objects/{what}/{record}/associations/{to}?limit={MOST_DEALS}").rows("results")
        return [_id(str(row.get("toObjectId", ""))) for row in rows]

    def _batch(self, what: str, ids: Sequence[str], properties: Sequence[str]) -> list[dict[str, Any]]:
        batch = {"properties": properties, "inputs": [{"id": each} for each in ids]}
        return self._ask(f"/crm/v3/objects/{what}/batch/read", batch).rows("results")

    def _deal(self, told: Mapping[str, Any]) -> Deal:
        stage = told.get("dealstage")
        if stage is not None and not isinstance(stage, str):
            raise Misunderstood(_("A deal's stage is not what was expected."))
        name, category = self._kinds().get(stage or "", (stage or "", None))
        currency = told.get("deal_currency_code")
        if not (isinstance(currency, str) and re.fullmatch(r"[A-Z]{3}", currency)):
            currency = ""
        return Deal(_own_category(told) or category or "open", name[:200], _amount(told.get("amount")), currency)

    def _kinds(self) -> dict[str, tuple[str, Category]]:
        """Stage → its label and category, as the pipelines have them; kept for an hour."""
        if self._stages is None or time.monotonic() > self._stages[0]:
            found: dict[str, tuple[str, Category]] = {}
            for pipeline in self._ask("/crm/v3/pipelines/deals").rows("results"):
                stages = pipeline.get("stages")
                for stage in stages if isinstance(stages, list) else []:
                    if isinstance(stage, dict) and isinstance(stage.get("id"), str):
                        found[stage["id"]] = (
                            str(stage.get("label") or stage["id"]),
                            _by_metadata(stage.get("metadata")),
                        )
            self._stages = (time.monotonic() + STAGES_KEPT_S, found)
        return self._stages[1]

    def _ask(self, path: str, body: Any = None) -> Answer:
        token = self._line.secrets().get("access_token", "")
        if not TOKEN.fullmatch(token):
            raise Unauthorised(_("There is no token; HubSpot has to be connected again."))
        self._line.turn()
        headers, url = {"Authorization": f"Bearer {token}"}, self._base + path
        answer = self._wire.get(url, headers=headers) if body is None else self._wire.post(url, body, headers=headers)
        if answer.status < 400:
            return answer
        if answer.status == 401:
            raise Unauthorised(_("HubSpot does not accept the token."), status=401)
        if answer.status == 403:
            raise Unauthorised(_("The private app lacks the scope to read this in HubSpot."), status=403)
        raise Misunderstood(
            _("HubSpot refuses the question (%(code)s).") % {"code": answer.status}, status=answer.status
        )


def make(line: "Line") -> HubSpot:
    return HubSpot(line)


def _filter(name: str, operator: str, value: str | list[str]) -> dict[str, Any]:
    return {"propertyName": name, "operator": operator, "values" if operator == "IN" else "value": value}


def _searchable(folded: str) -> str:
    """HubSpot's calculated numbers lack the country code."""
    return folded[2:] if folded.startswith("81") else folded


def _keys(row: Mapping[str, Any]) -> matching.Keys:
    return matching.keys(*_written(row))


def _written(row: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Addresses and numbers of a contact, as written."""
    told = _properties(row)
    for name in PERSON:
        if told.get(name) is not None and not isinstance(told[name], str):
            raise Misunderstood(_("A record's addresses or numbers are not what was expected."))
    emails = (told.get("email") or "", *(told.get("hs_additional_emails") or "").split(";"))
    numbers = (told.get("phone") or "", told.get("mobilephone") or "")
    return tuple(filter(None, emails)), tuple(filter(None, numbers))


def _properties(row: Mapping[str, Any]) -> dict[str, Any]:
    found = row.get("properties")
    if not isinstance(found, dict):
        raise Misunderstood(_("The answer is not what was expected."))
    return found


def _own_category(told: Mapping[str, Any]) -> Category | None:
    """As the deal itself says; None where it does not."""
    if told.get("hs_is_closed_won") == "true":
        return "won"
    closed = told.get("hs_is_closed")
    return {"true": "lost", "false": "open"}.get(closed) if isinstance(closed, str) else None  # type: ignore[return-value]


def _by_metadata(told: Any) -> Category:
    """`isClosed` and `probability` of a stage, both as text."""
    if not isinstance(told, dict) or str(told.get("isClosed")).lower() != "true":
        return "open"
    return "won" if str(told.get("probability")) in ("1", "1.0") else "lost"


def _amount(value: Any) -> Decimal | None:
    """HubSpot gives sums as text. None for what the desk cannot show: it decides nothing."""
    try:
        found = Decimal(value) if isinstance(value, str) and len(value) <= 30 else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() and abs(found) < 10**15 and found.adjusted() > -10 else None


def _id(value: Any) -> str:
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise Misunderstood(_("A record has no id."))
    return value
