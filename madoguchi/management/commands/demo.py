"""Load the demo desk into an empty database."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from madoguchi.management.demo.load import load
from madoguchi.management.demo.people import PASSWORD
from madoguchi.models import Organisation

LOGINS = [
    ("管理者 Administrator", "admin@demo.example", PASSWORD),
    ("サポート Agent", "sato@demo.example", PASSWORD),
    ("サポート Supervisor", "tanaka@demo.example", PASSWORD),
    ("経理 Billing", "suzuki@demo.example", PASSWORD),
    ("配送 Delivery", "ito@demo.example", PASSWORD),
]


class Command(BaseCommand):
    help = "Load the demo desk, if the desk is not set up yet."

    def handle(self, *args: Any, **options: Any) -> None:
        if Organisation.objects.exists():
            self.stdout.write("The desk is set up already; nothing loaded.")
            return
        load(timezone.now())
        self.stdout.write("Demo desk loaded.")
