"""The fields of a contact as POST and PATCH take them (API B6)."""

from typing import Any

from pydantic import Field

from madoguchi.doors.api import finders
from madoguchi.doors.api.errors import not_yet
from madoguchi.doors.api.present.words import LAYOUT
from madoguchi.doors.api.wire import Body, Id, refuse_unbuilt
from madoguchi.models import Account, Agent

PLAIN = {
    "lastName": "last_name",
    "firstName": "first_name",
    "title": "title",
    "type": "kind",
    "description": "description",
    "street": "street",
    "city": "city",
    "state": "state",
    "country": "country",
    "zip": "zip",
    "facebook": "facebook",
    "twitter": "twitter",
    "language": "language",
}
LANGUAGES = {"japanese": "ja", "english": "en"}


class ContactFields(Body):
    lastName: str | None = None
    firstName: str | None = None
    email: str | None = None
    secondaryEmail: str | None = None
    phone: str | None = None
    mobile: str | None = None
    title: str | None = None
    type: str | None = None
    accountId: Id | None = None
    ownerId: Id | None = None
    description: str | None = None
    street: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    zip: str | None = None
    facebook: str | None = None
    twitter: str | None = None
    language: str | None = None
    cf: dict[str, Any] | None = None
    customFields: dict[str, Any] | None = None
    layoutId: Id | None = None


class ChangedContact(ContactFields):
    moveTickets: bool = Field(True, description="Whether the contact's tickets go along to another account; ours")


class NewContact(ContactFields):
    lastName: str


def values(body: ContactFields) -> dict[str, Any]:
    refuse_unbuilt(body, "cf", "customFields")
    if body.layoutId is not None and str(body.layoutId) != LAYOUT:
        raise not_yet("/layoutId")
    found: dict[str, Any] = {PLAIN[name]: value for name, value in body.given(*PLAIN).items()}
    if body.language:
        found["language"] = LANGUAGES.get(body.language.casefold(), body.language[:5].casefold()[:2])
    if "accountId" in body.model_fields_set:
        found["account"] = finders.named(Account, body.accountId, "/accountId")
    if "ownerId" in body.model_fields_set:
        found["owner"] = finders.named(Agent, body.ownerId, "/ownerId")
    return found


def emails(body: ContactFields, there: list[str]) -> list[str] | None:
    """All addresses as they shall be: the first and the second from the body, what comes after stays."""
    given = body.given("email", "secondaryEmail")
    if not given:
        return None
    first = given.get("email", there[0] if there else "") or ""
    second = given.get("secondaryEmail", there[1] if len(there) > 1 else "") or ""
    return [address for address in [first, second, *there[2:]] if address]


def numbers(body: ContactFields, there: list[tuple[str, str]]) -> list[tuple[str, str]] | None:
    given = body.given("phone", "mobile")
    if not given:
        return None
    kept = [(kind, number) for kind, number in there if kind not in given]
    return [*kept, *((kind, number) for kind, number in given.items() if number)]
