import pytest
from allauth.mfa.models import Authenticator

from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Refused
from madoguchi.models import Agent, ApiToken, Event, Role
from madoguchi.organisation import founding
from madoguchi.people import agents, passwords, tokens


def refused(code: str):
    return pytest.raises(Refused, check=lambda error: error.code == code)


def role(base: str) -> Role:
    return founding.role(Role.Base(base))


def test_an_invited_agent_has_no_password_yet(cast):
    agent = agents.add_agent(
        " Kimura@demo.example ", {"last_name": "木村"}, role=role("agent"), departments=[cast.support], by=cast.admin
    )
    assert (agent.email, agent.is_confirmed, agent.has_usable_password()) == ("kimura@demo.example", False, False)
    assert [d.name for d in agent.departments.all()] == ["サポート"]


@pytest.mark.parametrize(("email", "code"), [("SATO@demo.example", "ADDRESS_TAKEN"), ("kimura", "NOT_AN_ADDRESS")])
def test_an_agent_needs_an_address_of_their_own(cast, email, code):
    with refused(code):
        agents.add_agent(email, {"last_name": "木村"}, role=role("agent"), by=cast.admin)
    assert Agent.objects.count() == 6


def test_the_last_administrator_can_neither_be_demoted_nor_leave(cast):
    desk = Actor.desk()
    with refused("LAST_ADMINISTRATOR"):
        agents.edit_agent(cast.admin.agent, {}, role=role("agent"), by=desk)
    with refused("LAST_ADMINISTRATOR"):
        agents.deactivate_agent(cast.admin.agent, by=desk)
    assert Agent.objects.get(pk=cast.admin.agent.pk).is_administrator


def test_with_a_second_administrator_the_first_may_go(cast):
    agents.edit_agent(cast.sato.agent, {}, role=role("administrator"), by=cast.admin)
    agents.deactivate_agent(cast.admin.agent, by=cast.actor(cast.sato.agent))
    with refused("LAST_ADMINISTRATOR"):
        agents.deactivate_agent(cast.sato.agent, by=Actor.desk())


def test_an_inactive_administrator_does_not_count(cast):
    agents.edit_agent(cast.sato.agent, {}, role=role("administrator"), by=cast.admin)
    agents.deactivate_agent(cast.sato.agent, by=cast.admin)
    with refused("LAST_ADMINISTRATOR"):
        agents.edit_agent(cast.admin.agent, {}, role=role("light"), by=Actor.desk())


def test_nobody_deactivates_themselves(cast):
    with refused("YOURSELF"):
        agents.deactivate_agent(cast.admin.agent, by=cast.admin)


def test_tickets_stay_with_a_deactivated_agent_and_tokens_end(cast, ticket):
    tickets.assign(ticket, cast.sato.agent, by=cast.sato)
    token, secret = tokens.make_token(cast.sato.agent, "連携", by=cast.sato)
    agents.deactivate_agent(cast.sato.agent, by=cast.admin)
    ticket.refresh_from_db()
    assert ticket.assignee == cast.sato.agent and tokens.agent_of(secret) is None
    agents.reactivate_agent(cast.sato.agent, by=cast.admin)
    assert tokens.agent_of(secret) is None and ApiToken.objects.get(pk=token.pk).revoked_at is not None


def test_two_factor_authentication_can_be_reset(cast):
    Authenticator.objects.create(user=cast.sato.agent, type="totp", data={"secret": "x"})
    agents.reset_two_factor(cast.sato.agent, by=cast.admin)
    assert not Authenticator.objects.exists()
    assert Event.objects.filter(verb="setup.changed", after__two_factor="reset").count() == 1


def test_the_command_line_makes_an_administrator_with_a_one_time_password(cast):
    agent, password = agents.make_administrator("sato@demo.example", by=Actor.desk(door="command"))
    assert agent.is_administrator and agent.check_password(password) and not agent.is_confirmed
    fresh, _password = agents.make_administrator("new@demo.example", by=Actor.desk(door="command"))
    assert fresh.is_administrator and fresh.email == "new@demo.example"
    assert password not in str(list(Event.objects.values("before", "after")))


@pytest.mark.parametrize("who", ["sato", "tanaka", "light"])
def test_only_administrators_look_after_agents(cast, who):
    actor = getattr(cast, who)
    deeds = [
        lambda: agents.add_agent("x@demo.example", {"last_name": "x"}, role=role("administrator"), by=actor),
        lambda: agents.edit_agent(actor.agent, {}, role=role("administrator"), by=actor),
        lambda: agents.deactivate_agent(cast.ito.agent, by=actor),
        lambda: agents.reactivate_agent(cast.ito.agent, by=actor),
        lambda: agents.reset_two_factor(cast.admin.agent, by=actor),
        lambda: agents.make_administrator(actor.agent.email, by=actor),
    ]
    before = list(Agent.objects.values())
    for deed in deeds:
        with pytest.raises(Denied):
            deed()
    assert list(Agent.objects.values()) == before


def test_the_demo_password_is_refused_outside_the_demo_desk(cast):
    assert passwords.is_refused("madoguchi-demo") and not passwords.is_refused("madoguchi-demo-2")
    from madoguchi.models import Organisation

    Organisation.objects.update(is_demo=True)
    assert not passwords.is_refused("madoguchi-demo")
