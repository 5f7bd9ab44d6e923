"""Which passwords an agent may have."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from madoguchi.organisation import current

DEMO = "madoguchi-demo"


class NotTheDemoPassword:
    """Everybody knows the password of the demo desk: it is refused everywhere else (AUTH_PASSWORD_VALIDATORS)."""

    def validate(self, password: str, user: Any = None) -> None:
        if is_refused(password):
            raise ValidationError(_("This password stands in the documentation. Choose another one."), code="demo")

    def get_help_text(self) -> str:
        return ""


def is_refused(password: str) -> bool:
    """Whether it is the demo password and this desk is not the demo desk."""
    organisation = current.organisation()
    return password == DEMO and not (organisation and organisation.is_demo)
