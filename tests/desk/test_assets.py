"""One style sheet made of many, and translations compiled."""

import gettext

import pytest

from desk import assets


def write(folder, **sheets):
    for name, text in sheets.items():
        path = folder / (name.replace("__", "/") + ".css")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_imports_are_put_in_place_inside_their_layers_and_in_order(tmp_path):
    write(
        tmp_path,
        layers='/* about */\n@layer base, components;\n@import url("base.css") layer(base);\n'
        '@import "components/button.css" layer(components);\n',
        base="a { color: red }\n",
        components__button="button { color: blue }\n",
    )
    assert assets.bundle(tmp_path / "layers.css") == (
        "@layer base, components;\n"
        "/* base.css */\n@layer base {\na { color: red }\n}\n"
        "/* components/button.css */\n@layer components {\nbutton { color: blue }\n}\n"
    )


def test_addresses_inside_an_import_follow_the_file(tmp_path):
    write(
        tmp_path,
        layers='@import url("pages/login.css");',
        pages__login='a { background: url("../../img/x.svg") url(data:image/png,x) url(/static/y.png) url("#mark") }',
    )
    assert 'url("../img/x.svg") url(data:image/png,x) url(/static/y.png) url("#mark")' in assets.bundle(
        tmp_path / "layers.css"
    )


def test_an_import_for_a_medium_keeps_its_condition(tmp_path):
    write(tmp_path, layers='@import url("print.css") layer(pages) print;', print="p { color: black }")
    assert "@layer pages {\n@media print {\np { color: black }\n}\n}" in assets.bundle(tmp_path / "layers.css")


def test_a_sheet_of_another_host_is_refused(tmp_path):
    write(tmp_path, layers='@import url("https://example.com/x.css");')
    with pytest.raises(ValueError, match="another host"):
        assets.bundle(tmp_path / "layers.css")


def test_sheets_that_import_each_other_are_refused(tmp_path):
    write(tmp_path, layers='@import "a.css";', a='@import "layers.css";')
    with pytest.raises(ValueError, match="imports itself"):
        assets.bundle(tmp_path / "layers.css")


def test_the_vendor_list_is_copied_and_unchanged_files_keep_their_time(tmp_path):
    assets.build(tmp_path)
    copied = tmp_path / "assets" / "vendor" / "htmx.min.js"
    before = copied.stat().st_mtime_ns
    assets.build(tmp_path)
    assert copied.stat().st_mtime_ns == before


def test_a_changed_catalogue_is_compiled_again_without_its_fuzzy_entries(tmp_path, monkeypatch):
    folder = tmp_path / "ja" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    monkeypatch.setattr(assets, "LOCALE", tmp_path)
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    (folder / "django.po").write_text(
        head + 'msgid "Close"\nmsgstr "完了にする"\n\n#, fuzzy\nmsgid "Open"\nmsgstr "？"\n', encoding="utf-8"
    )
    assets.compile_translations()
    with open(folder / "django.mo", "rb") as file:
        words = gettext.GNUTranslations(file)
    assert (words.gettext("Close"), words.gettext("Open")) == ("完了にする", "Open")


def test_the_fingerprint_changes_with_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "STATIC", write(tmp_path / "static", a="a {}"))
    before = assets.static_fingerprint(tmp_path)
    assert assets.static_fingerprint(tmp_path) == before
    write(tmp_path / "static", a="a { color: red }")
    assert assets.static_fingerprint(tmp_path) != before
