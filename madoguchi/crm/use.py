"""Whether the built-in CRM is in use: an administrator switches it on, or connects another CRM in its place."""

from django.utils.translation import gettext as _

from madoguchi import lookups
from madoguchi.errors import Refused
from madoguchi.models import CrmConnection


def is_on() -> bool:
    return lookups.kind() == CrmConnection.Kind.BUILT_IN


def require_on() -> None:
    """Refused: CRM_OFF."""
    if not is_on():
        raise Refused(
            "CRM_OFF", _("The built-in CRM is switched off. An administrator can switch it on in the settings.")
        )
