"""How agents sign in: allauth, with our rules."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation

from madoguchi import bell
from madoguchi.models import Agent
from madoguchi.organisation.secrets import seal, unseal
from madoguchi.people import agents, passwords


class Accounts(DefaultAccountAdapter):
    """Nobody signs up by themselves: administrators add agents."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Agents have no user name."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """The demo password opens the demo desk only; elsewhere it is a wrong password like any other."""
        if passwords.is_refused(str(credentials.get("password", ""))):
            credentials["password"] = "\0"
        return super().authenticate(request, **credentials)

    def reauthenticate(self, user: Any, password: str) -> bool:
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def logout(self, request: HttpRequest) -> None:
        """Live streams of the agent end; browsers still signed in come back."""
        agent_id = request.user.pk
        super().logout(request)
        if agent_id is not None:
            bell.ring(verb="agent.signed_out", agent=agent_id)

    def set_password(self, user: Any, password: str) -> None:
        """Chosen by the agent: the invitation is used up."""
        assert isinstance(user, Agent)
        agents.confirm(user, password)

    def send_password_reset_mail(self, user: Any, email: str, context: dict[str, Any]) -> None:
        """In the language of whom it is for, not of whoever asked."""
        with translation.override(user.language):
            super().send_password_reset_mail(user, email, context)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """At the desk's own address, never at the one the request names: whoever asks could name their own (Host)."""
        return settings.URL + urlsplit(super().get_reset_password_from_key_url(key)).path

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("profile")

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """What was done shows on the page; "signed in as" would only be noise. Kept: what says something new."""
        template = kwargs.get("message_template") or (args[2] if len(args) > 2 else "")
        if template not in ("account/messages/logged_in.txt", "account/messages/logged_out.txt"):
            super().add_message(*args, **kwargs)


class TwoFactor(DefaultMFAAdapter):
    """Secrets of authenticator apps and recovery codes are sealed."""

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)
