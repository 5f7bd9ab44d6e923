"""The settings pages: whom they serve, what they show, how they refuse."""

import pytest
from django.urls import reverse

from madoguchi.models import CustomField, Department, Event, Mailbox, Organisation, Product, Role, Status, Team
from madoguchi.organisation import custom_fields, roles, teams

ADMINISTRATORS = [
    "company", "localisation", "departments", "new_department", "agents", "new_agent", "teams", "new_team", "roles",
    "new_role", "statuses", "new_status", "products", "new_product", "mailboxes", "new_mailbox",
]  # fmt: skip


def errors(response) -> list[str]:
    """The texts of the errors on a page."""
    return [
        part.split("<")[0]
        for part in response.content.decode().split('class="field__error"')[1:]
        for part in [part.split("<span>")[1]]
    ]


@pytest.mark.parametrize("name", ADMINISTRATORS)
def test_administrators_have_the_page_in_both_languages(cast, admin, name):
    assert admin.get(reverse(name)).status_code == 200
    type(cast.admin.agent).objects.filter(pk=cast.admin.agent.pk).update(language="en")
    page = admin.get(reverse(name))
    assert page.status_code == 200 and 'lang="en"' in page.content.decode()


@pytest.mark.parametrize("who", ["sato", "tanaka", "light"])
@pytest.mark.parametrize("name", ADMINISTRATORS)
def test_nobody_else_has(cast, signed_in, who, name):
    browser = signed_in(getattr(cast, who))
    assert browser.get(reverse(name)).status_code == 403
    assert browser.post(reverse(name), {"name": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("who", "there", "not_there"),
    [
        ("admin", ["company", "agents", "mailboxes", "outbox", "quarantine", "custom_fields", "recycle_bin"], []),
        ("tanaka", ["outbox", "quarantine", "custom_fields", "recycle_bin", "api_tokens"], ["company", "agents"]),
        ("sato", ["outbox", "quarantine", "api_tokens"], ["company", "custom_fields", "recycle_bin", "mailboxes"]),
        ("light", ["api_tokens"], ["quarantine", "outbox", "recycle_bin"]),
    ],
)
def test_the_menu_shows_what_serves(cast, signed_in, who, there, not_there):
    page = signed_in(getattr(cast, who)).get(reverse("setup")).content.decode()
    assert all(f'href="{reverse(name)}"' in page for name in there)
    assert not any(f'href="{reverse(name)}"' in page for name in not_there)


def test_every_link_of_the_menu_leads_somewhere(cast, admin):
    from madoguchi.doors.agent.setup.menu import MENU

    for link in (link for group in MENU for link in group.links if not link.name.startswith("/")):
        assert admin.get(reverse(link.name)).status_code == 200


def test_the_organisation_is_edited(cast, admin):
    typed = {"name": "窓口商会", "bin_days": "30", "max_file_mb": "10", "max_sent_mb": "20", "max_received_mb": "40"}
    assert admin.post(reverse("company"), typed).status_code == 303
    row = Organisation.objects.get()
    assert (row.name, row.bin_days, row.max_file_bytes, row.acknowledges) == ("窓口商会", 30, 10 * 2**20, False)


def test_what_was_typed_stays_beside_its_error(cast, admin):
    typed = {"name": "", "bin_days": "4000", "max_file_mb": "10", "max_sent_mb": "20", "max_received_mb": "40"}
    page = admin.post(reverse("company"), typed)
    assert page.status_code == 422 and 'value="4000"' in page.content.decode()
    assert len(errors(page)) == 2
    assert Organisation.objects.get().name == "窓口テスト"


def test_a_refusal_of_the_rule_stands_at_its_field(cast, admin):
    page = admin.post(reverse("new_department"), {"name": "経理", "address": "x@demo.example", "language": "ja"})
    assert page.status_code == 422 and errors(page) == ["この名前はすでに使われています。"]
    assert 'value="x@demo.example"' in page.content.decode() and Department.objects.count() == 3


def test_a_department_is_added_changed_and_switched_off(cast, admin):
    answer = admin.post(reverse("new_department"), {"name": "技術", "address": "tech@demo.example", "language": "en"})
    row = Department.objects.get(name="技術")
    assert answer["Location"] == reverse("department", args=[row.pk])
    typed = {"name": "技術部", "language": "ja", "members": [cast.sato.agent.pk], "signature": "一行目\r\n二行目"}
    assert admin.post(reverse("department", args=[row.pk]), typed).status_code == 303
    row.refresh_from_db()
    assert (row.name, row.signature, list(row.agents.all())) == ("技術部", "一行目\n二行目", [cast.sato.agent])
    assert admin.post(reverse("do_department", args=[row.pk, "disable"])).status_code == 303
    assert not Department.objects.get(pk=row.pk).is_enabled


def test_a_button_that_is_refused_says_why_and_changes_nothing(cast, admin, ticket):
    page = admin.post(reverse("do_department", args=[cast.support.pk, "disable"]))
    assert page.status_code == 422 and "先にほかの部門を既定にしてください。" in page.content.decode()
    assert Department.objects.get(pk=cast.support.pk).is_enabled


def test_unknown_deeds_and_rows_are_not_found(cast, admin):
    assert admin.post(reverse("do_department", args=[cast.support.pk, "explode"])).status_code == 404
    assert admin.get(reverse("department", args=[99999])).status_code == 404
    assert admin.get(reverse("do_department", args=[cast.support.pk, "disable"])).status_code == 405


def test_a_refused_second_half_takes_the_first_half_back(cast, admin):
    typed = {"name": "経理", "language": "ja", "members": []}
    assert admin.post(reverse("department", args=[cast.support.pk]), typed).status_code == 422
    assert cast.support.agents.count() == 3


def test_teams_statuses_products_and_roles_are_made_by_their_forms(cast, admin):
    admin.post(reverse("new_team"), {"department": cast.support.pk, "name": "一次対応"})
    team = Team.objects.get()
    admin.post(reverse("team", args=[team.pk]), {"name": "一次対応", "agents": [cast.sato.agent.pk]})
    assert list(team.agents.all()) == [cast.sato.agent]
    admin.post(reverse("new_status"), {"name": "Parts", "name_ja": "部品待ち", "state": "On Hold"})
    row = Status.objects.get(name="Parts")
    admin.post(reverse("do_status", args=[row.pk, "up"]))
    admin.post(reverse("do_status", args=[row.pk, "default"]))
    assert Status.objects.get(state="On Hold", is_default=True) == row
    product = {"name": "複合機", "code": "A200", "unit_price": "1280.50", "departments": [cast.support.pk]}
    assert admin.post(reverse("new_product"), product).status_code == 303
    assert str(Product.objects.get().unit_price) == "1280.50"
    admin.post(reverse("new_role"), {"name": "Trainee", "name_ja": "研修中", "base": "light"})
    role = Role.objects.get(name="Trainee")
    admin.post(reverse("role", args=[role.pk]), {"name": "Trainee", "name_ja": "研修中", "allowed": []})
    role.refresh_from_db()
    assert role.takes_away == ["comment_private", "save_views"]
    assert admin.post(reverse("delete_role", args=[role.pk])).status_code == 303
    assert admin.get(reverse("role", args=[Role.objects.first().pk])).status_code == 404


def test_a_role_in_use_is_deleted_by_naming_another(cast, admin):
    role = roles.add_role({"name": "Trainee", "name_ja": "研修中"}, "agent", [], by=cast.admin)
    type(cast.sato.agent).objects.filter(pk=cast.sato.agent.pk).update(role=role)
    assert admin.post(reverse("delete_role", args=[role.pk]), {"to": "x"}).status_code == 422
    light = Role.objects.get(base="light")
    assert admin.post(reverse("delete_role", args=[role.pk]), {"to": light.pk}).status_code == 303
    cast.sato.agent.refresh_from_db()
    assert cast.sato.agent.role == light


def test_a_supervisor_has_the_fields_of_own_departments_only(cast, signed_in):
    own = custom_fields.add_custom_field(cast.support, "注文番号", "text", by=cast.admin)
    other = custom_fields.add_custom_field(cast.billing, "請求番号", "text", by=cast.admin)
    browser = signed_in(cast.tanaka)
    assert "注文番号" in browser.get(reverse("custom_fields")).content.decode()
    assert browser.get(f"{reverse('custom_fields')}?department={cast.billing.pk}").status_code == 404
    assert browser.get(reverse("custom_field", args=[own.pk])).status_code == 200
    assert browser.get(reverse("custom_field", args=[other.pk])).status_code == 404
    assert browser.get(reverse("new_custom_field", args=[cast.billing.pk])).status_code == 404
    assert browser.post(reverse("move_custom_field", args=[other.pk, "up"])).status_code == 404
    typed = {"label": "色", "kind": "choice", "choices": "赤\n青\n", "is_required": "on"}
    assert browser.post(reverse("new_custom_field", args=[cast.support.pk]), typed).status_code == 303
    assert CustomField.objects.get(label="色").choices == ["赤", "青"]


def test_a_stored_password_is_in_no_page_and_in_no_history(cast, admin):
    box = cast.support_box
    typed = {
        "address": box.address, "is_active": "on", "imap_host": "imap.demo.example", "imap_port": "993",
        "imap_security": "tls", "imap_user": "u", "imap_password": "s3cret-passphrase", "imap_folder": "INBOX",
        "smtp_host": "", "smtp_port": "587", "smtp_security": "starttls",
    }  # fmt: skip
    assert admin.post(reverse("mailbox", args=[box.pk]), typed).status_code == 303
    stored = Mailbox.objects.get(pk=box.pk).imap_password
    page = admin.get(reverse("mailbox", args=[box.pk])).content.decode()
    assert stored and "s3cret" not in page and stored not in page and "••••" in page
    assert "s3cret" not in str(list(Event.objects.values("before", "after")))
    assert admin.post(reverse("mailbox", args=[box.pk]), {**typed, "imap_password": ""}).status_code == 303
    assert Mailbox.objects.get(pk=box.pk).imap_password == stored
    refused = admin.post(reverse("mailbox", args=[box.pk]), {**typed, "imap_port": "0", "imap_password": "n3w-secret"})
    assert refused.status_code == 422 and "n3w-secret" not in refused.content.decode()
    assert "パスワードをもう一度入力してください。" in errors(refused)


def test_unencrypted_servers_elsewhere_are_refused_at_the_field(cast, admin):
    box = cast.support_box
    typed = {
        "address": box.address, "is_active": "on", "imap_host": "imap.demo.example", "imap_port": "143",
        "imap_security": "none", "imap_folder": "INBOX", "smtp_port": "587", "smtp_security": "starttls",
    }  # fmt: skip
    page = admin.post(reverse("mailbox", args=[box.pk]), typed)
    assert page.status_code == 422 and len(errors(page)) == 1
    assert Mailbox.objects.get(pk=box.pk).imap_host == ""


def test_testing_the_connection_tells_what_is_wrong(cast, admin):
    from desk.testing import free_port

    box = cast.support_box
    Mailbox.objects.filter(pk=box.pk).update(smtp_host="127.0.0.1", smtp_port=free_port(), smtp_security="none")
    answer = admin.post(reverse("test_mailbox", args=[box.pk]))
    assert answer.status_code == 303
    assert "接続を受け付けていません" in admin.get(reverse("mailbox", args=[box.pk])).content.decode()
    assert "接続を受け付けていません" not in admin.get(reverse("mailbox", args=[box.pk])).content.decode()


def test_team_pages_count_their_agents(cast, admin):
    teams.add_team(cast.support, {"name": "一次対応"}, [cast.sato.agent, cast.tanaka.agent], by=cast.admin)
    assert '<td class="table__num">2</td>' in admin.get(reverse("teams")).content.decode()


def test_a_department_says_how_it_is_called_in_the_help_center_and_whether_one_can_write_to_it(cast, admin):
    where = reverse("department", args=[cast.support.pk])
    typed = {"name": "サポート", "language": "ja", "name_in_help_center": "お客様窓口", "members": [cast.sato.agent.pk]}
    assert admin.post(where, typed).status_code == 303
    row = Department.objects.get(pk=cast.support.pk)
    assert (row.name_in_help_center, row.is_visible_in_help_center) == ("お客様窓口", False)
