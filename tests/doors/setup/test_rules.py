"""The pages of rules: who has them, what they show and refuse, and what they cost."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from madoguchi import tickets
from madoguchi.models import Rule, RuleRun, Ticket
from tests.cast import Cast, open_one
from tests.reactions.ruled import rule, settle, when

FORM = {
    "name": "緊急の割り当て",
    "is_on": "on",
    "when": ["ticket.opened", "ticket.edited"],
    "field-0": "priority",
    "operator-0": "is",
    "value-0": "Urgent",
    "act-0": "tag",
    "act-0-tags": "至急、要連絡",
    "act-1": "set_due",
    "act-1-hours": "4",
}


@pytest.fixture
def tanaka(cast: Cast, signed_in) -> Client:
    return signed_in(cast.tanaka)


def errors(answer) -> list[str]:
    return re.findall(r'class="field__error".*?<span>(.*?)</span>', answer.content.decode())


def test_a_supervisor_makes_a_rule_of_the_own_department(cast: Cast, tanaka: Client) -> None:
    answer = tanaka.post(f"{reverse('new_rule')}?department={cast.support.pk}", FORM)
    assert answer.status_code == 303 and answer["Location"] == f"/settings/rules?department={cast.support.pk}"
    made = Rule.objects.get()
    assert (made.department, made.when, made.is_on) == (cast.support, ["ticket.opened", "ticket.edited"], True)
    assert made.actions == [{"verb": "tag", "tags": ["至急", "要連絡"]}, {"verb": "set_due", "hours": 4}]
    assert made.criteria["groups"][0]["conditions"] == [{"field": "priority", "operator": "is", "value": "Urgent"}]
    page = tanaka.get(reverse("rules")).content.decode()
    assert (
        "緊急の割り当て" in page
        and "問い合わせの作成時、項目の変更時" in page
        and "タグを追加する、期限を設定する" in page
    )
    form = tanaka.get(reverse("rule", args=[made.pk])).content.decode()
    assert 'value="至急, 要連絡"' in form and 'value="緊急の割り当て"' in form


@pytest.mark.parametrize("name", ["rules", "new_rule", "rule_log"])
def test_agents_and_other_departments_have_none_of_it(cast: Cast, signed_in, tanaka: Client, name: str) -> None:
    assert signed_in(cast.sato).get(reverse(name)).status_code == 403
    assert signed_in(cast.light).get(reverse(name)).status_code == 403
    assert tanaka.get(reverse(name)).status_code == 200
    assert tanaka.get(f"{reverse(name)}?department={cast.billing.pk}").status_code == 404
    assert signed_in(cast.admin).get(f"{reverse(name)}?department={cast.billing.pk}").status_code == 200


def test_a_rule_of_another_department_is_not_there(cast: Cast, tanaka: Client) -> None:
    foreign = rule(cast, "経理", "ticket.opened", {"verb": "close"}, department=cast.billing)
    for name, parts in (("rule", [foreign.pk]), ("log_of_rule", [foreign.pk])):
        assert tanaka.get(reverse(name, args=parts)).status_code == 404
    for what in ("off", "up", "delete"):
        assert tanaka.post(reverse("do_rule", args=[foreign.pk, what])).status_code == 404
    assert Rule.objects.get().is_on


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"name": " "}, "この項目は必須です。"),
        ({"when": []}, "きっかけを 1 つ以上選んでください。"),
        ({"value-0": "Huge"}, "この選択肢は"),
        ({"act-0-tags": " "}, "タグを 1 つ以上入力してください。"),
        ({"act-1-hours": "0"}, "1 から 8784 時間の間で入力してください。"),
    ],
)
def test_what_is_refused_stands_at_its_place_and_nothing_typed_is_lost(
    cast: Cast, tanaka: Client, change: dict[str, object], wrong: str
) -> None:
    answer = tanaka.post(reverse("new_rule"), {**FORM, **change})
    assert answer.status_code == 422 and len(errors(answer)) == 1
    assert errors(answer)[0].startswith(wrong)
    assert 'value="4"' in answer.content.decode() or "act-1-hours" in change
    assert not Rule.objects.exists()


def test_rows_come_and_go_without_script(cast: Cast, tanaka: Client) -> None:
    page = tanaka.post(reverse("new_rule"), {**FORM, "do": "act"}).content.decode()
    assert 'name="act-2"' in page
    page = tanaka.post(reverse("new_rule"), {**FORM, "do": "unact-0"}).content.decode()
    assert 'name="act-0-hours"' in page and 'name="act-1"' not in page
    page = tanaka.post(reverse("new_rule"), {**FORM, "do": "add"}).content.decode()
    assert 'name="field-1"' in page
    page = tanaka.post(reverse("new_rule"), {**FORM, "do": "remove-0"}).content.decode()
    assert 'name="field-0"' not in page
    page = tanaka.post(reverse("new_rule"), {**FORM, "act-0": "share", "do": "refresh"}).content.decode()
    assert 'name="act-0-level"' in page
    assert not Rule.objects.exists()


def test_there_is_no_me_and_what_is_gone_is_chosen_anew(cast: Cast, tanaka: Client) -> None:
    form = {
        **FORM,
        "field-0": "assignee",
        "operator-0": "is",
        "value-0": "me",
        "act-0": "assign",
        "act-0-assignee": "99999",
    }
    page = tanaka.post(reverse("new_rule"), {**form, "do": "refresh"}).content.decode()
    assert 'value="me"' not in page and "選択してください" in page
    answer = tanaka.post(reverse("new_rule"), form)
    assert errors(answer) == ["ルールには「自分」がありません。担当者を選んでください。"]


def test_the_form_tells_which_open_tickets_match_now(cast: Cast, tanaka: Client) -> None:
    for n in range(3):
        tickets.edit(open_one(cast, f"緊急 {n}"), {"priority": "Urgent"}, by=cast.sato)
    closed = open_one(cast, "閉じた")
    tickets.edit(closed, {"priority": "Urgent"}, by=cast.sato)
    tickets.close(closed, by=cast.sato)
    page = tanaka.post(reverse("new_rule"), {**FORM, "do": "refresh"}).content.decode()
    sample = page.split('id="sample"')[1].split("</section>")[0]
    assert '<span class="count">3</span>' in sample and "緊急 2" in sample and "閉じた" not in sample


def test_switch_order_and_delete(cast: Cast, tanaka: Client) -> None:
    one, two = (rule(cast, name, "ticket.opened", {"verb": "hold"}) for name in ("一", "二"))
    tanaka.post(reverse("do_rule", args=[two.pk, "up"]))
    assert list(Rule.objects.values_list("name", flat=True)) == ["二", "一"]
    tanaka.post(reverse("do_rule", args=[one.pk, "off"]))
    assert not Rule.objects.get(pk=one.pk).is_on
    assert 'aria-checked="false"' in tanaka.get(reverse("rules")).content.decode()
    tanaka.post(reverse("do_rule", args=[two.pk, "delete"]))
    assert Rule.objects.get() == one
    assert tanaka.post(reverse("do_rule", args=[one.pk, "explode"])).status_code == 404


@pytest.fixture
def runs(cast: Cast) -> list[Ticket]:
    cast.sato.agent.memberships.all().delete()
    Rule.objects.all().delete()
    rule(cast, "札", "ticket.opened", {"verb": "tag", "tags": "札"})
    broken = rule(cast, "割り当て", "ticket.opened", {"verb": "assign", "assignee": cast.tanaka.agent.pk})
    Rule.objects.filter(pk=broken.pk).update(actions=[{"verb": "assign", "assignee": cast.sato.agent.pk}])
    made = [open_one(cast, f"件 {n}") for n in range(2)]
    settle()
    return made


def test_the_log_says_what_became_of_each_run(cast: Cast, tanaka: Client, runs: list[Ticket]) -> None:
    page = tanaka.get(reverse("rule_log")).content.decode()
    assert page.count("<tr>") == 5 and f'href="/tickets/{runs[0].number}/"' in page
    assert "この担当者は部門に所属していません。" in page
    refused = tanaka.get(f"{reverse('rule_log')}?department={cast.support.pk}&outcome=refused").content.decode()
    assert refused.count("<tr>") == 3 and ">札<" not in refused.split("<tbody>")[1]
    event = RuleRun.objects.filter(ticket=runs[0]).first()
    assert event is not None and f'/history?before={event.event_id + 1}"' in page
    own = tanaka.get(reverse("log_of_rule", args=[Rule.objects.get(name="札").pk])).content.decode()
    assert own.count("<tr>") == 3
    index = tanaka.get(reverse("rules")).content.decode()
    assert "拒否・停止 2 件" in index


def test_the_subject_of_a_ticket_that_went_elsewhere_is_not_told(
    cast: Cast, tanaka: Client, runs: list[Ticket]
) -> None:
    tickets.move(Ticket.objects.get(pk=runs[0].pk), cast.billing, by=cast.admin)
    page = tanaka.get(reverse("rule_log")).content.decode()
    assert "件 0" not in page and f"#{runs[0].number}" in page and "件 1" in page


def test_the_log_has_pages(cast: Cast, tanaka: Client) -> None:
    rule(cast, "札", "ticket.edited", {"verb": "tag", "tags": "札"}, criteria=when("priority", "is", "Low"))
    ticket = open_one(cast)
    for n in range(52):
        tickets.edit(ticket, {"priority": "Low", "category": f"{n}"}, by=cast.sato)
    settle()
    page = tanaka.get(reverse("rule_log")).content.decode()
    assert page.count("<tr>") == 51
    older = re.search(r'href="([^"]*older=[^"]*)"', page)
    assert older is not None
    assert tanaka.get(older[1].replace("&amp;", "&")).content.decode().count("<tr>") == 3


def cost(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


def test_many_rules_and_runs_cost_as_many_statements_as_few(cast: Cast, tanaka: Client) -> None:
    made = rule(cast, "一", "ticket.opened", {"verb": "tag", "tags": "一"})
    open_one(cast)
    settle()
    paths = [
        reverse("rules"),
        reverse("rule_log"),
        reverse("log_of_rule", args=[made.pk]),
        reverse("rule", args=[made.pk]),
    ]
    few = [cost(tanaka, path) for path in paths]
    for n in range(9):
        rule(cast, f"{n}", "ticket.opened", {"verb": "tag", "tags": f"{n}"})
    for n in range(3):
        open_one(cast, f"{n}")
    settle()
    assert [cost(tanaka, path) for path in paths] == few
    assert few[0] <= 9 and few[3] <= 16, few
