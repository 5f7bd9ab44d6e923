import pytest

from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.models import CustomerNote, Event
from madoguchi.people import notes


def test_a_note_keeps_its_lines_and_stands_in_the_history_without_its_text(cast):
    note = notes.write_note(cast.yamada, "  請求書は PDF で。\r\n宛名は購買部。 \x00", by=cast.sato)
    assert note.text == "請求書は PDF で。\n宛名は購買部。"
    event = Event.objects.get(verb="customer.noted")
    assert (event.contact, event.account, event.agent) == (cast.yamada, cast.midori, cast.sato.agent)
    assert event.after == {"note": str(note.pk)}


def test_a_note_is_changed_by_who_wrote_it_or_by_a_supervisor_and_the_old_text_is_kept(cast):
    note = notes.write_note(cast.midori, "年間契約", by=cast.sato)
    with pytest.raises(Denied):
        notes.edit_note(note, "書き換え", by=cast.suzuki)
    with pytest.raises(Denied):
        notes.delete_note(note, by=cast.suzuki)
    assert CustomerNote.objects.get().text == "年間契約"
    notes.edit_note(note, "年間契約（4 月更新）", by=cast.sato)
    notes.edit_note(note, "年間契約（更新は 4 月）", by=cast.tanaka)
    row = CustomerNote.objects.get()
    assert (row.text, row.agent, row.edited_at is not None) == ("年間契約（更新は 4 月）", cast.sato.agent, True)
    edited = Event.objects.filter(verb="customer.note_edited").order_by("id")
    assert [event.before["text"] for event in edited] == ["年間契約", "年間契約（4 月更新）"]
    assert [event.account for event in edited] == [cast.midori, cast.midori]


def test_what_does_not_change_is_not_told(cast):
    note = notes.write_note(cast.yamada, "同じ", by=cast.sato)
    notes.edit_note(note, " 同じ ", by=cast.sato)
    assert not Event.objects.filter(verb="customer.note_edited").exists()
    assert CustomerNote.objects.get().edited_at is None


def test_a_deleted_note_is_gone_and_its_text_stays_in_the_history(cast):
    note = notes.write_note(cast.yamada, "古い情報", by=cast.sato)
    notes.delete_note(note, by=cast.tanaka)
    assert not CustomerNote.objects.exists()
    assert Event.objects.get(verb="customer.note_deleted").before == {"text": "古い情報"}
    with pytest.raises(Hidden):
        notes.edit_note(note, "もう一度", by=cast.sato)


@pytest.mark.parametrize(("text", "code"), [(" \n ", "EMPTY"), ("あ" * 10_001, "TOO_LONG")])
def test_an_empty_or_endless_note_is_refused(cast, text, code):
    with pytest.raises(Refused) as refusal:
        notes.write_note(cast.yamada, text, by=cast.sato)
    assert (refusal.value.code, refusal.value.field) == (code, "text")
    assert not CustomerNote.objects.exists() and not Event.objects.filter(verb="customer.noted").exists()


def test_light_agents_only_read(cast):
    with pytest.raises(Denied):
        notes.write_note(cast.yamada, "メモ", by=cast.light)
    assert not CustomerNote.objects.exists()
