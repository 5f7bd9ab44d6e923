"""Where the links under an answer lead: whoever holds one may say how the answer was, signed in or not (SPEC I5).

Mail scanners open every link, and so looking never votes: a page with the choice made asks for one more click. The page needs
no cookie and no script. Its form carries no token against forgery, for the address itself is the secret, and a browser that
is to tell nobody that address (`no-referrer`) does not say either where a form came from.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from madoguchi import tickets
from madoguchi.doors.portal.answer import Helped, go
from madoguchi.doors.portal.gate import open_to_all, zone_of
from madoguchi.doors.shared.visitors import place_of
from madoguchi.errors import Hidden, Refused
from madoguchi.kit import tokens
from madoguchi.models import Entry, Rating, Satisfaction, Ticket
from madoguchi.organisation.current import the_organisation
from madoguchi.people import tries
from madoguchi.tickets import rating as rules

AN_HOUR = timedelta(hours=1)
ANSWERS = Entry.objects.select_related("ticket__contact", "ticket__department", "agent")
MOST_OF_ANSWER, MOST_OF_PLACE = 30, 200


@csrf_exempt
@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: Helped, token: str, value: str = "") -> HttpResponse:
    """One answer, its three faces, a comment if one likes. Sent, it shows what was said, and lets it be changed."""
    pk = tokens.entry_in(settings.SECRET_KEY.encode(), token)
    entry = ANSWERS.filter(pk=pk).first() if pk is not None else None
    if entry is None:
        with translation.override(language(request)):
            return private(broken() if pk is None else gone())
    zone = zone_of(entry.ticket.contact, the_organisation())
    with translation.override(language(request, entry)), timezone.override(zone):
        return private(whole(request, entry, value if value in Satisfaction.values else ""))


def whole(request: Helped, entry: Entry, value: str) -> HttpResponse:
    try:
        ticket = rules.ticket_of(entry)
        if request.method == "POST":
            return vote(request, entry)
    except Hidden:
        return gone()
    except Refused as refusal:
        return asked(request, entry, ticket, refusal=refusal, value=request.POST.get("rating", ""))
    return asked(request, entry, ticket, value=value)


def vote(request: Helped, entry: Entry) -> HttpResponse:
    tries.count("rating place", place_of(request), most=MOST_OF_PLACE, within=AN_HOUR)
    tries.count("rating", str(entry.pk), most=MOST_OF_ANSWER, within=AN_HOUR)
    tickets.rate_by_link(entry, request.POST.get("rating", ""), request.POST.get("comment", ""))
    return go(f"{address(entry)}?language={translation.get_language()}")


def asked(request: Helped, entry: Entry, ticket: Ticket, *, value: str, refusal: Refused | None = None) -> HttpResponse:
    """The form, or what was said and the form below it; where nothing can be said any more, why."""
    rating = Rating.objects.filter(entry=entry).first()
    reason = rules.reason_against(entry, ticket, rating)
    if reason is not None and (rating is None or reason.code != "TOO_LATE"):
        return gone() if reason.code == "GONE" else over(reason)
    is_given = rating is not None and (reason is not None or (refusal is None and value in ("", rating.value)))
    return sheet(
        "portal/rating/show.html",
        status=200 if refusal is None else 429 if refusal.code == "TOO_MANY" else 422,
        here=address(entry),
        subject=entry.subject,
        answered_by=entry.agent.name if entry.agent else entry.from_name,
        answered_at=entry.created_at,
        rating=rating,
        is_given=is_given,
        may=reason is None,
        chosen=value if value in Satisfaction.values else "",
        typed=request.POST.get("comment", rating.comment if rating else "")[: rules.LONGEST * 2],
        refusal=refusal,
        errors={refusal.field: str(refusal.text)} if refusal and refusal.field else {},
        longest=rules.LONGEST,
        more=reverse("help_ticket", kwargs={"number": ticket.number}) if the_organisation().has_help_center else "",
    )


def over(reason: Refused) -> HttpResponse:
    return told(410, "clock", _("This answer cannot be rated any more"), str(reason.text))


def gone() -> HttpResponse:
    text = _("The request it belongs to does not exist any more. You need not do anything.")
    return told(410, "info", _("There is nothing to rate here any more"), text)


def broken() -> HttpResponse:
    text = _("Please open it once more from the mail, or copy the whole address from there.")
    return told(404, "info", _("This link is not complete"), text)


def told(status: int, icon: str, title: str, text: str) -> HttpResponse:
    return sheet("portal/rating/gone.html", status=status, icon=icon, title=title, text=text, here="")


def sheet(template: str, *, status: int, **context: Any) -> HttpResponse:
    """A page without a request in it: no cookie is set, for the token of forms either."""
    return HttpResponse(render_to_string(template, {"organisation": the_organisation(), **context}), status=status)


def address(entry: Entry) -> str:
    token = tokens.rating_token(settings.SECRET_KEY.encode(), entry.pk)
    return reverse("help_rate", kwargs={"token": token})


def language(request: Helped, entry: Entry | None = None) -> str:
    """What was chosen on the page or before, else the language of the mail."""
    known = dict(settings.LANGUAGES)
    for chosen in (request.GET.get("language", ""), request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")):
        if chosen in known:
            return chosen
    if entry is not None:
        return entry.ticket.contact.language or entry.ticket.department.language
    return translation.get_language() or settings.LANGUAGE_CODE


def private(response: HttpResponse) -> HttpResponse:
    """Kept by nobody, told to nobody."""
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response
