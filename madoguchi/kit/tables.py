"""Tables as spreadsheets write and read them: CSV (RFC 4180) in the encodings Japanese offices use."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

MOST_COLUMNS = 100
_DELIMITERS = ",\t;"
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_FORMULA = tuple("=+-@＝＋－＠\t\r\n")  # Japanese spreadsheets take the wide ones too
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\uf8f0-\uf8ff]")
_LONGEST_CELL, _LOOKED_AT, _MOST_EMPTY = 1_000_000, 20_000, 1_000


class NotATable(ValueError):
    """`reason`: EMPTY, ENCODING, BROKEN, COLUMNS (none, or too many), ROWS (too many)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` hold as many cells as the file has there, at least as many as there are columns. `lines`: where each begins,
    counted from 1, as a spreadsheet numbers its rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    encoding: str


def read(data: bytes, *, most_rows: int) -> Table:
    """The first row names the columns; empty rows are left out. Raises NotATable."""
    text, encoding = _decoded(data)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    csv.field_size_limit(_LONGEST_CELL)
    columns: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    try:
        for number, cells in enumerate(reader, start=1):
            if len(cells) > MOST_COLUMNS:
                raise NotATable("COLUMNS")
            if number > _MOST_EMPTY + 2 * most_rows:
                raise NotATable("ROWS")
            tidy = tuple(_unguarded(cell.strip()) for cell in cells)
            if not any(tidy):
                continue
            if not columns:
                columns = tidy
                continue
            rows.append(tidy + ("",) * (len(columns) - len(tidy)))
            lines.append(number)
            if len(rows) > most_rows:
                raise NotATable("ROWS")
    except csv.Error:
        raise NotATable("BROKEN") from None
    if not columns:
        raise NotATable("EMPTY")
    return Table(columns, tuple(rows), tuple(lines), encoding)


def _decoded(data: bytes) -> tuple[str, str]:
    by_bom = next((name for bom, name in _BOMS if data.startswith(bom)), None)
    for encoding in [by_bom] if by_bom else ["utf-8", "cp932"]:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "cp932" or not _NO_TEXT.search(text):  # nearly any bytes are some cp932
            return text.replace("\x00", ""), encoding.removesuffix("-sig")
    raise NotATable("ENCODING")


def _delimiter(text: str) -> str:
    """The one the first written line has most of, outside quotes."""
    bare = _QUOTED.sub('""', text[:_LOOKED_AT])
    first = next((line for line in bare.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=first.count)


def write(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """UTF-8 with a byte order mark, so that spreadsheets know it; no cell is taken for a formula."""
    yield b"\xef\xbb\xbf"
    for row in chain([columns], rows):
        line = io.StringIO(newline="")
        csv.writer(line, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerow([_guarded(cell) for cell in row])
        yield line.getvalue().encode("utf-8", "replace")


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith((*_FORMULA, "'")) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*_FORMULA, "'")) else cell
