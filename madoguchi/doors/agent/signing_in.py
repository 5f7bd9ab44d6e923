"""Addresses of allauth's pages: sign in and out, passwords, second factor. Nobody signs up or changes address there."""

from typing import Never

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, include, path

from madoguchi.errors import Hidden


def nowhere(request: HttpRequest, **kwargs: str) -> Never:
    raise Hidden


urlpatterns: list[URLPattern | URLResolver] = [
    path("signup/", nowhere),
    path("email/", nowhere),
    path("confirm-email/", nowhere),
    path("confirm-email/<str:key>/", nowhere),
    path("login/code/confirm/", nowhere),
    path("", include("allauth.account.urls")),
    path("2fa/", include("allauth.mfa.urls")),
]
