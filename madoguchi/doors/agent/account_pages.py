"""What the templates of allauth's pages find around their content; its views know nothing of the desk."""

from typing import Any

from django.http import HttpRequest

from madoguchi.doors.agent.answer import shell
from madoguchi.models import Agent
from madoguchi.organisation.current import organisation
from madoguchi.people.passwords import DEMO


def context(request: HttpRequest) -> dict[str, Any]:
    """A context processor (settings.TEMPLATES); other pages get theirs from `answer.page`."""
    match = request.resolver_match
    if match is None or not getattr(match.func, "__module__", "").startswith("allauth."):
        return {}
    return {**shell(request), "demo_people": demo_people, "demo_password": DEMO}


def demo_people() -> list[Agent]:
    """Who may be tried out: on the demo desk only."""
    founded = organisation()
    if founded is None or not founded.is_demo:
        return []
    return list(Agent.objects.filter(is_active=True).select_related("role").order_by("pk")[:8])
