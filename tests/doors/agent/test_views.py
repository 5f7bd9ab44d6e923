import pytest

from madoguchi import tickets
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.lists import saving
from madoguchi.models import CustomField, CustomView, Event
from tests.cast import open_one
from tests.doors.agent.conftest import text


def tree(*conditions):
    rows = [dict(zip(("field", "operator", "value"), each, strict=False)) for each in conditions]
    return {"match": "any", "groups": [{"match": "all", "conditions": rows}]} if rows else {}


def make(cast, by, name="至急の件", audience="private", criteria=None, **more):
    values = {"name": name, "audience": audience, "criteria": criteria or tree(("priority", "is", "Urgent")), **more}
    return saving.create_view(cast.support, values, by=by)


@pytest.fixture
def two(cast):
    urgent, other = open_one(cast, "急ぎの件"), open_one(cast, "ふつうの件")
    tickets.edit(urgent, {"priority": "Urgent"}, by=cast.sato)
    return urgent, other


FORM = {
    "name": "至急の件",
    "audience": "private",
    "field-0": "priority",
    "operator-0": "is",
    "value-0": "Urgent",
    "columns": ["status", "due"],
    "sort": "created_at",
    "turn": "up",
}


def test_a_view_is_made_on_a_page_and_shows_its_tickets(cast, sato, two):
    answer = sato.post("/tickets/views/new", FORM)
    view = CustomView.objects.get()
    assert answer["Location"] == f"/tickets/?view=c{view.pk}"
    assert (view.owner, view.audience, view.department, view.sort, view.columns) == (
        cast.sato.agent,
        "private",
        cast.support,
        "created_at",
        ["status", "due"],
    )
    page = text(sato.get(answer["Location"]))
    assert "急ぎの件" in page and "ふつうの件" not in page and "至急の件" in page
    assert ">連絡先<" not in page.split("<thead>")[1].split("</thead>")[0]


def test_rows_come_and_go_without_script(cast, sato, two):
    more = text(sato.post("/tickets/views/new", {**FORM, "do": "add"}))
    assert 'name="field-1"' in more and 'name="field-2"' not in more
    less = text(sato.post("/tickets/views/new", {**FORM, "field-1": "tags", "operator-1": "is", "do": "remove-0"}))
    assert 'name="field-1"' not in less and '<option value="tags" selected' in less
    other = text(sato.post("/tickets/views/new", {**FORM, "field-0": "due_at", "do": "refresh"}))
    assert 'type="date"' in other and "急ぎの件" not in other
    assert not CustomView.objects.exists()


def test_the_form_shows_what_matches(cast, sato, two):
    page = text(sato.post("/tickets/views/new", {**FORM, "do": "refresh"}))
    assert "急ぎの件" in page and "ふつうの件" not in page


def test_or_begins_a_new_group(cast, sato, two):
    sato.post("/tickets/views/new", {**FORM, "join-1": "any", "field-1": "subject", "operator-1": "contains", "value-1": "ふつう", "join-2": "all", "field-2": "state", "operator-2": "is_one_of", "value-2": ["Open", "Closed"]})  # fmt: skip
    view = CustomView.objects.get()
    assert [len(group["conditions"]) for group in view.criteria["groups"]] == [1, 2] and view.criteria["match"] == "any"
    page = text(sato.get(f"/tickets/views/{view.pk}/"))
    assert '<option value="any" selected>' in page and "ふつうの件" in page


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": " "}, "名前を入力"),
        ({"name": "x" * 101}, "100"),
        ({"value-0": "Soon"}, "この選択肢は"),
        ({"field-0": "subject", "operator-0": "contains", "value-0": ""}, "値を入力"),
        ({"columns": ["password"]}, "この列は"),
        ({"sort": "subject"}, "この選択肢は"),
        ({"audience": "world"}, "この選択肢は"),
    ],
)
def test_a_refusal_stands_beside_what_is_to_be_mended(cast, sato, change, says):
    answer = sato.post("/tickets/views/new", {**FORM, **change})
    assert answer.status_code == 422 and says in text(answer)
    assert not CustomView.objects.exists()


def test_only_a_supervisor_makes_views_for_others(cast, sato, sign_in):
    for audience in ("department", "all"):
        assert sato.post("/tickets/views/new", {**FORM, "audience": audience}).status_code == 403
        with pytest.raises(Denied):
            make(cast, cast.sato, audience=audience)
    assert not CustomView.objects.exists()
    assert sign_in(cast.tanaka).post("/tickets/views/new", {**FORM, "audience": "department"}).status_code == 303
    assert Event.objects.filter(verb="setup.changed").latest("id").after["name"] == "至急の件"


def test_who_sees_which_view(cast, sign_in, two):
    private = make(cast, cast.tanaka, "自分用")
    shared = make(cast, cast.tanaka, "部門用", "department")
    everyone = make(cast, cast.tanaka, "全員用", "all")
    seen = {
        who: [v.name for v in (private, shared, everyone) if v.name in text(sign_in(actor).get("/tickets/"))]
        for who, actor in (("tanaka", cast.tanaka), ("sato", cast.sato), ("light", cast.light), ("suzuki", cast.suzuki))
    }
    assert seen == {
        "tanaka": ["自分用", "部門用", "全員用"],
        "sato": ["部門用", "全員用"],
        "light": ["部門用", "全員用"],
        "suzuki": ["全員用"],
    }


def test_a_view_of_others_is_not_changed_by_those_who_only_see_it(cast, sato, sign_in):
    private, shared = make(cast, cast.tanaka, "自分用"), make(cast, cast.tanaka, "部門用", "department")
    assert sato.get(f"/tickets/views/{private.pk}/").status_code == 404
    assert sato.post(f"/tickets/views/{shared.pk}/", FORM).status_code == 403
    assert sign_in(cast.suzuki).post(f"/tickets/views/{shared.pk}/", {"_method": "DELETE"}).status_code == 404
    assert sign_in(cast.admin).get(f"/tickets/views/{private.pk}/").status_code == 404
    with pytest.raises(Hidden):
        saving.delete_view(private, by=cast.sato)
    assert list(CustomView.objects.values_list("name", flat=True)) == ["自分用", "部門用"]


def test_nobody_makes_the_view_of_another_private(cast):
    view = make(cast, cast.tanaka, audience="department")
    with pytest.raises(Refused) as refused:
        saving.edit_view(view, cast.support, {"audience": "private"}, by=cast.admin)
    view.refresh_from_db()
    assert refused.value.field == "audience" and view.audience == "department"
    assert saving.edit_view(view, cast.support, {"audience": "private"}, by=cast.tanaka).audience == "private"


def test_the_queue_beside_a_ticket_is_the_custom_view_one_came_from(cast, sato, two):
    view = make(cast, cast.sato)
    urgent, other = two
    page = text(sato.get(f"/tickets/{other.number}/?view=c{view.pk}"))
    queue = page.split('class="queue"')[1].split("</section>")[0]
    assert "至急の件" in queue and "急ぎの件" in queue and "ふつうの件" not in queue
    assert f"/tickets/{urgent.number}/?view=c{view.pk}" in queue
    of_another = text(sato.get(f"/tickets/{other.number}/?view=c{view.pk + 1}"))
    assert "未完了の問い合わせ" in of_another.split('class="queue"')[1].split("</section>")[0]


def test_long_names_of_own_fields_do_not_meet_in_a_view(cast, sato, two):
    names = [f"cf_{'x' * 55}{end}" for end in "ab"]
    for name in names:
        CustomField.objects.create(department=cast.support, api_name=name, label=name[-1], kind="text")
    tickets.edit(two[0], {"custom": dict(zip(names, ("甲", "乙"), strict=True))}, by=cast.sato)
    view = make(cast, cast.sato, columns=[f"cf/{name}" for name in names])
    page = text(sato.get(f"/tickets/?view=c{view.pk}"))
    assert "甲" in page and "乙" in page


def test_changing_and_deleting(cast, sato):
    view = make(cast, cast.sato)
    sato.post(f"/tickets/views/{view.pk}/", {**FORM, "name": "別名"})
    assert CustomView.objects.get().name == "別名"
    assert "「別名」を削除しますか" in text(sato.get(f"/tickets/views/{view.pk}/?edit=delete"))
    assert sato.post(f"/tickets/views/{view.pk}/", {"_method": "DELETE"}).status_code == 303
    assert not CustomView.objects.exists()
    assert sato.get(f"/tickets/?view=c{view.pk}").status_code == 200


def test_own_fields_belong_to_their_department(cast, sato, sign_in, two):
    CustomField.objects.create(department=cast.support, api_name="cf_plan", label="契約", kind="text")
    tickets.edit(two[0], {"custom": {"cf_plan": "プロ"}}, by=cast.sato)
    view = make(cast, cast.sato, criteria=tree(("cf/cf_plan", "is", "プロ")), columns=["cf/cf_plan", "status"])
    page = text(sato.get(f"/tickets/?view=c{view.pk}"))
    assert ">プロ<" in page and "ふつうの件" not in page and "契約" in page
    with pytest.raises(Refused):
        make(cast, cast.tanaka, audience="all", criteria=tree(("cf/cf_plan", "is", "プロ")))
    CustomField.objects.update(is_active=False)
    assert "急ぎの件" not in text(sato.get(f"/tickets/?view=c{view.pk}"))


def test_counts_come_after_the_page(cast, sato, two):
    view = make(cast, cast.sato)
    page = text(sato.get("/tickets/"))
    assert 'hx-get="/tickets/views/counts?view=open"' in page
    counted = text(sato.get(f"/tickets/views/counts?view=c{view.pk}"))
    assert '<span class="views__count">1</span>' in counted and "hx-get" not in counted
    assert '<span class="count" id="view-count" hx-swap-oob="true">1</span>' in counted


def test_filters_stand_in_the_address_and_make_a_view(cast, sato, two):
    tickets.tag(two[0], ["VIP"], by=cast.sato)
    page = text(sato.get("/tickets/?priority=Urgent&tag=vip&assignee=none&created=today&channel=nonsense&status=99x"))
    assert "急ぎの件" in page and "ふつうの件" not in page
    assert page.count('class="tag filter"') == 4
    assert "この条件に合う問い合わせはありません" in text(sato.get("/tickets/?priority=Low"))
    form = text(sato.get("/tickets/views/new?view=open&priority=Urgent&tag=vip"))
    assert form.count('class="criterion"') == 3


def test_columns_are_chosen_for_as_long_as_one_is_signed_in(cast, sato, two):
    chosen = {"columns": ["number", "nonsense", "tags", "created"], "next": "/tickets/?view=all"}
    assert sato.post("/tickets/columns", chosen)["Location"] == "/tickets/?view=all"
    heads = text(sato.get("/tickets/")).split("<thead>")[1].split("</thead>")[0]
    assert "作成" in heads and ">連絡先<" not in heads
    sato.post("/tickets/columns", {"do": "usual"})
    assert ">連絡先<" in text(sato.get("/tickets/")).split("<thead>")[1].split("</thead>")[0]


@pytest.mark.parametrize("sort", ["updated", "due", "created", "number"])
@pytest.mark.parametrize("turned", ["", "1"])
def test_every_order_reads(cast, sato, two, sort, turned):
    assert "急ぎの件" in text(sato.get("/tickets/", {"sort": sort, "turned": turned}))


def test_a_custom_view_takes_as_many_statements_with_many_rows(cast, sato, statements, two):
    CustomField.objects.create(department=cast.support, api_name="cf_plan", label="契約", kind="text")
    conditions = tree(("state", "is", "Open"), ("tags", "is_empty"))
    view = make(cast, cast.sato, criteria=conditions, columns=["cf/cf_plan", "team", "product", "tags"])
    path = f"/tickets/?view=c{view.pk}&priority=Urgent,Low"
    few = statements(sato, path)
    for n in range(20):
        tickets.edit(open_one(cast, f"件 {n}"), {"priority": "Low"}, by=cast.sato)
    assert statements(sato, path) == few <= 8
    assert statements(sato, "/tickets/views/counts") <= 12
