"""A deed of a customer's activity in words: 「中村 葵が経理と共有しました（すべてのアクセス）」 (SPEC I2)."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from markupsafe import Markup

from madoguchi.actor import title_of_rule
from madoguchi.doors.agent import when
from madoguchi.doors.agent.history import joined
from madoguchi.lists.activity import Deed
from madoguchi.models import Permission
from madoguchi.models.rating import Satisfaction
from madoguchi.verbs import CATALOGUE

TONES = {
    "ticket.opened": "accent",
    "ticket.received": "accent",
    "ticket.replied": "accent",
    "ticket.closed": "ok",
    "ticket.commented": "note",
    "customer.noted": "note",
}
FACES = {Satisfaction.GOOD: ("good", "ok"), Satisfaction.OKAY: ("okay", ""), Satisfaction.BAD: ("bad", "note")}


def sentence(deed: Deed) -> Markup:
    """What was done, with the names in bold. Never what a comment or a note says."""
    return Markup(_text(deed)) % {"who": who(deed), **_names(deed)}


def _text(deed: Deed) -> str:
    if deed.verb == "ticket.commented" and "public" in deed.after:
        return _("%(who)s wrote a public comment") if deed.after["public"] else _("%(who)s wrote a private comment")
    if deed.verb == "ticket.shared" and deed.after.get("shares"):
        return pgettext("activity", "%(who)s shared it with %(departments)s")
    if deed.verb == "ticket.unshared" and deed.after.get("shares"):
        if deed.after.get("because") == "expired":
            return _("The time was over: the sharing with %(departments)s ended")
        return _("%(who)s ended the sharing with %(departments)s")
    if deed.verb == "ticket.merged" and _merged(deed):
        return pgettext("activity", "%(who)s merged %(tickets)s into it")
    if deed.verb == "ticket.rated" and _rating(deed):
        if deed.before.get("rating"):
            return pgettext("activity", "%(who)s changed the rating to “%(rating)s”")
        return pgettext("activity", "%(who)s rated an answer “%(rating)s”")
    if deed.verb == "ticket.received":
        return pgettext("activity", "%(who)s replied")
    if deed.verb == "ticket.assigned" and (assignee := _assignee(deed)) is not None:
        if not assignee:
            return pgettext("activity", "%(who)s took the assignee off")
        if deed.after["assignee"]["id"] == str(deed.agent_id):
            return pgettext("activity", "%(who)s took it on")
        return pgettext("activity", "%(who)s gave it to %(assignee)s")
    return str(CATALOGUE[deed.verb].text)


def _names(deed: Deed) -> dict[str, Any]:
    bold = Markup("<b>%s</b>")
    if deed.verb == "ticket.rated" and (rating := _rating(deed)):
        return {"rating": rating.label}
    if deed.verb == "ticket.merged":
        return {"tickets": joined(f"#{number}" for number in _merged(deed))}
    if deed.verb == "ticket.assigned":
        return {"assignee": bold % _assignee(deed)}
    if deed.verb == "ticket.unshared":
        return {"departments": Markup(joined(bold % share["department"]["label"] for share in _shares(deed)))}
    item = Markup(pgettext("activity", "%(department)s (%(level)s)"))
    named = ((bold % share["department"]["label"], str(Permission[share["level"]].label)) for share in _shares(deed))
    return {"departments": Markup(joined(item % {"department": name, "level": level} for name, level in named))}


def _shares(deed: Deed) -> list[dict[str, Any]]:
    return deed.after.get("shares") or []


def _merged(deed: Deed) -> list[str]:
    """The numbers of the tickets that were merged, as they were then: kept as "#123 subject"."""
    return [str(row["label"]).split(" ")[0].lstrip("#") for row in deed.after.get("merged") or []]


def _rating(deed: Deed) -> Satisfaction | None:
    value = deed.after.get("rating")
    return Satisfaction(value) if value in Satisfaction.values else None


def _assignee(deed: Deed) -> str | None:
    """'' where nobody has it any more; None where the team was changed."""
    if "assignee" not in deed.after:
        return None
    return str((deed.after["assignee"] or {}).get("label", ""))


def who(deed: Deed) -> Markup:
    """The agent, with the department where it is not the ticket's; the customer; the rule; or the desk itself."""
    if deed.agent_id is not None:
        if not deed.of_department:
            return Markup("<b>%s</b>") % deed.agent
        item = Markup(pgettext("agent", "%(name)s (%(department)s)"))
        return item % {"name": Markup("<b>%s</b>") % deed.agent, "department": deed.of_department}
    if deed.by_contact_id is not None:
        return Markup(pgettext("customer", "%(name)s")) % {"name": Markup("<b>%s</b>") % deed.by_contact}
    rule = deed.after.get("rule")
    return Markup("<b>%s</b>") % (title_of_rule(rule["label"]) if rule else _("The desk"))


def icon(deed: Deed) -> str:
    if deed.verb == "ticket.rated" and (rating := _rating(deed)):
        return FACES[rating][0]
    return CATALOGUE[deed.verb].icon


def tone(deed: Deed) -> str:
    if deed.verb == "ticket.rated" and (rating := _rating(deed)):
        return FACES[rating][1]
    return TONES.get(deed.verb, "")


def stamp(at: datetime) -> Markup:
    """今日 10:29, 昨日 17:05, 11/19 15:30, 2025/11/19 15:30; for the pointer in full."""
    there, today = when.local(at), when.today()
    if there.date() in (today, today - timedelta(days=1)):
        day = when.day(at)
    elif when.locale() == "ja":
        day = f"{there.month}/{there.day}" if there.year == today.year else f"{there:%Y/%m/%d}"
    else:
        day = f"{when.month(there)} {there.day}" + (f", {there.year}" if there.year != today.year else "")
    return when.element(at, f"{day} {when.clock(at)}")
