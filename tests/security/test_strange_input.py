"""Nothing one can type, click or send makes a page or a route fall over: 4xx with a reason, never a 500 (DoS)."""

import json
import re
from urllib.parse import urlencode

import pytest
from django.test import Client

from madoguchi.people.tokens import make_token
from tests.strangers import API
from tests.test_strangers import called, filled, pages, path_of, things  # noqa: F401

NUL, LONG, DIGITS, HUGE = "a\x00b", "長" * 300, "9" * 5000, str(10**30)
FIELDS = """body html to cc bcc from then entry upload once text value seen field name last_name first_name subject
    contact contact_name contact_email contact_phone who department assignee priority product category due_at channel tags
    tag emails phone_kind phone_number account time_zone language title street city state zip country description email
    website industry code fax phone domains because show ids one sure typed next theme q after view sort turned edit before
    compose resolution role departments takes_away base agents label api_name choices kind is_required address
    display_name imap_host imap_port imap_security imap_user imap_password imap_folder smtp_host smtp_port signature
    unit_price manufacturer max_file_mb bin_days older newer look open images inline password expires token
    do ids mode version anyway doing in until files kind audience columns response reach shortcut created age since status
    field-0 operator-0 value-0 join-0 turn match
    days hours rating comment note delete before with main was keep-name keep-account differing confirm compare
    rated tickets language class owner day day-0 start-0-0 end-0-0 has_japanese is_yearly holidays
    response-Urgent-n response-Urgent-unit resolution-none-n by-none asks_for_ratings overdue state moves_tickets
    once years year from until""".split()
HEADERS = {"HTTP_ACCEPT_LANGUAGE": "xx;q=abc,,;", "HTTP_COOKIE": "django_language=%00; sessionid=\x7f"}
LEAVES = {"account_logout", "mfa_deactivate_totp", "account_login"}


def strange() -> list[str]:
    return [NUL, LONG, DIGITS, HUGE, "-1", "\U0010ffff\ufffe", "2026-99-99T99:99", "ﷺ" * 60 + "@x.example", "9" * 60]


@pytest.fixture
def admin(cast):
    client = Client(raise_request_exception=False)
    client.force_login(cast.admin.agent)
    return client


@pytest.mark.parametrize("value", strange())
def test_no_page_falls_over_what_stands_in_the_address_or_a_form(cast, things, admin, value):  # noqa: F811
    fell, sent = [], urlencode(dict.fromkeys(FIELDS, value))
    for name, parts in pages():
        if name in LEAVES or name.startswith(("mfa_", "account_", "first_run")):
            continue
        path = path_of(name, parts, things)
        for method, answer in (
            ("get", admin.get(f"{path}?{sent}")),
            ("post", admin.post(path, sent, "application/x-www-form-urlencoded")),
        ):
            if answer.status_code >= 500:
                fell.append(f"{method} {path} ({name})")
    assert fell == []


def test_no_page_falls_over_the_parts_of_its_address(cast, things, admin):  # noqa: F811
    fell = []
    for name, parts in pages():
        path = path_of(name, parts, things)
        if name in LEAVES or not parts:
            continue
        for value in ("0", "9" * 19, "9" * 40, "9" * 4400, "%00", "%ff%fe"):
            there = re.sub(r"\d+", value, path)
            for method in ("get", "post"):
                if getattr(admin, method)(there).status_code >= 500:
                    fell.append(f"{method} {there[:80]} ({name})")
    assert fell == []


@pytest.mark.parametrize(
    "value", [NUL, LONG, DIGITS, HUGE, -1, 1e308, None, [], {}, True, "ﷺ" * 60 + "@x.example", "9" * 60]
)
def test_no_route_falls_over_what_stands_in_a_body(cast, things, value):  # noqa: F811
    token = make_token(cast.admin.agent, "t", by=cast.admin)[1]
    client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {token}"})
    fell = []
    for operation in API:
        method, template = operation.split(" ")
        sent = API[operation][1]
        if not isinstance(sent, dict):
            continue
        path = re.sub(r"{(\w+)}", lambda m: str(things[m[1]]), template)
        body = filled(sent, things)
        for name in body:
            for made in ({**body, name: value}, {**body, name: [value]}):
                answer = client.generic(method, path, json.dumps(made), "application/json")
                if answer.status_code >= 500:
                    fell.append(f"{operation} {name}")
    assert fell == []
