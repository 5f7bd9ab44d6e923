"""What departments switch on, and what agents switch off for themselves (SPEC D9, S8)."""

import pytest

from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.models import Event, NotificationPreference, NotificationRule
from madoguchi.organisation import current
from madoguchi.organisation.notification_rules import KINDS, may_set, rules_of, set_rule
from madoguchi.people.notifications import preferences_of, set_preference


def switches(department):
    return {rule.kind.key: (rule.in_app, rule.by_mail) for rule in rules_of(department)}


def test_the_defaults_are_those_of_the_picture(cast):
    assert switches(cast.billing) == {
        "shared_received": (False, False),
        "created": (True, False),
        "assigned": (True, True),
        "customer_replied": (True, True),
        "mentioned": (True, True),
        "moved": (True, False),
        "merged": (True, False),
        "overdue": (True, True),
        "bad_rating": (True, True),
    }
    assert not NotificationRule.objects.exists()


def test_an_administrator_switches_a_rule_for_one_department_and_history_says_so(cast):
    set_rule(cast.billing, "shared_received", by_mail=True, by=cast.admin)
    assert switches(cast.billing)["shared_received"] == (False, True)
    assert switches(cast.support)["shared_received"] == (False, False)
    event = Event.objects.get(verb="setup.changed", department=cast.billing, agent=cast.admin.agent)
    assert (event.before, event.after["by_mail"], event.after["kind"]) == ({"by_mail": False}, True, "shared_received")
    set_rule(cast.billing, "shared_received", by_mail=True, by=cast.admin)
    assert Event.objects.filter(verb="setup.changed", department=cast.billing).count() == 1


def test_a_supervisor_may_in_the_own_department_only(cast):
    set_rule(cast.support, "created", in_app=False, by_mail=True, by=cast.tanaka)
    assert switches(cast.support)["created"] == (False, True)
    assert (may_set(cast.tanaka, cast.support), may_set(cast.tanaka, cast.billing)) == (True, False)
    with pytest.raises(Hidden):
        set_rule(cast.billing, "created", in_app=False, by=cast.tanaka)
    for actor in (cast.sato, cast.light):
        with pytest.raises(Denied):
            set_rule(cast.support, "created", in_app=True, by=actor)
    assert switches(cast.support)["created"] == (False, True)
    assert switches(cast.billing)["created"] == (True, False)


def test_what_there_is_not_is_refused(cast):
    for kind, ways in (("nonsense", {"in_app": True}), ("shared_received", {"in_app": True})):
        with pytest.raises(Refused):
            set_rule(cast.billing, kind, by=cast.admin, **ways)
    with pytest.raises(Refused):
        set_preference("shared_received", by_mail=False, by=cast.suzuki)
    assert not NotificationRule.objects.exists() and not NotificationPreference.objects.exists()


def test_a_rule_is_kept_and_right_after_a_second_or_at_once_where_it_was_switched(cast, settings, monkeypatch):
    settings.TESTING = False
    current.forget()
    moment = [1000.0]
    monkeypatch.setattr(current.time, "monotonic", lambda: moment[0])
    assert switches(cast.billing)["created"] == (True, False)
    NotificationRule.objects.create(department=cast.billing, kind="created", in_app=False, by_mail=False)  # elsewhere
    assert switches(cast.billing)["created"] == (True, False)
    moment[0] += 1.01
    assert switches(cast.billing)["created"] == (False, False)
    set_rule(cast.billing, "created", in_app=True, by=cast.admin)
    assert switches(cast.billing)["created"] == (True, False)


def test_an_agent_switches_off_and_on_for_themselves(cast):
    assert all(p.in_app and p.by_mail for p in preferences_of(cast.sato.agent))
    assert [p.kind.key for p in preferences_of(cast.sato.agent)] == [k for k in KINDS if k != "shared_received"]
    set_preference("created", in_app=False, by=cast.sato)
    set_preference("created", by_mail=False, by=cast.sato)
    mine = {p.kind.key: (p.in_app, p.by_mail) for p in preferences_of(cast.sato.agent)}
    assert mine["created"] == (False, False)
    assert all(p.in_app for p in preferences_of(cast.tanaka.agent))
    set_preference("created", in_app=True, by=cast.sato)
    assert NotificationPreference.objects.get().in_app is True


def test_every_kind_has_a_name_on_the_wire_of_its_own(cast):
    assert len({kind.api for kind in KINDS.values()}) == len(KINDS)
    assert KINDS["shared_received"].api == "sharedTicketReceived"
