"""What happened, in words: for the history, between messages, and on the home page (SPEC D12)."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy
from markupsafe import Markup

from madoguchi.actor import title_of_rule
from madoguchi.doors.agent import when
from madoguchi.models import CustomField, Event, Permission, Satisfaction, Status
from madoguchi.models.ticket import Channel, Priority
from madoguchi.tickets.family_telling import RELATIVES
from madoguchi.verbs import CATALOGUE

NEWS = (
    "ticket.opened ticket.received ticket.replied ticket.commented ticket.closed ticket.reopened ticket.held ticket.moved"
    " mail.failed mail.bounced"
).split()
BETWEEN = (
    "ticket.assigned ticket.edited ticket.status_changed ticket.closed ticket.reopened ticket.held ticket.moved ticket.tagged"
    " ticket.untagged ticket.copied_in ticket.spam ticket.not_spam ticket.trashed ticket.restored ticket.overdue"
    " attachment.added attachment.removed mail.bounced ticket.merged ticket.merged_away ticket.shared ticket.share_changed"
    " ticket.unshared ticket.rated ticket.parent_set ticket.parent_removed ticket.children_added ticket.children_removed"
).split()
FACES = {"good": "good", "ok": "okay", "bad": "bad"}
TONES = {"ticket.received": "accent", "ticket.opened": "accent", "ticket.closed": "ok", "ticket.commented": "note"}

FIELDS = {
    "number": pgettext_lazy("ticket", "Number"),
    "subject": gettext_lazy("Subject"),
    "department": gettext_lazy("Department"),
    "contact": gettext_lazy("Contact"),
    "account": gettext_lazy("Account"),
    "assignee": gettext_lazy("Assignee"),
    "team": gettext_lazy("Team"),
    "status": gettext_lazy("Status"),
    "priority": gettext_lazy("Priority"),
    "channel": gettext_lazy("Channel"),
    "product": gettext_lazy("Product"),
    "category": gettext_lazy("Category"),
    "sub_category": gettext_lazy("Subcategory"),
    "classification": gettext_lazy("Classification"),
    "language": gettext_lazy("Language"),
    "email": gettext_lazy("Mail address"),
    "phone": gettext_lazy("Phone"),
    "resolution": gettext_lazy("Resolution"),
    "due_at": gettext_lazy("Due date"),
    "response_due_at": gettext_lazy("Response due"),
    "trashed_because": gettext_lazy("Reason"),
    "merged": gettext_lazy("Merged tickets"),
    "merged_into": gettext_lazy("Merged into"),
    "given_up": gettext_lazy("Values not taken over"),
    "parent": gettext_lazy("Parent ticket"),
    "children": gettext_lazy("Child tickets"),
    "custom": "",
    "text": pgettext_lazy("comment", "Text"),
    "tags": gettext_lazy("Tags"),
    "followers": gettext_lazy("Followers"),
    "people": pgettext_lazy("copies", "Copies to"),
    "to": gettext_lazy("To"),
    "name": gettext_lazy("File"),
    "shares": gettext_lazy("Shared with"),
    "rating": pgettext_lazy("rating", "Rating"),
    "comment": gettext_lazy("Comment"),
}
MOST_NAMED = 3  # of the children of an event between messages; the history names them all
DOORS = {
    "page": gettext_lazy("Page"),
    "api": gettext_lazy("API"),
    "mail": gettext_lazy("Mail"),
    "command": gettext_lazy("Command line"),
    "desk": gettext_lazy("Automatic"),
    "help": gettext_lazy("Help center"),
}


def who(event: Event) -> str:
    """The agent, the contact, the rule, or the desk itself."""
    person = event.agent or event.by_contact
    if person is None and "rule" in event.after:
        return title_of_rule(event.after["rule"]["label"])
    return person.name if person else _("The desk")


def sentence(event: Event) -> Markup:
    """「佐藤 健が完了にしました」 with the name in bold."""
    if event.after.get("shares") and event.verb in ("ticket.shared", "ticket.unshared"):
        return _shared(event)
    return Markup(str(CATALOGUE[event.verb].text)) % {"who": Markup("<b>%s</b>") % who(event)}


def joined(names: Iterable[str]) -> str:
    """経理、配送 / Billing, Delivery"""
    return ("、" if when.locale() == "ja" else ", ").join(names)


def _shared(event: Event) -> Markup:
    """「中村 葵が経理に「すべてのアクセス」で共有しました」, 「…が経理との共有を解除しました」"""
    shares = event.after["shares"]
    names = [Markup("<b>%s</b>") % share["department"]["label"] for share in shares]
    if event.verb == "ticket.unshared":
        by_itself = event.after.get("because") == "expired"
        text = _("The time was over: the sharing with %(departments)s ended") if by_itself else None
        text = text or _("%(who)s ended the sharing with %(departments)s")
    else:
        item = Markup(_("%(department)s (%(level)s)"))
        names = [item % {"department": n, "level": _level(s)} for n, s in zip(names, shares, strict=True)]
        text = _("%(who)s shared the ticket with %(departments)s")
    return Markup(text) % {"who": Markup("<b>%s</b>") % who(event), "departments": Markup(joined(names))}


def _shares(event: Event) -> Iterator[tuple[str, str, str]]:
    """What the sentence leaves out: until when and why; of a change, what was before."""
    before = {share["department"]["id"]: share for share in event.before.get("shares", [])}
    shares = event.after.get("shares", [])
    if event.verb == "ticket.unshared":
        return
    for share in shares:
        old: dict[str, Any] = before.get(share["department"]["id"], {})
        name = share["department"]["label"]
        prefix = f"{name} " if event.verb == "ticket.share_changed" or len(shares) > 1 else ""
        if old and old["level"] != share["level"]:
            yield name, _level(old), _level(share)
        for key, label in (("expires_at", pgettext("share", "Until")), ("reason", _("Reason"))):
            told = [words(key, each.get(key), {}) for each in (old, share)]
            if told[0] != told[1]:
                yield f"{prefix}{label}", told[0], told[1]


def _level(share: dict[str, Any]) -> str:
    return str(Permission[share["level"]].label)


def icon(event: Event) -> str:
    return FACES.get(event.after.get("rating", ""), CATALOGUE[event.verb].icon)


def tone(event: Event) -> str:
    return TONES.get(event.verb, "")


def differences(
    event: Event,
    statuses: dict[int, Status],
    custom: dict[str, CustomField],
    *,
    briefly: bool = False,
    hidden: Collection[str] = (),
) -> Iterator[tuple[str, str, str]]:
    """(field, before, after) in words; '' stands for nothing. `briefly` without the values a merge gave up; relatives with
    `hidden` ids without number and subject."""
    names = [name for name in FIELDS if name in event.after or name in event.before]
    for name in names:
        old, new = event.before.get(name), event.after.get(name)
        if name in RELATIVES:
            old, new = (_veiled(each, hidden, MOST_NAMED if briefly else None) for each in (old, new))
        if name == "shares":
            yield from _shares(event)
        elif event.verb == "ticket.rated" and (old == new or (name == "comment" and (briefly or not (old or new)))):
            continue  # between messages the comment stands below the answer
        elif name == "custom":
            yield from _custom(old or {}, new or {}, custom)
        elif name == "given_up":
            yield from [] if briefly else _given_up(event, statuses, custom)
        elif (name == "trashed_because" and "merged_into" in event.after) or (
            event.verb == "ticket.opened" and name in ("number", "subject")
        ):
            continue
        elif event.verb in (
            "ticket.tagged",
            "ticket.followed",
            "ticket.replied",
            "ticket.forwarded",
            "ticket.children_added",
        ):
            yield str(FIELDS[name]), "", words(name, new, statuses)
        elif event.verb in ("ticket.untagged", "ticket.unfollowed", "ticket.children_removed"):
            yield str(FIELDS[name]), words(name, new, statuses), ""
        else:
            yield str(FIELDS[name]), words(name, old, statuses), words(name, new, statuses)


def _veiled(told: Any, hidden: Collection[str], most: int | None = None) -> Any:
    """Relatives as they may be shown: those hidden, and those beyond `most`, as a number."""
    if not isinstance(told, list):
        return {"label": _("(not shown)")} if isinstance(told, dict) and str(told.get("id")) in hidden else told
    seen = [row for row in told if str(row.get("id")) not in hidden]
    shown = seen if most is None or len(seen) <= most + 1 else seen[:most]
    more = len(seen) - len(shown)
    secret = len(told) - len(seen)
    words = [ngettext("%(n)s more", "%(n)s more", more) % {"n": more}] if more else []
    words += [ngettext("(%(n)s not shown)", "(%(n)s not shown)", secret) % {"n": secret}] if secret else []
    return [*shown, *({"label": word} for word in words)]


def _custom(old: dict[str, Any], new: dict[str, Any], fields: dict[str, CustomField]) -> Iterator[tuple[str, str, str]]:
    for name in old.keys() | new.keys():
        if old.get(name) != new.get(name):
            label = fields[name].label if name in fields else name
            told = [words(name, each.get(name), {}) for each in (old, new)]
            if name in fields and fields[name].kind == CustomField.Kind.DATE:
                told = [when.written_day(each) for each in told]
            yield label, told[0], told[1]


def _given_up(
    event: Event, statuses: dict[int, Status], custom: dict[str, CustomField]
) -> Iterator[tuple[str, str, str]]:
    """What the merged ticket did not take: on it a line for each other ticket, on the other one line."""
    kept = event.after["given_up"]
    each = kept.items() if event.verb == "ticket.merged" else [("", kept)]
    for number, values in each:
        told = []
        for name, value in values.items():
            field = custom.get(name.removeprefix("cf:"))
            label = FIELDS.get(name) or (field.label if field else name.removeprefix("cf:"))
            told.append((str(label), words(name, value, statuses)))
        if told:
            label = _("Not taken over from #%(n)s") % {"n": number} if number else str(FIELDS["given_up"])
            yield label, "", _pairs(told)


def _pairs(told: list[tuple[str, str]]) -> str:
    """件名「…」、優先度「高」 / Subject: …, Priority: High"""
    if when.locale() == "ja":
        return "、".join(f"{label}「{value}」" for label, value in told)
    return ", ".join(f"{label}: {value}" for label, value in told)


def words(name: str, value: Any, statuses: dict[int, Status]) -> str:
    """One told value (see `record.told`) in the reader's words."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dict):
        if name == "status" and (status := statuses.get(int(value.get("id") or 0))):
            return status.label
        return str(value.get("label", ""))
    if isinstance(value, list):
        return joined(str(item.get("label", "")) if isinstance(item, dict) else str(item) for item in value)
    if name == "priority" and value in Priority.values:
        return str(Priority(value).label)
    if name == "channel" and value in Channel.values:
        return str(Channel(value).label)
    if name == "rating" and value in Satisfaction.values:
        return str(Satisfaction(value).label)
    if name.endswith("_at") and isinstance(value, str):
        try:
            return when.moment(datetime.fromisoformat(value))
        except ValueError:
            return value
    text = str(value)
    return text if len(text) <= 120 else f"{text[:120]}…"
