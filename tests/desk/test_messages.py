"""The catalogue: what is missing, what is left over, what does not fit."""

import polib
import pytest

from desk import messages
from desk.messages import Message


@pytest.fixture
def product(tmp_path, monkeypatch):
    monkeypatch.setattr(messages, "PRODUCT", tmp_path)
    for name, text in {
        "doors/closure.py": 'from x import gettext_lazy, ngettext, pgettext\n_("Close")\ngettext_lazy("Reopen")\n'
        'ngettext("%(n)s ticket", "%(n)s tickets", n)\npgettext("verb", "Open")\n',
        "templates/page.html": '<p>{{ _("Hello %(name)s", name=n) }}{% do x.append(1) %}{% trans %}Good bye{% endtrans %}</p>',
        "migrations/0001_initial.py": '_("Not this one")',
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_strings_are_found_in_python_and_in_templates(product):
    assert set(messages.sources()) == {
        Message("Close"),
        Message("Reopen"),
        Message("%(n)s ticket", plural="%(n)s tickets"),
        Message("Open", context="verb"),
        Message("Hello %(name)s"),
        Message("Good bye"),
    }


def test_an_update_keeps_translations_and_drops_what_is_no_longer_used(tmp_path):
    catalogue = tmp_path / "django.po"
    messages.update(catalogue, {Message("Close"), Message("Old")})
    book = polib.pofile(str(catalogue))
    book.find("Close").msgstr = "完了にする"
    book.save()
    added, dropped = messages.update(catalogue, {Message("Close"), Message("New")})
    assert (added, dropped) == ([Message("New")], [Message("Old")])
    assert {entry.msgid: entry.msgstr for entry in polib.pofile(str(catalogue))} == {"Close": "完了にする", "New": ""}


def test_an_update_of_nothing_changes_nothing(tmp_path):
    catalogue = tmp_path / "django.po"
    wanted = {Message("%(n)s ticket", plural="%(n)s tickets"), Message("Open", context="verb")}
    messages.update(catalogue, wanted)
    before = catalogue.read_bytes()
    messages.update(catalogue, wanted)
    assert catalogue.read_bytes() == before
    assert b"POT-Creation-Date" not in before


def test_faults_are_named(tmp_path):
    catalogue = tmp_path / "django.po"
    found = dict.fromkeys([Message("Close"), Message("Hello %(name)s"), Message("Guess")], "x.py:1")
    messages.update(catalogue, {*found, Message("Old")})
    book = polib.pofile(str(catalogue))
    for text, translation in {"Hello %(name)s": "%(nmae)s さん", "Guess": "推測", "Old": "古い"}.items():
        book.find(text).msgstr = translation
    book.find("Guess").flags.append("fuzzy")
    book.save()
    assert messages.faults(catalogue, found) == [
        "not translated (x.py:1): Close",
        "fuzzy: Guess",
        "placeholders differ: Hello %(name)s → %(nmae)s さん",
        "no longer in the sources (run bin/messages): Old",
    ]
