"""Notes on contacts and accounts: what agents should know of a customer, who never sees them."""

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi import record
from madoguchi.access import can, require
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.kit.characters import storable
from madoguchi.models import Account, Contact, CustomerNote

LONGEST = 10_000


@transaction.atomic
def write_note(customer: Contact | Account, text: str, *, by: Actor) -> CustomerNote:
    """A new note. Refused: EMPTY, TOO_LONG (10,000 characters)."""
    require(by, "edit_customers")
    note = CustomerNote(text=checked(text), agent=by.agent, created_at=record.now())
    if isinstance(customer, Contact):
        note.contact = customer
    else:
        note.account = customer
    note.save()
    _tell("customer.noted", note, by, after={"note": str(note.pk)})
    return note


@transaction.atomic
def edit_note(note: CustomerNote, text: str, *, by: Actor) -> CustomerNote:
    """Change one's own note; who supervises may change any. The history keeps the old text. Refused: EMPTY, TOO_LONG."""
    require_own(note, by)
    note = _locked(note)
    text = checked(text)
    if text != note.text:
        before, note.text, note.edited_at = note.text, text, record.now()
        note.save(update_fields=["text", "edited_at"])
        _tell("customer.note_edited", note, by, before={"text": before}, after={"note": str(note.pk), "text": text})
    return note


@transaction.atomic
def delete_note(note: CustomerNote, *, by: Actor) -> None:
    """Delete one's own note; who supervises may delete any. The history keeps its text."""
    require_own(note, by)
    note = _locked(note)
    _tell("customer.note_deleted", note, by, before={"text": note.text}, after={"note": str(note.pk)})
    note.delete()


def may_change(by: Actor, note: CustomerNote) -> bool:
    own = by.agent is not None and note.agent_id == by.agent.pk
    return can(by, "edit_customers") and (by.is_desk or own or can(by, "supervise"))


def require_own(note: CustomerNote, by: Actor) -> None:
    require(by, "edit_customers")
    if not may_change(by, note):
        raise Denied("edit_note")


def checked(text: str) -> str:
    """The text as it is kept: lines ended alike, without blanks around it."""
    text = storable(text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not text:
        raise Refused("EMPTY", _("Write something first."), "text")
    if len(text) > LONGEST:
        raise Refused("TOO_LONG", _("At most %(n)s characters.") % {"n": f"{LONGEST:,}"}, "text")
    return text


def _locked(note: CustomerNote) -> CustomerNote:
    """The note again, under lock; Hidden where it was deleted meanwhile."""
    found = CustomerNote.objects.select_for_update(of=("self",)).select_related("contact", "account")
    row = found.filter(pk=note.pk).first()
    if row is None:
        raise Hidden
    return row


def _tell(
    verb: str,
    note: CustomerNote,
    by: Actor,
    *,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> None:
    """In the history of whom it is about; of a contact's in that of the account too."""
    account = note.account if note.contact is None else note.contact.account
    record.note(verb, by=by, contact=note.contact, account=account, before=before, after=after)
