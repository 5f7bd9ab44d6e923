"""A Zoho of one's own: accounts server and CRM v8 in one origin (API.md part C and E1).

Its search finds what is like the value, not only what is equal, as the real one does.
"""

import html
import itertools
import re
import secrets
import time
from typing import Any
from urllib.parse import urlencode

from tests.reactions.crm_servers.serving import Answer, Asked, Server, told

STAGES = {
    "Qualification": "Open",
    "Negotiation/Review": "Open",
    "Closed Won": "Closed Won",
    "Closed Lost": "Closed Lost",
}
ORG = {"company_name": "株式会社みなと製作所", "iso_code": "JPY", "id": "4876876000000000001"}
SCOPES = "ZohoCRM.modules.contacts.READ,ZohoSearch.securesearch.READ"
LAYOUT = "4876876000000091023"


class ZohoServer(Server):
    def __init__(self) -> None:
        super().__init__()
        self.clients = {"1000.CLIENT": "a-client-secret"}
        self.codes: set[str] = set()
        self.refresh_tokens: set[str] = set()
        self.access_tokens: dict[str, float] = {}
        self.lives_s = 3600
        self.records: dict[str, dict[str, dict[str, Any]]] = {"Contacts": {}, "Leads": {}, "Deals": {}}
        self.stages = dict(STAGES)
        self.org = dict(ORG)
        self.api_domain: Any = self.url
        self.location, self.accounts_server = "jp", self.url
        self.back_to: str | None = None
        self._ids = itertools.count(4876876000000100001)

    # what is in it

    def add(self, module: str, **fields: Any) -> str:
        record = str(next(self._ids))
        empty = dict.fromkeys(("Email", "Secondary_Email", "Phone", "Mobile", "Home_Phone", "Other_Phone"))
        self.records[module][record] = {"id": record, **(empty if module != "Deals" else {}), **fields}
        return record

    def add_deal(self, contact: str, stage: str, **fields: Any) -> str:
        return self.add("Deals", Deal_Name="取引", Stage=stage, Contact_Name={"id": contact, "name": "?"}, **fields)

    def signed_in(self) -> dict[str, str]:
        """Tokens as if an administrator had agreed a moment ago."""
        refresh, access = self._token(), self._token()
        self.refresh_tokens.add(refresh)
        self.access_tokens[access] = time.time() + self.lives_s
        renew_at = str(round(time.time() + 3000))
        return {
            "client_secret": "a-client-secret",
            "refresh_token": refresh,
            "access_token": access,
            "renew_at": renew_at,
        }

    def settings(self) -> dict[str, str]:
        return {"data_centre": "own", "client_id": "1000.CLIENT", "api_domain": self.url}

    def end_access(self) -> None:
        """All access tokens are over."""
        self.access_tokens.clear()

    def end_consent(self) -> None:
        self.access_tokens.clear()
        self.refresh_tokens.clear()

    def refreshes(self) -> int:
        return sum(each.form.get("grant_type") == "refresh_token" for each in self.asked)

    # what it answers

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/oauth/v2/auth":
            return self._consent(asked)
        if asked.path == "/oauth/v2/agreed":
            return self._agreed(asked)
        if asked.path == "/oauth/v2/token":
            return self._tokens(asked.form)
        if asked.path == "/oauth/v2/token/revoke":
            self.refresh_tokens.discard(asked.form.get("token", ""))
            return told({"status": "success"})
        token = asked.headers.get("authorization", "").removeprefix("Zoho-oauthtoken ")
        if self.access_tokens.get(token, 0) < time.time():
            return _error(401, "INVALID_TOKEN", "invalid oauth token")
        return self._crm(asked)

    def _consent(self, asked: Asked) -> Answer:
        """The page on which the administrator agrees."""
        self.back_to = asked.query["redirect_uri"]
        link = html.escape(f"/oauth/v2/agreed?{urlencode({'state': asked.query.get('state', '')})}")
        page = f"<!doctype html><html lang=ja><title>Zoho</title><h1>同意</h1><a href='{link}'>同意する</a></html>"
        return Answer(200, page.encode(), {"Content-Type": "text/html; charset=utf-8"})

    def _agreed(self, asked: Asked) -> Answer:
        back = {
            "code": self.new_code(),
            "location": self.location,
            "accounts-server": self.accounts_server,
            "state": asked.query["state"],
        }
        return Answer(302, b"", {"Location": f"{self.back_to}?{urlencode(back)}"})

    def new_code(self) -> str:
        code = self._token()
        self.codes.add(code)
        return code

    def _tokens(self, form: dict[str, str]) -> Answer:
        """Failures come with 200, as at Zoho."""
        if form.get("client_id") not in self.clients:
            return told({"error": "invalid_client"})
        if form.get("client_secret") != self.clients[form["client_id"]]:
            return told({"error": "invalid_client_secret"})
        more = {}
        if form.get("grant_type") == "authorization_code":
            if form.get("code") not in self.codes:
                return told({"error": "invalid_code"})
            self.codes.discard(form["code"])
            more = {"refresh_token": self._token()}
            self.refresh_tokens.add(more["refresh_token"])
        elif form.get("refresh_token") not in self.refresh_tokens:
            return told({"error": "invalid_code"})
        access = self._token()
        self.access_tokens[access] = time.time() + self.lives_s
        about = {"scope": SCOPES, "api_domain": self.api_domain, "token_type": "Bearer", "expires_in": self.lives_s}
        return told({"access_token": access, **more, **about})

    def _token(self) -> str:
        return f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"

    def _crm(self, asked: Asked) -> Answer:
        path = asked.path.removeprefix("/crm/v8")
        if path == "/org":
            return told({"org": [self.org]})
        if path == "/settings/layouts":
            return told({"layouts": [{"id": LAYOUT, "name": "Standard"}]})
        if path == "/settings/pipeline":
            if asked.query.get("layout_id") != LAYOUT:
                return _error(400, "REQUIRED_PARAM_MISSING", "layout_id")
            maps = [
                {"id": str(n), "display_value": name, "actual_value": name, "forecast_type": kind}
                for n, (name, kind) in enumerate(self.stages.items(), 1)
            ]
            return told({"pipeline": [{"id": "1", "display_value": "Standard", "default": True, "maps": maps}]})
        if found := re.fullmatch(r"/(Contacts|Leads)/search", path):
            return self._search(found[1], asked.query)
        if found := re.fullmatch(r"/Contacts/(\d+)/Deals", path):
            return self._deals(found[1], asked.query)
        if found := re.fullmatch(r"/(Contacts|Leads|Deals)", path):
            ids = asked.query.get("ids")
            rows = list(self.records[found[1]].values())
            return _rows([row for row in rows if not ids or row["id"] in ids.split(",")], asked.query)
        return _error(404, "INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one")

    def _search(self, module: str, query: dict[str, str]) -> Answer:
        rows = [row for row in self.records[module].values() if not (module == "Leads" and row.get("$converted"))]
        if email := query.get("email", "").lower():
            if "@" not in email:
                return _error(400, "INVALID_DATA", "invalid data")
            like = email.partition("@")[0]
            fields = ("Email", "Secondary_Email")
            return _rows([row for row in rows if any(like in (row.get(f) or "").lower() for f in fields)], query)
        phone, fields = query.get("phone", ""), ("Phone", "Mobile", "Home_Phone", "Other_Phone")
        return _rows([row for row in rows if any((row.get(f) or "").startswith(phone) for f in fields)], query)

    def _deals(self, contact: str, query: dict[str, str]) -> Answer:
        if "fields" not in query:
            return _error(400, "REQUIRED_PARAM_MISSING", "One of the expected parameter is missing")
        deals = [row for row in self.records["Deals"].values() if row["Contact_Name"]["id"] == contact]
        return _rows(deals, query)


def _rows(rows: list[dict[str, Any]], query: dict[str, str]) -> Answer:
    page, size = int(query.get("page", 1)), int(query.get("per_page", 200))
    shown = rows[(page - 1) * size : page * size]
    if not shown:
        return Answer(204)
    names = {"id", *query["fields"].split(",")} if "fields" in query else None
    cut = [{k: v for k, v in row.items() if names is None or k in names} for row in shown]
    info = {"per_page": size, "count": len(cut), "page": page, "more_records": page * size < len(rows)}
    return told({"data": cut, "info": info})


def _error(status: int, code: str, message: str) -> Answer:
    return told({"code": code, "status": "error", "message": message, "details": {}}, status)
