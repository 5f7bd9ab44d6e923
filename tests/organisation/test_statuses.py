import pytest

from madoguchi.errors import Denied, Refused
from madoguchi.models import Status
from madoguchi.organisation import current, statuses


def refused(code: str):
    return pytest.raises(Refused, check=lambda error: error.code == code)


def status(name: str) -> Status:
    return Status.objects.get(name=name)


def test_a_status_is_added_at_the_end_with_its_state(cast):
    row = statuses.add_status({"name": "Waiting for parts", "name_ja": "部品待ち"}, "On Hold", by=cast.admin)
    assert list(Status.objects.all())[-1] == row and row.state == "On Hold" and not row.is_default


@pytest.mark.parametrize(("name", "name_ja"), [("open", "未着手"), ("New", "未対応")])
def test_names_differ_in_both_languages(cast, name, name_ja):
    with refused("NAME_TAKEN"):
        statuses.add_status({"name": name, "name_ja": name_ja}, "Open", by=cast.admin)
    assert Status.objects.count() == 5


def test_there_is_always_one_default_for_each_state(cast):
    statuses.make_default_status(status("In Progress"), by=cast.admin)
    assert [s.name for s in Status.objects.filter(state="Open", is_default=True)] == ["In Progress"]
    assert current.default_status("Open").name == "In Progress"
    with refused("DEFAULT_STATUS"):
        statuses.switch_status(status("In Progress"), False, by=cast.admin)
    statuses.switch_status(status("Open"), False, by=cast.admin)
    with refused("OFF"):
        statuses.make_default_status(status("Open"), by=cast.admin)


def test_statuses_move_one_place(cast):
    statuses.move_status(status("Closed"), -1, by=cast.admin)
    assert [s.name for s in Status.objects.all()] == ["Open", "In Progress", "Escalated", "Closed", "On Hold"]
    statuses.move_status(status("Open"), -1, by=cast.admin)
    assert Status.objects.first().name == "Open"


@pytest.mark.parametrize("who", ["sato", "tanaka", "light"])
def test_only_administrators_change_statuses(cast, who):
    actor = getattr(cast, who)
    before = list(Status.objects.values())
    for deed in (
        lambda: statuses.add_status({"name": "X", "name_ja": "X"}, "Open", by=actor),
        lambda: statuses.edit_status(status("Open"), {"name": "X"}, by=actor),
        lambda: statuses.make_default_status(status("Escalated"), by=actor),
        lambda: statuses.switch_status(status("Escalated"), False, by=actor),
        lambda: statuses.move_status(status("Escalated"), 1, by=actor),
    ):
        with pytest.raises(Denied):
            deed()
    assert list(Status.objects.values()) == before
