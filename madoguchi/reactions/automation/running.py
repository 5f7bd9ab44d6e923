"""Run the rules that listen to an event, each in a transaction of its own, in their order."""

import logging
from collections.abc import Sequence

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from madoguchi import record
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.models import Event, Rule, RuleRun, Ticket
from madoguchi.organisation.current import the_organisation
from madoguchi.prepared import Prepared, fetch
from madoguchi.reactions.automation import acts, chains, conditions
from madoguchi.reactions.automation.chains import Chain
from madoguchi.tickets import family_closing

log = logging.getLogger("madoguchi.automation")
TRIES = 3
LONGEST_DETAIL = 1000
Outcome = RuleRun.Outcome
EVENT = Prepared(lambda mark: Event.objects.filter(pk=mark.number("event"), ticket__isnull=False).order_by())
TICKET = Prepared(lambda mark: Ticket.objects.with_people().filter(pk=mark.number("ticket")).order_by())
HOLD = "SELECT id FROM madoguchi_rule WHERE id = %s::bigint AND is_on FOR SHARE"
RAN = "SELECT EXISTS (SELECT 1 FROM madoguchi_rulerun WHERE event_id = %s::bigint AND rule_id = %s::bigint)"


def run(event_id: int) -> list[RuleRun]:
    """Run the rules of the event's department that listen to it and whose criteria its ticket meets now.

    May be called again: a rule runs once for an event. A rule that breaks does not keep the others back.
    """
    runs: list[RuleRun] = []
    broken: list[Exception] = []
    for event in EVENT(event=event_id):
        chain = Chain.of(event)
        with override(the_organisation().language):
            waiting = listening_to(event)
            while found := conditions.met(waiting, event):  # as of now: what one rule does, the next ones see
                rule = found[0]
                waiting = waiting[waiting.index(rule) + 1 :]
                try:
                    runs += _patiently(rule, event, chain)
                except Exception as error:
                    log.exception("rule %s broke on event %s", rule.pk, event.pk)
                    broken.append(error)
    if broken:
        raise broken[0]
    return runs


def listening_to(event: Event) -> Sequence[Rule]:
    """Those that are on, of a department that is."""
    rules = Rule.objects.filter(department=event.department_id, department__is_enabled=True)
    return list(rules.filter(is_on=True, when__contains=[event.verb]))


def _patiently(rule: Rule, event: Event, chain: Chain) -> list[RuleRun]:
    """Once more where someone else was in the way (a deadlock)."""
    for attempt in range(TRIES):
        try:
            return _locked(rule, event, chain)
        except OperationalError:
            if attempt == TRIES - 1 or transaction.get_connection().in_atomic_block:
                raise
    return []


@transaction.atomic
def _locked(rule: Rule, event: Event, chain: Chain) -> list[RuleRun]:
    """With the ticket locked, so that what the criteria say still holds when the rule acts, and no other run is in here.

    The rule is held as well: it is as it stands now, and is not deleted or changed under the run.
    """
    if not fetch(HOLD, [rule.pk]):
        return []
    rule.refresh_from_db()
    found = TICKET(ticket=event.ticket_id)
    if not found:  # deleted for good at this moment
        return []
    ticket: Ticket = found[0]
    if acts.may_close(rule.actions):
        family_closing.hold(ticket)
    record.lock(ticket)
    if fetch(RAN, [event.pk, rule.pk])[0][0] or not conditions.met([rule], event):
        return []
    because = chains.stop(rule, event, chain)
    outcome, detail = (Outcome.LIMIT, because) if because else _act(ticket, rule, event)
    run = RuleRun(
        rule=rule, department_id=rule.department_id, ticket=ticket, event=event, root=chain.root, at=record.now()
    )
    run.outcome, run.detail = outcome, detail[:LONGEST_DETAIL]
    run.save(force_insert=True)
    return [run]


def _act(ticket: Ticket, rule: Rule, event: Event) -> tuple[Outcome, str]:
    """All of the rule's actions, or, where one is refused, none."""
    version, by = ticket.version, Actor.desk(because=event, rule=rule)
    passed: list[str] = []
    doing = ""
    try:
        with transaction.atomic():
            for action in rule.actions:
                doing = acts.label(action)
                if passed_over := acts.do(ticket, action, by=by):
                    passed.append(_said(doing, passed_over))
    except Refused as refusal:
        return Outcome.REFUSED, _said(doing, refusal.text)
    except (Denied, Hidden):
        return Outcome.REFUSED, _said(doing, _("This cannot be done with the ticket any more."))
    return (Outcome.DONE if ticket.version != version else Outcome.NOTHING), " / ".join(passed)


def _said(doing: str, why: object) -> str:
    return _("%(action)s: %(why)s") % {"action": doing, "why": why}
