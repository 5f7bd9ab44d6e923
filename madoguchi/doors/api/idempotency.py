"""`Idempotency-Key` on a POST or PATCH: the same key and body within 24 hours gives the first answer again (API, ours).

The claim is a row of its own, committed first; while it is being answered its row is locked, so that another call
sees at once whether the first still runs (409), has answered (the same again) or died (its place is taken).
The answer is written in the transaction of what it tells.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta

from django.db import OperationalError, transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi.doors.api.answers import JSON
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.errors import Answered, unprocessable
from madoguchi.models import ApiToken, IdempotentAnswer

KEPT = timedelta(hours=24)


def once(request: Call, answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Answer, or give the first answer again. `answer` must not raise."""
    key = request.headers.get("Idempotency-Key", "")
    if request.method not in ("POST", "PATCH") or not key:
        return answer()
    if len(key) > 255 or not key.isprintable():
        raise unprocessable(_("An Idempotency-Key has at most 255 characters."))
    token: ApiToken = request.token
    digest = digest_of(request)
    row = IdempotentAnswer(token=token, key=key, request_digest=digest, created_at=timezone.now())
    IdempotentAnswer.objects.bulk_create([row], ignore_conflicts=True)
    with transaction.atomic():
        try:
            with transaction.atomic():
                claim = IdempotentAnswer.objects.select_for_update(nowait=True).get(token=token, key=key)
        except OperationalError:
            raise Answered(409, "CONFLICT", _("The first request with this key is still running.")) from None
        if claim.created_at < timezone.now() - KEPT:
            claim.status, claim.request_digest, claim.created_at = None, digest, timezone.now()
        if claim.request_digest != digest:
            raise unprocessable(_("This Idempotency-Key was used with another body."))
        if claim.status is not None:
            return _again(claim)
        response = answer()
        if response.status_code < 500 and isinstance(response, HttpResponse):
            claim.status, claim.body = response.status_code, response.content
            claim.save()
        return response


def _again(claim: IdempotentAnswer) -> HttpResponse:
    response = HttpResponse(bytes(claim.body), status=claim.status, content_type=JSON)
    if claim.status == 204:
        del response["Content-Type"]
    response["Idempotent-Replayed"] = "true"
    return response


def digest_of(request: Call) -> str:
    """Of method, address, query and body; of an upload its parts, as the boundary differs each time."""
    found = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type == "multipart/form-data":
        for name, values in sorted(request.POST.lists()):
            found.update(repr((name, values)).encode())
        for name, file in sorted(request.FILES.items()):
            found.update(f"{name} {getattr(file, 'name', '')}\n".encode())
            for chunk in file.chunks():  # type: ignore[union-attr]
                found.update(chunk)
            file.seek(0)  # type: ignore[union-attr]
    else:
        found.update(request.body)
    return found.hexdigest()


def forget_old() -> int:
    """Delete answers older than 24 hours. Returns how many."""
    return IdempotentAnswer.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]
