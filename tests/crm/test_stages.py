"""The stages of deals."""

import pytest

from madoguchi import crm
from madoguchi.crm import stages
from madoguchi.errors import Denied, Refused
from madoguchi.models import Classification, CrmStage, Event, Lookup
from tests.crm.test_people import last_event, wished


def names() -> list[str]:
    return [s.name_ja for s in CrmStage.objects.all()]


def test_a_desk_is_founded_with_stages(desk):
    found = CrmStage.objects.values_list("name_ja", "category")
    assert list(found) == [("初回面談", "open"), ("要件確認", "open"), ("提案中", "open"), ("見積提示", "open"), ("受注", "won"),
                           ("失注", "lost")]  # fmt: skip


def test_stages_are_added_renamed_and_moved(desk, stage):
    made = stages.add_stage({"name": "Pilot", "name_ja": "試用中", "category": "open"}, by=desk.admin)
    assert names()[-1] == "試用中" and last_event().verb == "setup.changed"
    stages.move_stage(made, -2, by=desk.admin)
    assert names()[4:] == ["試用中", "受注", "失注"]
    stages.edit_stage(made, {"name_ja": "お試し"}, by=desk.admin)
    assert names()[4] == "お試し" and stages.named("お試し") == stages.named("pilot") == made


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"name": "won", "name_ja": "別"}, "name"), ({"name": "x", "name_ja": "受注"}, "name_ja"), ({"name": "受注", "name_ja": "別"}, "name"),
     ({"name": "", "name_ja": "別"}, "name"), ({"name": "x" * 101, "name_ja": "別"}, "name"), ({"name": "x", "category": "maybe"}, "category")],
)  # fmt: skip
def test_a_stage_that_cannot_be_is_refused(desk, changes, field):
    with pytest.raises(Refused) as caught:
        stages.add_stage({"name_ja": "別", "category": "open", **changes}, by=desk.admin)
    assert caught.value.field == field and CrmStage.objects.count() == 6


def test_one_stage_of_each_kind_stays_in_use(desk, stage):
    for act in (
        lambda: stages.switch_stage(stage["受注"], False, by=desk.admin),
        lambda: stages.delete_stage(stage["失注"], by=desk.admin),
        lambda: stages.edit_stage(stage["受注"], {"category": "lost"}, by=desk.admin),
    ):
        with pytest.raises(Refused) as caught:
            act()
        assert caught.value.code == "LAST_OF_CATEGORY"
    stages.switch_stage(stage["提案中"], False, by=desk.admin)
    assert CrmStage.objects.filter(is_active=True).count() == 5


def test_a_stage_in_use_is_switched_off_not_deleted(desk, hanako, stage):
    crm.create_deal({"name": "契約", "person": hanako, "stage": stage["提案中"]}, by=desk.sato)
    with pytest.raises(Refused) as caught:
        stages.delete_stage(stage["提案中"], by=desk.admin)
    assert caught.value.code == "IN_USE"
    stages.delete_stage(stage["要件確認"], by=desk.admin)
    assert "要件確認" not in names()


def test_another_category_looks_its_customers_up(desk, hanako, stage):
    crm.create_deal({"name": "契約", "person": hanako, "stage": stage["提案中"]}, by=desk.sato)
    Classification.objects.create(contact=desk.yamada, source="builtin", module="contacts", record=str(hanako.pk))
    Lookup.objects.all().delete()
    stages.edit_stage(stage["提案中"], {"category": "won"}, by=desk.admin)
    assert wished() == {desk.yamada.pk}


def test_only_administrators_change_stages(desk, stage):
    before = Event.objects.count()
    for by in (desk.sato, desk.tanaka, desk.light):
        with pytest.raises(Denied):
            stages.edit_stage(stage["受注"], {"name": "x"}, by=by)
    assert Event.objects.count() == before
