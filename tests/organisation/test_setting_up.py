"""Organisation, teams, products, custom fields, roles."""

import pytest

from madoguchi import access, tickets
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.models import CustomField, Event, Organisation, Role, Team
from madoguchi.organisation import company, custom_fields, products, roles, teams


def refused(code: str):
    return pytest.raises(Refused, check=lambda error: error.code == code)


def test_limits_stay_within_reason(cast):
    company.edit_organisation({"max_file_bytes": 5 * 2**20, "bin_days": 30}, by=cast.admin)
    assert Organisation.objects.get().bin_days == 30
    for changes in ({"max_file_bytes": 10}, {"max_sent_bytes": 2**40}, {"bin_days": 0}):
        with refused("OUT_OF_RANGE"):
            company.edit_organisation(changes, by=cast.admin)
    with refused("NOT_A_TIME_ZONE"):
        company.edit_organisation({"time_zone": "../etc/passwd"}, by=cast.admin)
    assert Organisation.objects.get().max_file_bytes == 5 * 2**20


def test_history_tells_what_was_before_and_after(cast):
    company.edit_organisation({"name": "窓口商会"}, by=cast.admin)
    event = Event.objects.filter(verb="setup.changed").last()
    assert (event.before["name"], event.after["name"], event.agent) == ("窓口テスト", "窓口商会", cast.admin.agent)
    n = Event.objects.count()
    company.edit_organisation({"name": "窓口商会"}, by=cast.admin)
    assert Event.objects.count() == n


def test_a_team_takes_agents_of_its_department_only(cast):
    with refused("NOT_OF_DEPARTMENT"):
        teams.add_team(cast.support, {"name": "一次対応"}, [cast.suzuki.agent], by=cast.admin)
    assert not Team.objects.exists()


def test_a_team_with_open_tickets_stays(cast, ticket):
    team = teams.add_team(cast.support, {"name": "一次対応"}, [cast.sato.agent], by=cast.admin)
    tickets.assign(ticket, team=team, by=cast.sato)
    with refused("OPEN_TICKETS"):
        teams.delete_team(team, by=cast.admin)
    tickets.close(ticket, by=cast.sato)
    teams.delete_team(team, by=cast.admin)
    ticket.refresh_from_db()
    assert ticket.team is None and not Team.objects.exists()


def test_products_keep_their_codes_apart(cast):
    row = products.add_product({"name": "複合機", "code": "A200"}, [cast.support], by=cast.admin)
    with refused("CODE_TAKEN"):
        products.add_product({"name": "別の複合機", "code": "a200"}, [cast.support], by=cast.admin)
    with refused("NO_DEPARTMENT"):
        products.edit_product(row, {}, [], by=cast.admin)
    products.trash_product(row, by=cast.admin)
    products.add_product({"name": "後継機", "code": "A200"}, [cast.support], by=cast.admin)


@pytest.mark.parametrize(
    ("label", "given", "made"),
    [
        ("Order number", "", "cf_order_number"),
        ("注文番号", "", "cf_field"),
        ("注文番号", "order_no", "cf_order_no"),
        ("Größe", "", "cf_groe"),
    ],
)
def test_the_api_name_comes_from_the_label_or_is_typed(cast, label, given, made):
    field = custom_fields.add_custom_field(cast.support, label, "text", api_name=given, by=cast.tanaka)
    assert field.api_name.startswith("cf_") and field.api_name[:5] == made[:5]
    if label != "Größe":
        assert field.api_name == made


def test_the_second_field_of_the_same_name_gets_a_number(cast):
    custom_fields.add_custom_field(cast.support, "注文番号", "text", by=cast.admin)
    assert custom_fields.add_custom_field(cast.support, "型番", "text", by=cast.admin).api_name == "cf_field_2"
    with refused("NAME_TAKEN"):
        custom_fields.add_custom_field(cast.support, "注文番号", "text", by=cast.admin)
    with refused("NOT_AN_API_NAME"):
        custom_fields.add_custom_field(cast.support, "色", "text", api_name="cf_色", by=cast.admin)
    with refused("NO_CHOICES"):
        custom_fields.add_custom_field(cast.support, "色", "choice", choices=[" ", ""], by=cast.admin)
    assert CustomField.objects.count() == 2


def test_the_api_name_never_changes(cast):
    field = custom_fields.add_custom_field(cast.support, "注文番号", "text", by=cast.admin)
    for changes in ({"api_name": "cf_other"}, {"kind": "date"}, {"department_id": cast.billing.pk}):
        with refused("UNKNOWN_FIELD"):
            custom_fields.edit_custom_field(field, changes, by=cast.admin)


def test_supervisors_look_after_the_fields_of_their_own_department_only(cast):
    field = custom_fields.add_custom_field(cast.billing, "請求番号", "text", by=cast.admin)
    for deed in (
        lambda: custom_fields.add_custom_field(cast.billing, "x", "text", by=cast.tanaka),
        lambda: custom_fields.edit_custom_field(field, {"label": "x"}, by=cast.tanaka),
        lambda: custom_fields.move_custom_field(field, 1, by=cast.tanaka),
    ):
        with pytest.raises(Hidden):
            deed()
    with pytest.raises(Denied):
        custom_fields.add_custom_field(cast.support, "x", "text", by=cast.sato)


def test_a_custom_role_loses_verbs_at_once(cast, ticket):
    role = roles.add_role({"name": "Trainee", "name_ja": "研修中"}, "agent", ["reply"], by=cast.admin)
    cast.sato.agent.role = role
    cast.sato.agent.save()
    with pytest.raises(Denied):
        tickets.reply(ticket, "返信", by=cast.actor(cast.sato.agent))
    roles.edit_role(role, {}, [], by=cast.admin)
    assert access.can(cast.actor(cast.sato.agent), "reply", ticket)


def test_every_verb_that_can_be_taken_away_has_a_name():
    assert set(roles.LABELS) == set(access.REMOVABLE)


@pytest.mark.parametrize(
    ("base", "takes"), [("agent", ["read"]), ("agent", ["administer"]), ("light", ["reply"]), ("administrator", [])]
)
def test_a_role_cannot_lose_what_it_must_have_or_never_had(cast, base, takes):
    with refused("NOT_A_CHOICE"):
        roles.add_role({"name": "X", "name_ja": "X"}, base, takes, by=cast.admin)
    assert Role.objects.count() == 4


def test_a_role_is_deleted_by_handing_its_agents_on(cast):
    role = roles.add_role({"name": "Trainee", "name_ja": "研修中"}, "agent", [], by=cast.admin)
    cast.sato.agent.role = role
    cast.sato.agent.save()
    with refused("ROLE_IN_USE"):
        roles.delete_role(role, by=cast.admin)
    roles.delete_role(role, to=Role.objects.get(base="light"), by=cast.admin)
    cast.sato.agent.refresh_from_db()
    assert cast.sato.agent.role.base == "light"
    with refused("SYSTEM_ROLE"):
        roles.delete_role(Role.objects.get(base="light"), to=Role.objects.get(base="agent"), by=cast.admin)


@pytest.mark.parametrize("who", ["sato", "tanaka", "light"])
def test_only_administrators_set_the_rest_up(cast, who):
    actor = getattr(cast, who)
    for deed in (
        lambda: company.edit_organisation({"name": "x"}, by=actor),
        lambda: teams.add_team(cast.support, {"name": "x"}, by=actor),
        lambda: products.add_product({"name": "x"}, [cast.support], by=actor),
        lambda: roles.add_role({"name": "x", "name_ja": "x"}, "agent", [], by=actor),
    ):
        with pytest.raises(Denied):
            deed()
