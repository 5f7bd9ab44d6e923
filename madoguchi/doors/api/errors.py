"""Everything that is not the thing asked for, as the wire contract says it (API B0, errors)."""

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from psycopg.errors import DeadlockDetected

from madoguchi.doors.api.answers import to_json
from madoguchi.errors import Denied, Hidden, Refused

logger = logging.getLogger("madoguchi.api")


class Answered(Exception):
    """An answer of the door itself, before any verb was asked."""

    def __init__(self, status: int, code: str, text: Any, **headers: str) -> None:
        super().__init__(code)
        self.status, self.code, self.text, self.headers = status, code, text, headers


class Unfit(Exception):
    """A field of the body that cannot be what was sent: 422 INVALID_DATA naming it."""

    def __init__(self, pointer: str, kind: str = "invalid", text: Any = "") -> None:
        super().__init__(pointer)
        self.pointer, self.kind, self.text = pointer, kind, text


def not_yet(pointer: str) -> Unfit:
    """A field of the contract that the desk does not store."""
    return Unfit(pointer, text=_("not supported yet"))


def unprocessable(text: Any) -> Answered:
    return Answered(422, "UNPROCESSABLE_ENTITY", text)


WIRE = {
    "due_at": "dueDate",
    "response_due_at": "responseDueDate",
    "sub_category": "subCategory",
    "contact": "contactId",
    "account": "accountId",
    "product": "productId",
    "custom": "cf",
    "attachments": "attachmentIds",
    "owner": "ownerId",
    "kind": "type",
    "annual_revenue": "annualrevenue",
    "last_name": "lastName",
    "first_name": "firstName",
    "unit_price": "unitPrice",
    "description": "description",
    "is_visible_in_help_center": "isVisibleInCustomerPortal",
    "name_in_help_center": "nameInCustomerPortal",
}
MISSING = {"EMPTY", "REQUIRED"}
SAID = {"missing": gettext_lazy("This field is required."), "extra_forbidden": gettext_lazy("There is no such field.")}
DUPLICATE = {"ADDRESS_TAKEN", "DOMAIN_TAKEN", "NAME_TAKEN"}


def error(status: int, code: str, text: Any, *fields: dict[str, str]) -> HttpResponse:
    body: dict[str, Any] = {"errorCode": code, "message": str(text)}
    if fields:
        body["errors"] = list(fields)
    return to_json(body, status)


def invalid(*fields: tuple[str, str, Any]) -> HttpResponse:
    """422 INVALID_DATA; a field is (JSON pointer, missing | invalid | duplicate, message)."""
    rows = [{"fieldName": p, "errorType": kind, "errorMessage": str(text)} for p, kind, text in fields]
    return error(422, "INVALID_DATA", _("The data does not comply with what this call expects."), *rows)


def refused(refusal: Refused, names: dict[str, str]) -> HttpResponse:
    """A rule said no: which field, under its name on the wire, if it is about one."""
    if refusal.code == "FILE_TOO_LARGE":
        return error(413, "RESOURCE_SIZE_EXCEEDED", refusal.text)
    if not refusal.field:
        return error(422, "UNPROCESSABLE_ENTITY", refusal.text)
    each: list[Refused] = getattr(refusal, "each", [refusal])
    return invalid(*((pointer(one.field, names), kind_of(one), one.text) for one in each))


def pointer(field: str, names: dict[str, str]) -> str:
    return "/" + ({**WIRE, **names}.get(field, field))


def kind_of(refusal: Refused) -> str:
    return "missing" if refusal.code in MISSING else "duplicate" if refusal.code in DUPLICATE else "invalid"


def failed(api: NinjaAPI, request: HttpRequest, exc: Exception, names: dict[str, str]) -> HttpResponse:
    """The one place where exceptions become answers."""
    if isinstance(exc, Refused):
        return refused(exc, names)
    if isinstance(exc, Hidden | Http404):
        return error(404, "URL_NOT_FOUND", _("The URL or the record does not exist."))
    if isinstance(exc, Denied):
        return error(403, "FORBIDDEN", _("You are not allowed to do this."))
    if isinstance(exc, Answered):
        response = error(exc.status, exc.code, exc.text)
        for name, value in exc.headers.items():
            response[name.replace("_", "-")] = value
        return response
    if isinstance(exc, Unfit):
        return invalid((exc.pointer, exc.kind, exc.text))
    if isinstance(exc, ValidationError):
        return _unfit(exc)
    if isinstance(exc, HttpError | MultiPartParserError | UnreadablePostError | TooManyFilesSent):
        return error(400, "BAD_REQUEST", _("The request cannot be read."))
    if isinstance(exc, IntegrityError) or isinstance(exc.__cause__, DeadlockDetected):
        logger.warning("overtaken: %s %s", request.method, request.path, exc_info=exc)
        return error(422, "UNPROCESSABLE_ENTITY", _("Another call changed the same thing at this moment. Try again."))
    if isinstance(exc, RequestDataTooBig):
        return error(413, "RESOURCE_SIZE_EXCEEDED", _("The request is too large."))
    logger.exception("%s %s", request.method, request.path)
    return error(500, "INTERNAL_SERVER_ERROR", _("Something went wrong here. It was written down."))


def _unfit(exc: ValidationError) -> HttpResponse:
    """pydantic's findings: query parameters answer UNPROCESSABLE_ENTITY, body fields INVALID_DATA."""
    fields = []
    for found in exc.errors:
        where = [str(step) for step in found["loc"]]
        if where[0] == "query":
            text = _("The query parameter “%(name)s” is not valid.") % {"name": where[-1]}
            return error(422, "UNPROCESSABLE_ENTITY", f"{text} {found['msg']}")
        path = "/" + "/".join(step for step in where[2:] if step.replace("_", "").isalnum())
        kind = "missing" if found["type"] == "missing" else "invalid"
        text = str(SAID.get(found["type"], "")) or f"{_('This value is not valid.')} ({found['msg']})"
        fields.append((path, kind, text))
    return invalid(*dict.fromkeys(fields))
