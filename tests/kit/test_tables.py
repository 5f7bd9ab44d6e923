"""Tables in and out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kit.tables import NotATable, read, write

CELLS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30).map(str.strip)
ROWS = st.integers(1, 6).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width).filter(any), min_size=1, max_size=8)
)


@given(ROWS)
def test_what_is_written_is_read_again(rows):
    columns, *rest = rows
    table = read(b"".join(write(columns, rest)), most_rows=100)
    assert [table.columns, *table.rows] == [tuple(row) for row in rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_files_of_spreadsheets(encoding, delimiter):
    text = f'姓{delimiter}電話\r\n"髙橋{delimiter} ""誠"""{delimiter}0312345678\r\n\r\n①はしご{delimiter}\r\n'
    table = read(text.encode(encoding), most_rows=10)
    assert table.columns == ("姓", "電話")
    assert table.rows == ((f'髙橋{delimiter} "誠"', "0312345678"), ("①はしご", ""))
    assert table.lines == (2, 4)


def test_a_cell_is_no_formula_in_a_spreadsheet():
    cells = ["=1+1", "+81 3-1234-5678", "-1", "@SUM(A1)", "'=x", "plain"]
    written = b"".join(write(["a"], [[cell] for cell in cells])).decode("utf-8-sig").splitlines()
    assert not any(line.strip('"')[0] in "=+-@\t" for line in written)
    assert [row[0] for row in read("\n".join(written).encode(), most_rows=9).rows] == cells


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "EMPTY"),
        (b" \r\n,,\r\n", "EMPTY"),
        (b"\x81\xff\xfe\xfd", "ENCODING"),
        (b'a,b\n"never ended', "BROKEN"),
        (("a," * 101).encode() + b"x\n1", "COLUMNS"),
        (b"a\n1\n2\n3\n4", "ROWS"),
        (b"\xff\xfea", "ENCODING"),
    ],
)
def test_what_is_no_table(data, reason):
    with pytest.raises(NotATable) as error:
        read(data, most_rows=3)
    assert error.value.reason == reason


def test_nul_and_long_rows():
    table = read(b"a,b\n1\x00,2,3\n4\n", most_rows=3)
    assert table.rows == (("1", "2", "3"), ("4", ""))
