"""The way of every call: sign in, look at the query, run once in one transaction, answer in the agent's language."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _
from ninja import Router
from ninja.operation import Operation

from madoguchi.doors.api import idempotency, shapes
from madoguchi.doors.api.answers import to_json
from madoguchi.doors.api.call import Call, me
from madoguchi.doors.api.errors import Answered, failed, unprocessable

View = Callable[..., Any]
ALWAYS = {"orgId"}


class Door(Router):
    """The operations on one noun. `names`: fields that are called otherwise on the wire for this noun."""

    def __init__(self, tag: str, names: dict[str, str] | None = None) -> None:
        super().__init__(tags=[tag])
        self.names = names or {}

    def at(self, call: str, *, gives: str = "", status: int = 200) -> Callable[[View], View]:
        """Register an operation: `call` is "GET /tickets/{int:ticket_id}", `gives` the shape of its answer.

        `gives` "" is an answer without a body; a shape ending in "[]" is a list, 204 where empty.
        """
        method, _space, path = call.partition(" ")

        def register(view: View) -> View:
            self.add_api_operation(
                path,
                [method],
                view,
                operation_id=view.__name__,
                summary=(view.__doc__ or view.__name__.replace("_", " ").capitalize()).split("\n")[0].rstrip("."),
                response={status: None},
                openapi_extra=shapes.responses(gives, status),
            )
            operation: Operation = view._ninja_operation  # type: ignore[attr-defined]
            lead = self._lead
            operation.run = lead(operation.run)  # type: ignore[method-assign]
            operation._run_decorators = [lead]  # type: ignore[attr-defined]
            return view

        return register

    def _lead(self, run: Any) -> Any:
        operation: Operation = run.__self__

        def call(request: Call, **path: Any) -> HttpResponseBase:
            try:
                _sign_in(operation, request)
            except Exception as exc:
                return failed(operation.api, request, exc, self.names)
            with translation.override(me(request).language):
                try:
                    response = idempotency.once(request, lambda: _answer(operation, request, path, self.names))
                except Exception as exc:
                    response = failed(operation.api, request, exc, self.names)
            response["x-rate-limit-remaining-v3"] = str(request.left)
            response["x-rate-limit-request-weight-v3"] = "1"
            response["Cache-Control"] = "no-store"
            return response

        call.__self__ = operation  # type: ignore[attr-defined]
        return call


def _sign_in(operation: Operation, request: HttpRequest) -> None:
    for login in operation.auth_callbacks:
        login(request)


def _answer(operation: Operation, request: Call, path: dict[str, Any], names: dict[str, str]) -> HttpResponseBase:
    try:
        _look_at_query(operation, request)
        _look_at_body(operation, request)
        values = operation._get_values(request, path, HttpResponse())
        if request.method == "GET":
            result = operation.view_func(request, **values)
        else:
            with transaction.atomic():
                result = operation.view_func(request, **values)
        return result if isinstance(result, HttpResponseBase) else to_json(result)
    except Exception as exc:
        return failed(operation.api, request, exc, names)


def _sources(operation: Operation, source: str) -> list[Any]:
    return [model for model in operation.models if model.__ninja_param_source__ == source]


def _look_at_query(operation: Operation, request: HttpRequest) -> None:
    known = set(ALWAYS)
    for model in _sources(operation, "query"):
        known |= set(getattr(model, "__ninja_flatten_map__", {}))
    for name in request.GET:
        if name not in known:
            raise unprocessable(_("extra query parameter: %(name)s") % {"name": name[:100]})


def _look_at_body(operation: Operation, request: HttpRequest) -> None:
    bodies = _sources(operation, "body")
    if not any(field.is_required() for model in bodies for field in model.model_fields.values()):
        return
    body = request.body.strip()
    if not body or (body == b"{}" and request.method == "PATCH"):
        raise Answered(422, "EMPTY_PAYLOAD", _("The request has no content."))
