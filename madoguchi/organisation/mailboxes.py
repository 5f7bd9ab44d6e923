"""The mail addresses of departments, and the servers behind them (SPEC D1, G6)."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.kit import addresses
from madoguchi.models import Department, InboundMail, Mailbox
from madoguchi.models.mail import Security
from madoguchi.organisation import rows
from madoguchi.organisation.departments import refuse_address
from madoguchi.organisation.secrets import seal

FIELDS = frozenset(
    [
        "address",
        "display_name",
        "is_active",
        "plus_addressing",
        "imap_host",
        "imap_port",
        "imap_security",
        "imap_user",
        "imap_folder",
        "smtp_host",
        "smtp_port",
        "smtp_security",
        "smtp_user",
    ]
)
SECRETS = ("imap_password", "smtp_password")
SOURCE = ("imap_host", "imap_port", "imap_user", "imap_folder")


@transaction.atomic
def add_mailbox(department: Department, changes: Mapping[str, Any], *, by: Actor) -> Mailbox:
    """An address of the department; its first one is the default. Refused: see `edit_mailbox`."""
    require(by, "administer")
    Department.objects.select_for_update().get(pk=department.pk)
    box = Mailbox(department=department, is_default=not department.mailboxes.filter(is_default=True).exists())
    difference = _fill(box, {"address": "", **changes})
    box.save()
    rows.write_down("mailbox", box, ({}, {"added": True, **difference[1]}), by=by, department=department)
    return box


@transaction.atomic
def edit_mailbox(box: Mailbox, changes: Mapping[str, Any], *, by: Actor) -> Mailbox:
    """Change address and servers. A password of None stays as it is, '' is forgotten.

    Without a server its password is forgotten. Another source (server, user, folder) is read from its first mail: what is known already is told by its content.
    Refused, by field: NOT_AN_ADDRESS, ADDRESS_TAKEN, NOT_A_HOST, NOT_A_PORT, NOT_SECURE (unencrypted only to this machine).
    """
    require(by, "administer")
    box = rows.locked(box)
    source = [getattr(box, name) for name in SOURCE]
    difference = _fill(box, changes)
    if source != [getattr(box, name) for name in SOURCE]:
        box.uid_validity, box.last_uid, box.server_n, box.checked_at, box.error, box.error_at = (
            None,
            0,
            None,
            None,
            "",
            None,
        )
        InboundMail.objects.filter(mailbox=box).exclude(uid=None).update(uid_validity=None, uid=None)
    box.save()
    rows.write_down("mailbox", box, difference, by=by, department=box.department)
    return box


@transaction.atomic
def make_default_mailbox(box: Mailbox, *, by: Actor) -> Mailbox:
    """The address the department answers from where the customer wrote to none (SPEC G6). Refused: OFF."""
    require(by, "administer")
    boxes = {b.pk: b for b in Mailbox.objects.select_for_update().filter(department=box.department_id)}
    box = boxes[box.pk]
    if not box.is_active:
        raise Refused("OFF", _("This address is switched off."))
    if not box.is_default:
        Mailbox.objects.filter(department=box.department_id).update(is_default=False)
        box.is_default = True
        box.save(update_fields=["is_default"])
        rows.write_down("mailbox", box, ({"is_default": False}, {"is_default": True}), by=by, department=box.department)
    return box


def is_this_machine(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _fill(box: Mailbox, changes: Mapping[str, Any]) -> rows.Difference:
    changes = dict(changes)
    secrets = {name: changes.pop(name) for name in SECRETS if name in changes}
    before, after = rows.fill(box, changes, FIELDS)
    refuse_address(box.address, but=box)
    box.folded = addresses.fold(box.address)
    if box.is_default and not box.is_active and box.pk:
        raise Refused("DEFAULT_MAILBOX", _("Make another address of the department the default first."), "is_active")
    for kind in ("imap", "smtp"):
        _refuse_server(box, kind)
    for name, password in secrets.items():
        if not getattr(box, f"{name.partition('_')[0]}_host"):
            password = ""
        if password or (password == "" and getattr(box, name)):
            setattr(box, name, seal(password))
            before[name], after[name] = "•••", "•••" if password else ""
    return before, after


def _refuse_server(box: Mailbox, kind: str) -> None:
    host, port = getattr(box, f"{kind}_host"), getattr(box, f"{kind}_port")
    if not host:
        return
    if not addresses.is_valid(f"x@{host}") and not is_this_machine(host) and not _is_ip(host):
        raise Refused("NOT_A_HOST", _("This is not the name of a server."), f"{kind}_host")
    if not 1 <= port <= 65535:
        raise Refused("NOT_A_PORT", _("A port is a number from 1 to 65535."), f"{kind}_port")
    if getattr(box, f"{kind}_security") == Security.NONE and not is_this_machine(host):
        message = _("Without encryption only to a server on this machine (127.0.0.1).")
        raise Refused("NOT_SECURE", message, f"{kind}_security")


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
