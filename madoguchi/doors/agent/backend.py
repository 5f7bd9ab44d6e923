"""The agent behind a session, with the role; `desk.signed_in` fetches the departments."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from madoguchi.models import Agent


class AgentBackend(AuthenticationBackend):
    """allauth's, which fetches what every page asks of an agent. Inactive agents are nobody."""

    def get_user(self, user_id: Any) -> Agent | None:
        return Agent.objects.select_related("role").filter(pk=user_id, is_active=True).first()
