"""Sign in by a mailed link or by password; sign out."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from madoguchi.doors.portal.answer import HOME, Helped, go, is_ours, page, wanted
from madoguchi.doors.portal.gate import let_in, let_out, open_to_all
from madoguchi.doors.shared.visitors import place_of
from madoguchi.errors import Refused
from madoguchi.organisation.current import the_organisation
from madoguchi.people import contact_passwords, help_sessions, links
from madoguchi.people.contact_profiles import edit_profile

LONGEST_SECRET = 100


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: Helped) -> HttpResponse:
    """The address alone: a link is mailed. `way=password`: with the password."""
    if request.contact is not None and request.method != "POST":
        return redirect(wanted(request))
    if request.method != "POST":
        return form(request)
    address, to = request.POST.get("email", "").strip(), wanted(request)
    try:
        if request.POST.get("way") == "password":
            links.refuse_no_address(address)
            secret = contact_passwords.sign_in(address, request.POST.get("password", ""), place=place_of(request))
            return enter(request, to, secret)
        to = "" if to == HOME else to
        links.ask_for_link(address, to=to, language=get_language() or "", place=place_of(request))
    except Refused as refusal:
        return form(request, refusal)
    return go(reverse("help_sent"))


def form(request: HttpRequest, refusal: Refused | None = None) -> HttpResponse:
    return page(
        request,
        "portal/sign_in.html",
        status=200 if refusal is None else 429 if refusal.code == "TOO_MANY" else 422,
        email=request.POST.get("email", ""),
        next=wanted(request, ""),
        by_password=request.POST.get("way") == "password" or request.GET.get("way") == "password",
        refusal=refusal,
        is_demo=the_organisation().is_demo,
    )


@open_to_all
@require_http_methods(["GET", "HEAD"])
def sent(request: Helped) -> HttpResponse:
    """“If we know the address, a link is on its way”: the same for every address."""
    return page(request, "portal/sent.html", asked="request" in request.GET, is_demo=the_organisation().is_demo)


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: Helped, secret: str) -> HttpResponse:
    """What a mailed link opens: one button. Mail scanners that look at the page use nothing up."""
    to = request.GET.get("next", "")
    to = to if is_ours(to) else ""
    if len(secret) > LONGEST_SECRET:
        secret = ""
    if request.method == "POST" and (session := links.use_link(secret)):
        return enter(request, to or HOME, session)
    works = request.method != "POST" and links.works(secret)
    return page(request, "portal/link.html", status=200 if works else 410, works=works, next=to)


def enter(request: Helped, to: str, secret: str) -> HttpResponse:
    """With a key of its own: no session from before signing in is good for anything after it.

    The token of forms stays, for an agent may have the desk open in the same browser; the cookies are `SameSite`.
    """
    if request.help_session is not None:
        help_sessions.end(request.help_session)
    return let_in(go(to), secret)


@open_to_all
@require_POST
def sign_out(request: Helped) -> HttpResponse:
    if request.help_session is not None:
        help_sessions.end(request.help_session)
    return let_out(go(reverse("help_sign_in"), "signed-out"))


@open_to_all
@require_POST
def language(request: Helped) -> HttpResponse:
    """The language of this browser, and of the contact's mails where one is signed in."""
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        raise Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."))
    if request.contact is not None:
        edit_profile(request.contact, {"language": chosen}, by=request.actor)
    response = go(wanted(request))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=365 * 86400,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response
