import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kit.names import clean_file_name, human_size


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("見積書.pdf", "見積書.pdf"),
        ("ｒｅｐｏｒｔ．ｔｘｔ", "report.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.txt", "a.txt"),
        ("\u200b.htaccess", "htaccess"),
        ("\u3164.htaccess", "htaccess"),
        ("..\u200b/\u200b..／x", "x"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\x00b\r\n.txt", "ab.txt"),
        ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1"),
        ("a<b>:c?.txt", "a_b__c_.txt"),
        ("a.txt. . ", "a.txt"),
        ("...", "file"),
        ("", "file"),
        ("℀.txt", "c.txt"),
    ],
)
def test_file_names_lose_what_could_harm(name, clean):
    assert clean_file_name(name) == clean


def test_a_long_name_keeps_its_suffix():
    assert clean_file_name("あ" * 300 + ".pdf") == "あ" * 196 + ".pdf"


@given(st.text(max_size=300))
def test_a_clean_name_is_clean(name):
    clean = clean_file_name(name)
    assert clean_file_name(clean) == clean
    assert 0 < len(clean) <= 200
    assert not set(clean) & set('/\\:*?"<>|\0\r\n') and clean[0] not in ". "


def test_sizes_read_well():
    sizes = [0, 1023, 1024, 1536, 10_240, 12 << 20, 1_048_575, 3 << 40]
    assert [human_size(n) for n in sizes] == ["0 B", "1023 B", "1 KB", "1.5 KB", "10 KB", "12 MB", "1 MB", "3 TB"]
