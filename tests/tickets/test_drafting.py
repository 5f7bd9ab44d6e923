import pytest
from django.db import connection

from madoguchi import tickets
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.models import Draft, Event
from madoguchi.tickets.drafting import LONGEST, Overtaken


def newest(ticket) -> int:
    return ticket.entries.order_by("-pk").first().pk


def test_a_draft_is_kept_and_grows_without_history(cast, ticket):
    events = Event.objects.count()
    first = tickets.save_draft(ticket, "reply", {"body": "お世話に", "html": "<p>お世話に</p>"}, by=cast.sato)
    second = tickets.save_draft(ticket, "reply", {"body": "お世話になって"}, version=first.version, by=cast.sato)
    assert (first.version, second.version) == (1, 2)
    assert Draft.objects.get().fields == {"body": "お世話になって"}
    assert Event.objects.count() == events


def test_what_another_device_saved_is_not_overwritten(cast, ticket):
    tickets.save_draft(ticket, "reply", {"body": "机で"}, by=cast.sato)
    with pytest.raises(Overtaken) as refusal:
        tickets.save_draft(ticket, "reply", {"body": "電話で"}, version=0, by=cast.sato)
    assert refusal.value.draft.fields["body"] == "机で"
    mine = tickets.save_draft(ticket, "reply", {"body": "電話で"}, version=refusal.value.draft.version, by=cast.sato)
    assert (mine.version, Draft.objects.get().fields["body"]) == (2, "電話で")


def test_the_same_text_from_two_tabs_is_no_conflict(cast, ticket):
    assert tickets.save_draft(ticket, "reply", {"body": "同じ"}, by=cast.sato).version == 1
    assert tickets.save_draft(ticket, "reply", {"body": "同じ"}, by=cast.sato).version == 1


def test_a_late_autosave_after_sending_resurrects_nothing(cast, ticket):
    seen = newest(ticket)
    saved = tickets.save_draft(ticket, "reply", {"body": "書きかけ"}, seen=seen, by=cast.sato)
    tickets.reply(ticket, "書きかけ", by=cast.sato)
    tickets.discard_draft(ticket, "reply", by=cast.sato)
    for version in (0, saved.version):
        with pytest.raises(Overtaken) as refusal:
            tickets.save_draft(ticket, "reply", {"body": "書きかけ"}, version=version, seen=seen, by=cast.sato)
        assert refusal.value.draft is None
    assert not Draft.objects.exists()
    assert tickets.save_draft(ticket, "reply", {"body": "次"}, seen=newest(ticket), by=cast.sato).version == 1
    assert tickets.save_draft(ticket, "note", {"body": "別の種類"}, seen=seen, by=cast.sato).version == 1


def test_a_draft_is_seen_by_its_writer_alone_and_goes_with_the_sight_of_the_ticket(cast, ticket):
    tickets.save_draft(ticket, "reply", {"body": "私の"}, by=cast.sato)
    assert [d.ticket_id for d in tickets.drafts_of(cast.sato, 10)] == [ticket.pk]
    assert tickets.drafts_of(cast.tanaka, 10) == []
    tickets.move(ticket, cast.billing, by=cast.sato)
    assert tickets.drafts_of(cast.sato, 10) == []
    with pytest.raises(Hidden):
        tickets.save_draft(ticket, "reply", {"body": "続き"}, version=1, by=cast.sato)


@pytest.mark.parametrize(
    ("mode", "fields", "code"),
    [
        ("reply", {"body": "あ" * LONGEST}, "TOO_LONG"),
        ("reply", {"html": "x" * (LONGEST + 1)}, "TOO_LONG"),
        ("poem", {}, "NOT_A_MODE"),
    ],
)
def test_sensible_refusals(cast, ticket, mode, fields, code):
    with pytest.raises(Refused) as refusal:
        tickets.save_draft(ticket, mode, fields, by=cast.sato)
    assert refusal.value.code == code and not Draft.objects.exists()


def test_only_what_one_may_write_can_be_drafted(cast, ticket):
    with pytest.raises(Denied):
        tickets.save_draft(ticket, "reply", {"body": "x"}, by=cast.light)
    assert tickets.save_draft(ticket, "note", {"body": "x"}, by=cast.light).version == 1


def test_a_draft_holds_safe_html_and_known_fields_only(cast, ticket):
    fields = {"html": "<p onclick=x>a<script>b</script></p>", "csrfmiddlewaretoken": "t", "upload": ["k"]}
    tickets.save_draft(ticket, "reply", fields, by=cast.sato)
    assert Draft.objects.get().fields == {"html": "<p>a</p>", "upload": ["k"]}


def test_saving_takes_few_statements(cast, ticket, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        tickets.save_draft(ticket, "reply", {"body": "x"}, by=cast.sato)
    assert connection.in_atomic_block
