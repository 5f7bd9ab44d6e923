"""Addresses of the help center; config.urls puts them under /help."""

from django.urls import URLPattern, URLResolver, path

from madoguchi.doors.portal import asking, files, index, profile, rating, signing_in, ticket

urlpatterns: list[URLPattern | URLResolver] = [
    path("", index.show, name="help"),
    path("sign-in", signing_in.sign_in, name="help_sign_in"),
    path("sign-in/sent", signing_in.sent, name="help_sent"),
    path("sign-in/<str:secret>", signing_in.link, name="help_link"),
    path("sign-out", signing_in.sign_out, name="help_sign_out"),
    path("language", signing_in.language, name="help_language"),
    path("profile", profile.edit, name="help_profile"),
    path("profile/password", profile.password, name="help_password"),
    path("new", asking.new, name="help_new"),
    path("tickets/<int:number>/", ticket.show, name="help_ticket"),
    path("tickets/<int:number>/replies", ticket.replies, name="help_replies"),
    path("tickets/<int:number>/closure", ticket.closure, name="help_closure"),
    path("tickets/<int:number>/answers/<int:entry>/rating", ticket.rating, name="help_rating"),
    path("rate/<str:token>", rating.rate, name="help_rate"),
    path("rate/<str:token>/<str:value>", rating.rate, name="help_rate_as"),
    path("files/<str:key>/<str:name>", files.show, name="help_file"),
]
