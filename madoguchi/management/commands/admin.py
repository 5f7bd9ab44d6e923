"""Make or reset an administrator."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.people.agents import make_administrator


class Command(BaseCommand):
    help = "Make this address an administrator, or reset one, and print a one-time password alone on the last line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            _agent, password = make_administrator(options["email"], by=Actor.desk(door="command"))
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(password)
