"""The one-time link by which an agent chooses a password: allowed once, for three days."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from madoguchi.models import Agent


def link(agent: Agent) -> str:
    """Good until a password was chosen with it, the agent signed in, or three days passed (PASSWORD_RESET_TIMEOUT)."""
    key = default_token_generator.make_token(agent)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(agent), "key": key})
    return f"{settings.URL}{path}"
