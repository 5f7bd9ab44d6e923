"""Zoho CRM, REST API v8 (API.md E1): contacts, then leads, by address and by number, with their deals.

What the search finds is compared with our own folding: it also finds what is merely like it.
"""

import re
import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from django.utils.translation import gettext as _

from madoguchi.kit import phones
from madoguchi.reactions.crm import matching, zoho_oauth
from madoguchi.reactions.crm.connector import Category, Deal, Misunderstood, Person, Record, Unauthorised
from madoguchi.reactions.crm.http import Answer, Wire

if TYPE_CHECKING:
    from madoguchi.reactions.crm.line import Line

VERSION = "/crm/v8"
ID = re.compile(r"[0-9]{1,30}")
CODE = re.compile(r"[A-Z_]{1,60}")
EMAILS = ("Email", "Secondary_Email")
PHONES = {"Contacts": ("Phone", "Mobile", "Home_Phone", "Other_Phone"), "Leads": ("Phone", "Mobile")}
DEAL = "Deal_Name,Stage,Probability,Amount,Closing_Date"
MOST_KEYS, MOST_HITS, DEALS_A_PAGE, MOST_PAGES = 5, 3, 200, 10
STAGES_KEPT_S, NO_STAGES_KEPT_S = 3600.0, 600.0
AREAS = ("03", "06")
WON = ("closed won", "closed-won", "受注")
LOST = ("closed lost", "closed-lost", "失注")


class Zoho:
    """One account of Zoho CRM; may be asked from several threads at once."""

    def __init__(self, line: "Line") -> None:
        self._line = line
        self._wire = Wire(zoho_oauth.origins())
        self._stages: tuple[float, dict[str, Category], str] | None = None

    def find(self, emails: Sequence[str], phones: Sequence[str]) -> Record | None:
        for module in ("Contacts", "Leads"):
            if hits := self._search(module, emails, phones):
                first = _id(hits[0])
                if module == "Leads":
                    return Record("leads", first)
                deals = [deal for hit in hits[:MOST_HITS] for deal in self._deals(_id(hit))]
                return Record("contacts", first, tuple(deals))
        return None

    def test(self) -> str:
        for module in ("Contacts", "Leads", "Deals"):
            self._get(f"/{module}", {"fields": "id", "per_page": 1}).rows("data")
        return self._organisation()[0]

    def concerned(self, module: str, ids: Sequence[str]) -> list[Person]:
        """Whom a notification concerns: the people of these records, of deals their contacts."""
        wanted = [each for each in ids if ID.fullmatch(each)][:100]
        if module == "Deals" and wanted:
            rows = self._records("Deals", wanted, ("Contact_Name",))
            module = "Contacts"
            wanted = [_id(row["Contact_Name"]) for row in rows if isinstance(row.get("Contact_Name"), dict)]
        if module not in PHONES or not wanted:
            return []
        rows = self._records(module, wanted, (*EMAILS, *PHONES[module]))
        return [Person(_id(row), _texts(row, EMAILS), _texts(row, PHONES[module])) for row in rows]

    def close(self) -> None:
        self._wire.close()

    def _records(self, module: str, ids: Sequence[str], fields: Iterable[str]) -> list[dict[str, Any]]:
        return self._get(f"/{module}", {"ids": ",".join(ids), "fields": ",".join(fields)}).rows("data")

    def _search(self, module: str, emails: Sequence[str], numbers: Sequence[str]) -> list[dict[str, Any]]:
        """The records that have one of the addresses, else one of the numbers; those of the first key that finds any."""
        asked = matching.keys(emails, numbers)
        for email in list(dict.fromkeys(emails))[:MOST_KEYS]:
            rows = self._hits(module, "email", email)
            if hits := [row for row in rows if asked.addresses & _keys(module, row).addresses]:
                return hits
        for number in list(dict.fromkeys(numbers))[:MOST_KEYS]:
            for written in ways_to_write(number):
                rows = self._hits(module, "phone", written)
                if hits := [row for row in rows if asked.numbers & _keys(module, row).numbers]:
                    return hits
        return []

    def _hits(self, module: str, key: Literal["email", "phone"], value: str) -> list[dict[str, Any]]:
        asked: dict[str, Any] = {key: value, "fields": ",".join((*EMAILS, *PHONES[module])), "per_page": 50}
        if module == "Leads":
            asked["converted"] = "false"
        answer = self._get(f"/{module}/search", asked, may_lack={"INVALID_DATA"})
        rows = answer.rows("data") if answer.status < 400 else []
        for row in rows:
            _id(row)
        return rows

    def _deals(self, contact: str) -> list[Deal]:
        found: list[Deal] = []
        for page in range(1, MOST_PAGES + 1):
            asked = {"fields": DEAL, "page": page, "per_page": DEALS_A_PAGE}
            answer = self._get(f"/Contacts/{contact}/Deals", asked, may_lack={404})
            rows = answer.rows("data") if answer.status < 400 else []
            if not rows:
                break
            stages, currency = self._kinds()
            found += [_deal(row, stages, currency) for row in rows]
            info = answer.members().get("info")
            if not (isinstance(info, dict) and info.get("more_records") is True):
                break
        return found

    def _kinds(self) -> tuple[dict[str, Category], str]:
        """Stage → category as the pipelines have it, and the currency; kept for an hour. Where the account does not tell
        them, {}: deals are then told by the name of their stage and their probability."""
        if self._stages is None or time.monotonic() > self._stages[0]:
            kept_s = STAGES_KEPT_S
            try:
                stages, currency = self._read_stages(), self._organisation()[1]
            except (Misunderstood, Unauthorised):
                stages, currency, kept_s = {}, "", NO_STAGES_KEPT_S
            self._stages = (time.monotonic() + kept_s, stages, currency)
        return self._stages[1:]

    def _read_stages(self) -> dict[str, Category]:
        stages: dict[str, Category] = {}
        for layout in self._get("/settings/layouts", {"module": "Deals"}).rows("layouts"):
            for pipeline in self._get("/settings/pipeline", {"layout_id": _id(layout)}).rows("pipeline"):
                maps = pipeline.get("maps") or []
                for stage in maps if isinstance(maps, list) else []:
                    if isinstance(stage, dict) and (category := _forecast(stage.get("forecast_type"))):
                        names = (stage.get("display_value"), stage.get("actual_value"))
                        stages |= {name: category for name in names if isinstance(name, str)}
        return stages

    def _organisation(self) -> tuple[str, str]:
        """Its name, and its currency."""
        rows = self._get("/org", {}).rows("org")
        if not rows:
            raise Misunderstood(_("The answer is not what was expected."))
        name, currency = rows[0].get("company_name"), rows[0].get("iso_code")
        return str(name)[:200] if name else "Zoho CRM", _currency(currency)

    def _get(self, path: str, params: Mapping[str, Any], *, may_lack: Iterable[str | int] = ()) -> Answer:
        """Ask, and once more with a new token where the first is refused. `may_lack`: statuses and codes of errors that
        are an answer."""
        secrets = self._line.secrets()
        if zoho_oauth.is_due(secrets):
            secrets = self._renewed(secrets)
        answer = self._asked(path, params, secrets)
        if answer.status == 401 and _code(answer) != "OAUTH_SCOPE_MISMATCH":
            answer = self._asked(path, params, self._renewed(secrets))
        if answer.status < 400 or {answer.status, _code(answer)} & set(may_lack):
            return answer
        raise _error(answer)

    def _place(self) -> tuple[zoho_oauth.DataCentre, str]:
        """The data centre, and where its API lies. Raises Unauthorised where what is stored is not one of Zoho's."""
        try:
            place = zoho_oauth.centre(self._line.settings.get("data_centre"))
            return place, zoho_oauth.api_of(place, self._line.settings)
        except Misunderstood as why:
            raise Unauthorised(why.text) from None

    def _asked(self, path: str, params: Mapping[str, Any], secrets: Mapping[str, str]) -> Answer:
        url = self._place()[1] + VERSION + path
        self._line.turn()
        token = secrets.get("access_token", "")
        if not zoho_oauth.TOKEN.fullmatch(token):
            raise Unauthorised(_("There is no token; Zoho CRM has to be connected again."))
        return self._wire.get(url, params=params, headers={"Authorization": f"Zoho-oauthtoken {token}"})

    def _renewed(self, secrets: Mapping[str, str]) -> dict[str, str]:
        client_id = str(self._line.settings.get("client_id", ""))
        renew: Callable[[dict[str, str]], dict[str, str]] = lambda now: zoho_oauth.renew(
            self._place()[0], client_id, now
        )
        return self._line.renewed(secrets.get("access_token", ""), renew)


def make(line: "Line") -> Zoho:
    return Zoho(line)


def ways_to_write(number: str) -> list[str]:
    """How Zoho may have the number: as it was written, with digits only, abroad, and with the usual hyphens."""
    as_written = " ".join(unicodedata.normalize("NFKC", number).split())[:40]
    folded = phones.fold(number)
    if not folded:
        return []
    ways = [as_written]
    if folded.startswith("81"):
        home = "0" + folded[2:]
        ways += [home] if "-" in as_written else [_hyphens(home), home]
    return list(dict.fromkeys([*ways, f"+{folded}"]))


def _hyphens(home: str) -> str:
    if len(home) == 11:
        return f"{home[:3]}-{home[3:7]}-{home[7:]}"
    area = 2 if home.startswith(AREAS) else 3
    return f"{home[:area]}-{home[area:-4]}-{home[-4:]}"


def _deal(row: Mapping[str, Any], stages: Mapping[str, Category], currency: str) -> Deal:
    stage = row.get("Stage")
    if stage is not None and not isinstance(stage, str):
        raise Misunderstood(_("A deal's stage is not what was expected."))
    own = _currency(row.get("Currency"))
    category = stages.get(stage or "") or _by_words(stage or "", row.get("Probability"))
    return Deal(category, (stage or "")[:200], amount(row.get("Amount")), own or currency)


def _by_words(stage: str, probability: Any) -> Category:
    words = stage.strip().casefold()
    if words.startswith(WON):
        return "won"
    if words.startswith(LOST):
        return "lost"
    if isinstance(probability, int | Decimal) and not isinstance(probability, bool):
        if probability == 100:
            return "won"
        if probability == 0:
            return "lost"
    return "open"


def _forecast(value: Any) -> Category | None:
    words = value.strip().casefold() if isinstance(value, str) else ""
    kinds: dict[str, Category] = {"open": "open", "closed won": "won", "closed lost": "lost"}
    return kinds.get(words)


def amount(value: Any) -> Decimal | None:
    """A sum of money the desk can show, else None: it decides nothing."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    found = Decimal(value)
    return found if found.is_finite() and abs(found) < 10**15 and found.adjusted() > -10 else None


def _currency(value: Any) -> str:
    return value if isinstance(value, str) and re.fullmatch(r"[A-Z]{3}", value) else ""


def _id(row: Mapping[str, Any]) -> str:
    """A record's id, which goes into addresses. Raises Misunderstood where it is none."""
    value = row.get("id")
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise Misunderstood(_("A record has no id."))
    return value


def _texts(row: Mapping[str, Any], names: Iterable[str]) -> tuple[str, ...]:
    values = [row.get(name) for name in names]
    if any(value is not None and not isinstance(value, str) for value in values):
        raise Misunderstood(_("A record's addresses or numbers are not what was expected."))
    return tuple(value for value in values if isinstance(value, str) and value.strip())


def _keys(module: str, row: Mapping[str, Any]) -> matching.Keys:
    return matching.keys(_texts(row, EMAILS), _texts(row, PHONES[module]))


def _code(answer: Answer) -> str:
    code = answer.data.get("code") if isinstance(answer.data, dict) else None
    return code if isinstance(code, str) and CODE.fullmatch(code) else ""


def _error(answer: Answer) -> Exception:
    code, status = _code(answer), answer.status
    if code == "OAUTH_SCOPE_MISMATCH":
        return Unauthorised(_("The consent does not cover what is needed; connect again."), status=status)
    if status == 401:
        return Unauthorised(_("Zoho CRM no longer accepts us; connect again."), status=status)
    if status == 403:
        return Unauthorised(_("The user who gave consent may not read this in Zoho CRM."), status=status)
    text = _("Zoho CRM refuses the question (%(code)s).") % {"code": code or status}
    return Misunderstood(text, status=status)
