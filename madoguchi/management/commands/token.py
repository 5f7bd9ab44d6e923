"""An API token for an agent, printed once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from madoguchi.actor import Actor
from madoguchi.models import Agent
from madoguchi.people.tokens import make_token


class Command(BaseCommand):
    help = "Make an API token for the agent with this address and print it alone on the last line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        agent = Agent.objects.filter(email__iexact=options["email"], is_active=True).first()
        if agent is None:
            raise CommandError(f"There is no active agent {options['email']}.")
        _token, secret = make_token(agent, "bin/madoguchi token", by=Actor.desk(door="command"))
        self.stdout.write(secret)
