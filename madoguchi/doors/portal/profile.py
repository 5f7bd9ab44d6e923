"""What contacts set for themselves: language, time zone, password."""

from zoneinfo import available_timezones

from django.http import HttpResponse
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_http_methods, require_POST

from madoguchi.doors.portal.answer import Helped, go, page
from madoguchi.errors import Refused
from madoguchi.models.organisation import LANGUAGES
from madoguchi.organisation.current import the_organisation
from madoguchi.people import contact_passwords
from madoguchi.people.contact_profiles import edit_profile

ZONES = ["Asia/Tokyo", "Asia/Seoul", "Asia/Shanghai", "Asia/Singapore", "Europe/Berlin", "Europe/London", "UTC"]


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Helped) -> HttpResponse:
    if request.method != "POST":
        return form(request)
    changes = {name: request.POST.get(name, "") for name in ("language", "time_zone")}
    try:
        contact = edit_profile(request.contact, changes, by=request.actor)
    except Refused as refusal:
        return form(request, refusal)
    with translation.override(contact.language or translation.get_language()):
        return go(reverse("help_profile"), "saved")


@require_POST
def password(request: Helped) -> HttpResponse:
    typed = request.POST
    try:
        contact_passwords.set_password(
            request.contact,
            typed.get("new", ""),
            current=typed.get("current", ""),
            session=request.help_session,
            by=request.actor,
        )
    except Refused as refusal:
        return form(request, refusal)
    return go(reverse("help_profile"), "password")


def form(request: Helped, refusal: Refused | None = None) -> HttpResponse:
    return page(
        request,
        "portal/profile.html",
        status=200 if refusal is None else 429 if refusal.code == "TOO_MANY" else 422,
        here="profile",
        languages=LANGUAGES,
        zones=[(name, name) for name in [*ZONES, *sorted(available_timezones() - set(ZONES))]],
        usual_zone=the_organisation().time_zone,
        addresses=[row.address for row in request.contact.addresses.all()],
        needs_current=bool(request.contact.password) and not request.help_session.by_link,
        typed=request.POST,
        errors={refusal.field: str(refusal.text)} if refusal else {},
    )
