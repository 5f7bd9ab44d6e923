"""設定 → カスタマイズ → 一般設定 → 問い合わせ → 問い合わせの関連付け(親子関係の設定) (SPEC F1, F2)."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.actor import Actor
from madoguchi.errors import Denied, Hidden
from madoguchi.models import Department, Event
from madoguchi.organisation import families
from tests.cast import Cast
from tests.doors.agent.conftest import sign_in as sign_in
from tests.tickets.test_family import code, switch

AT = "/settings/tickets/families"


@pytest.fixture
def admin(cast: Cast, sign_in: Callable[[Actor], Client]) -> Client:
    return sign_in(cast.admin)


def rules(department: Department) -> tuple[bool, ...]:
    row = Department.objects.get(pk=department.pk)
    return (row.has_families, row.closes_children, row.waits_for_children, row.closes_parent)


def words(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


def test_the_way_there_is_the_one_of_the_seed(cast: Cast, admin: Client) -> None:
    home = words(admin.get("/settings/"))
    assert "カスタマイズ" in home and f'href="{reverse("ticket_settings")}">一般設定' in home
    page = words(admin.get(reverse("ticket_settings")))
    assert "問い合わせの関連付け(親子関係の設定)" in page and ">設定する</a>" in page
    panel = words(admin.get(AT))
    assert "部門を選択" in panel and ">有効にする</button>" in panel and "閉じると設定内容が保存されます" in panel


def test_a_department_is_chosen_and_enabled_then_its_switches_unfold(cast: Cast, admin: Client) -> None:
    answer = admin.post(AT, {"do": "enable", "department": cast.support.pk})
    assert (answer.status_code, rules(cast.support)) == (303, (True, False, False, False))
    page = words(admin.get(answer["Location"]))
    for switch_name in (
        "親の問い合わせが完了した際に子の問い合わせをすべて自動で完了する",
        "子の問い合わせがすべて完了した際にのみ親の問い合わせを完了できるようにする",
        "子の問い合わせがすべて完了した際に親の問い合わせを自動で完了する",
    ):
        assert switch_name in page
    assert '<details class="fold" open>' in page
    assert Event.objects.filter(verb="setup.changed", department=cast.support).count() == 1


def test_closing_the_panel_saves(cast: Cast, admin: Client) -> None:
    switch(cast.support)
    pk = cast.support.pk
    answer = admin.post(
        AT, {"do": "close", f"was-{pk}": "000", f"waits_for_children-{pk}": "on", f"closes_parent-{pk}": "on"}
    )
    assert answer["Location"] == reverse("ticket_settings") and rules(cast.support) == (True, False, True, True)


def test_what_the_form_did_not_turn_stays_as_someone_else_set_it(cast: Cast, admin: Client) -> None:
    switch(cast.support)
    families.set_family_rules(
        cast.support, closes_children=False, waits_for_children=True, closes_parent=False, by=cast.tanaka
    )
    admin.post(AT, {"do": "close", f"was-{cast.support.pk}": "000"})
    assert rules(cast.support) == (True, False, True, False)


def test_the_other_one_of_the_pair_is_off_and_says_why(cast: Cast, admin: Client) -> None:
    switch(cast.support, waits_for_children=True)
    page = words(admin.get(AT))
    assert "次の設定が有効なため選択できません。先に次の設定をオフにしてください。" in page
    assert f'id="closes_children-{cast.support.pk}" disabled' in page


def test_both_of_the_pair_are_refused_by_the_page_and_nothing_is_changed(cast: Cast, admin: Client) -> None:
    switch(cast.support)
    pk = cast.support.pk
    both = {
        f"was-{pk}": "000",
        f"closes_children-{pk}": "on",
        f"waits_for_children-{pk}": "on",
        f"closes_parent-{pk}": "on",
    }
    answer = admin.post(AT, {"do": "close", **both})
    assert answer.status_code == 422 and "最初の 2 件の設定を同時に有効にすることはできません。" in words(answer)
    assert rules(cast.support) == (True, False, False, False)


def test_both_are_refused_below_the_page_too(cast: Cast) -> None:
    wanted = {"closes_children": True, "waits_for_children": True, "closes_parent": False}
    assert code(lambda: families.set_family_rules(cast.support, **wanted, by=cast.admin)) == "FAMILY_RULES"


def test_disabling_keeps_the_rules_and_the_relations(cast: Cast, admin: Client) -> None:
    switch(cast.support, closes_parent=True)
    admin.post(AT, {"do": f"disable:{cast.support.pk}"})
    assert rules(cast.support) == (False, False, False, True)


def test_a_supervisor_sets_own_departments_only(cast: Cast, sign_in: Callable[[Actor], Client]) -> None:
    tanaka = sign_in(cast.tanaka)
    assert "経理" not in words(tanaka.get(AT))
    assert tanaka.post(AT, {"do": "enable", "department": cast.support.pk}).status_code == 303
    assert tanaka.post(AT, {"do": "enable", "department": cast.billing.pk}).status_code == 404
    with pytest.raises(Hidden):
        families.enable_families(cast.billing, by=cast.tanaka)
    assert (rules(cast.support)[0], rules(cast.billing)[0]) == (True, False)


def test_an_agent_may_not(cast: Cast, sign_in: Callable[[Actor], Client]) -> None:
    sato = sign_in(cast.sato)
    assert sato.get(AT).status_code == 403
    assert sato.post(AT, {"do": "enable", "department": cast.support.pk}).status_code == 403
    with pytest.raises(Denied):
        families.enable_families(cast.support, by=cast.sato)


def test_no_department_chosen_is_told(cast: Cast, admin: Client) -> None:
    answer = admin.post(AT, {"do": "enable", "department": ""})
    assert answer.status_code == 422 and "部門を選択してください" in words(answer)
