import pytest

from madoguchi import tickets
from madoguchi.errors import Denied, Refused
from madoguchi.models import Department, Event, Mailbox, Membership
from madoguchi.organisation import departments
from tests.cast import open_one


def refused(code: str):
    return pytest.raises(Refused, check=lambda error: error.code == code)


def test_a_new_department_works_at_once_with_its_own_address(cast):
    row = departments.add_department("技術サポート", address="tech@demo.example", language="ja", by=cast.admin)
    assert row.is_enabled and row.mailboxes.get().is_default
    ticket = open_one(cast, department=row, mailbox=row.mailboxes.get())
    assert ticket.department == row
    assert Event.objects.filter(verb="setup.changed", department=row).get().after["added"] is True


@pytest.mark.parametrize("address", ["support@demo.example", "SUPPORT@demo.example", "ｓｕｐｐｏｒｔ@demo.example"])
def test_an_address_belongs_to_one_department(cast, address):
    before = Department.objects.count(), Mailbox.objects.count()
    with refused("ADDRESS_TAKEN"):
        departments.add_department("技術サポート", address=address, by=cast.admin)
    assert (Department.objects.count(), Mailbox.objects.count()) == before


def test_names_of_departments_differ(cast):
    with refused("NAME_TAKEN"):
        departments.edit_department(cast.billing, {"name": "サポート"}, by=cast.admin)
    cast.billing.refresh_from_db()
    assert cast.billing.name == "経理"


def test_a_department_with_open_tickets_cannot_be_switched_off(cast):
    ticket = open_one(cast, department=cast.billing, mailbox=cast.billing.mailboxes.get())
    with refused("OPEN_TICKETS"):
        departments.disable_department(cast.billing, by=cast.admin)
    tickets.close(ticket, by=cast.suzuki)
    assert departments.disable_department(cast.billing, by=cast.admin).is_enabled is False


def test_the_default_and_the_last_department_stay_on(cast):
    with refused("DEFAULT_DEPARTMENT"):
        departments.disable_department(cast.support, by=cast.admin)
    departments.disable_department(cast.billing, by=cast.admin)
    departments.disable_department(cast.delivery, by=cast.admin)
    with refused("LAST_DEPARTMENT"):
        departments.disable_department(cast.support, by=cast.admin)
    assert list(Department.objects.filter(is_enabled=True)) == [cast.support]


def test_a_disabled_department_cannot_become_the_default(cast):
    departments.disable_department(cast.billing, by=cast.admin)
    with refused("DISABLED"):
        departments.make_default_department(cast.billing, by=cast.admin)
    departments.make_default_department(cast.delivery, by=cast.admin)
    assert Department.objects.get(is_default=True) == cast.delivery


def test_who_leaves_a_department_leaves_its_teams(cast):
    from madoguchi.organisation import teams

    team = teams.add_team(cast.support, {"name": "一次対応"}, [cast.sato.agent, cast.tanaka.agent], by=cast.admin)
    departments.set_members(cast.support, [cast.tanaka.agent], by=cast.admin)
    assert [a.email for a in team.agents.all()] == ["tanaka@demo.example"]
    assert not Membership.objects.filter(agent=cast.sato.agent).exists()


@pytest.mark.parametrize("who", ["sato", "tanaka", "light"])
def test_only_administrators_set_departments_up(cast, who):
    actor = getattr(cast, who)
    deeds = [
        lambda: departments.add_department("新部門", by=actor),
        lambda: departments.edit_department(cast.support, {"name": "別名"}, by=actor),
        lambda: departments.disable_department(cast.billing, by=actor),
        lambda: departments.enable_department(cast.billing, by=actor),
        lambda: departments.make_default_department(cast.billing, by=actor),
        lambda: departments.set_members(cast.support, [], by=actor),
    ]
    before = list(Department.objects.values()), Membership.objects.count()
    for deed in deeds:
        with pytest.raises(Denied):
            deed()
    assert (list(Department.objects.values()), Membership.objects.count()) == before
