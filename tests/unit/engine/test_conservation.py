"""Nothing is lost: every record is scored or rejected, and every cell is found again.

Python's csv module is the judge of what an upload holds, and of what the outputs hold.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass, replace
from unittest import mock

from hypothesis import strategies as st

from engine import records, text
from tests.support.csvs import BYTE_ORDER_MARK, Outcome, awkward_numbers, read_csv, score
from tests.support.models import mall_model
from tests.support.properties import property_of

MODEL = mall_model()

ID = ("CustomerID", " customer_id ")
FEATURES = {
    "gender": ("Gender", "GENRE", " sex"),
    "age": ("Age", "age"),
    "annual_income": ("Annual Income (k$)", "Annual_Income"),
    "spending_score": ("Spending Score (1-100)", "spendingscore "),
}
NUMERIC = {"age", "annual_income", "spending_score"}
OUTPUTS = ("segment", "segment_name", "distance", "margin", "outlier", "model_version")
REJECT_COLUMNS = ("_row", "_reason", "_detail")
EXTRAS = (
    *("city", "City", "note", "", " ", "two\nlines", 'say "hi"', "a,b;c|d\te", "column_2", "x.y"),
    *("segment", "Segment_Name", "DISTANCE", "margin ", "segment_input", "Gr\u00f6\u00dfe"),
)
ONLY_WINDOWS = "Gr\u00f6\u00dfe"
"""Its bytes in Windows-1252 are not valid UTF-8."""

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "windows-1252")
WINDOWS_CHARACTERS = "ab01 \u00e9\u20ac\u00df\u0178\"',;|.\t\0\x1f\x7f\u00a0"
CHARACTERS = WINDOWS_CHARACTERS + "\u65e5\U0001f600\u2028\u0085\x0b\x0c\u0130\u0131\ufb01\ufeff"
LINE_ENDS = ("\n", "\r\n", "\r")


@dataclass(frozen=True)
class Upload:
    """An upload, and how small the pieces are in which the engine works on it."""

    data: bytes
    text: str
    delimiter: str
    block_bytes: int
    chunk_bytes: int

    def score(self) -> Outcome:
        with (
            mock.patch.object(records, "BLOCK_BYTES", self.block_bytes),
            mock.patch.object(text, "CHUNK_BYTES", self.chunk_bytes),
        ):
            return score(MODEL, self.data)


@st.composite
def uploads(draw: st.DrawFn) -> Upload:
    encoding = draw(st.sampled_from(ENCODINGS))
    delimiter = draw(st.sampled_from(",;\t|"))
    header = _header(draw, encoding)
    characters = WINDOWS_CHARACTERS if encoding == "windows-1252" else CHARACTERS
    lines = [delimiter.join(_written(cell, delimiter, quote="\r\n") for cell in header)]
    for _ in range(draw(st.integers(0, 8))):
        cells = _record(draw, header, characters)
        lines.append(delimiter.join(_field(draw, cell, delimiter) for cell in cells))
    written = _joined(draw, lines)
    data = _encoded(draw, written, encoding)
    if draw(st.integers(0, 3)) == 0:
        middle = draw(st.integers(0, len(data)))
        data = gzip.compress(data[:middle], 1) + gzip.compress(data[middle:], 1)
    return Upload(
        data,
        written,
        delimiter,
        block_bytes=draw(st.sampled_from((1, 7, 64, 300, 2 << 20))),
        chunk_bytes=draw(st.sampled_from((5, 64, 1 << 20))),
    )


def _header(draw: st.DrawFn, encoding: str) -> list[str]:
    header = [draw(st.sampled_from(names)) for names in FEATURES.values()]
    header += draw(st.sampled_from(((), ID[:1], ID[1:])))
    header += draw(st.lists(st.sampled_from(EXTRAS), max_size=4))
    header += draw(st.sampled_from(((), (), REJECT_COLUMNS, ("_ROW", "_detail "))))
    if encoding == "windows-1252":
        header.append(ONLY_WINDOWS)
    return draw(st.permutations(header))


def _record(draw: st.DrawFn, header: Sequence[str], characters: str) -> list[str]:
    numbers = st.one_of(st.integers(1, 99).map(str), st.sampled_from(("1,5", "2.5", " 7 ", "+3")))
    odd = draw(st.integers(0, 3)) == 0
    cells = []
    for name in header:
        feature = next((one for one, names in FEATURES.items() if name in names), None)
        if feature == "gender":
            cells.append(draw(st.sampled_from(("Male", "f", " FEMALE\t", "x" if odd else "1"))))
        elif feature:
            cells.append(draw(awkward_numbers if odd and draw(st.booleans()) else numbers))
        else:
            cells.append(draw(st.text(f"{characters}\r\n", max_size=6)))
    if odd:
        count = draw(st.integers(1, len(cells) + 2))
        cells = [*cells, "more", "and more"][:count]
    return [_possible(cell, characters) for cell in cells]


def _possible(cell: str, characters: str) -> str:
    if characters is CHARACTERS:
        return cell
    return cell.encode("windows-1252", "replace").decode("windows-1252")


def _field(draw: st.DrawFn, cell: str, delimiter: str) -> str:
    style = draw(st.sampled_from(("as needed", "quoted", "quoted and more", "raw")))
    if style == "raw":
        raw = "".join(letter for letter in cell if letter not in f"{delimiter}\r\n")
        return raw.lstrip('"')
    if style == "as needed":
        return _written(cell, delimiter, quote="\r\n")
    return _written(cell, delimiter, quote=None) + ('x"y' if style == "quoted and more" else "")


def _written(cell: str, delimiter: str, quote: str | None) -> str:
    if quote is not None and not set(cell) & set(f'{delimiter}"{quote}'):
        return cell
    return '"{}"'.format(cell.replace('"', '""'))


def _joined(draw: st.DrawFn, lines: Sequence[str]) -> str:
    """Put line ends between the lines, of one kind or mixed, and end in one of three ways."""
    ends = st.sampled_from(LINE_ENDS)
    one = draw(ends)
    between = st.just(one) if draw(st.booleans()) else ends
    written = draw(st.sampled_from(("", "", one)))
    for line in lines:
        blanks = draw(st.sampled_from(("", "", "", one, one * 2)))
        written += line + draw(between) + blanks
    ending = draw(st.sampled_from(("line end", "no line end", "open quote")))
    if ending == "no line end":
        return written.rstrip("\r\n")
    if ending == "open quote" and len(lines) > 1:
        return written + draw(st.sampled_from(('"', 'a,"b', 'a;b;"c""', '1,2,"x\ny\n')))
    return written


def _encoded(draw: st.DrawFn, written: str, encoding: str) -> bytes:
    mark = BYTE_ORDER_MARK if encoding.startswith("utf-16") else ""
    return (mark + written).encode(encoding)


@property_of(uploads(), quick=120)
def test_every_record_is_scored_or_rejected_and_every_cell_is_found_again(upload: Upload) -> None:
    header, *body = read_csv(upload.text, upload.delimiter)

    outcome = upload.score()

    tally = outcome.scored.tally
    assert tally.read == len(body)
    assert tally.read == tally.scored + tally.rejected
    assert tally.scored == outcome.table.num_rows
    kept = [
        place for place, name in enumerate(header) if name.strip().lower() not in REJECT_COLUMNS
    ]
    rejected = _assert_rejects_stand_as_they_stood(outcome, header, body, kept)
    scored = [record for number, record in enumerate(body, start=2) if number not in rejected]
    _assert_scored_cells_are_found_again(outcome, header, scored, kept, upload.delimiter == ";")


def _assert_rejects_stand_as_they_stood(
    outcome: Outcome, header: list[str], body: list[list[str]], kept: list[int]
) -> set[int]:
    assert outcome.rejects.startswith(BYTE_ORDER_MARK.encode())
    assert outcome.rejected[0] == [*REJECT_COLUMNS, *(header[place] for place in kept)]
    numbers = [int(number) for number, *_ in outcome.rejected[1:]]
    assert numbers == sorted(set(numbers))
    dropped = set(range(len(header))) - set(kept)
    for number, (_, _, _, *cells) in zip(numbers, outcome.rejected[1:], strict=True):
        stood = [cell for place, cell in enumerate(body[number - 2]) if place not in dropped]
        assert cells == (stood or [""])
    return set(numbers)


def _assert_scored_cells_are_found_again(
    outcome: Outcome, header: list[str], scored: list[list[str]], kept: list[int], comma: bool
) -> None:
    table = outcome.table
    names = table.column_names
    assert len({name.lower() for name in names}) == len(names), "two columns differ by case alone"
    assert tuple(names[-6:]) == OUTPUTS
    if not any(name in ID for name in header):
        assert names[0] == "customer_id"
        assert table["customer_id"].null_count == table.num_rows
        names = names[1:]
    for name, place in zip(names[:-6], kept, strict=True):
        stood = [record[place] for record in scored]
        found = table[name].to_pylist()
        if name in NUMERIC:
            assert header[place] in FEATURES[name]
            assert found == [
                float(cell.strip(" \t").replace(",", ".") if comma else cell.strip(" \t"))
                for cell in stood
            ]
        else:
            assert found == stood
        field = table.schema.field(name)
        assert field.metadata[b"header"].decode() == header[place]


@property_of(uploads(), quick=30)
def test_the_same_upload_gives_the_same_bytes_whatever_the_pieces_in_which_it_is_read(
    upload: Upload,
) -> None:
    once = upload.score()
    again = replace(upload, chunk_bytes=1 << 20).score()

    assert again.parquet == once.parquet
    assert again.rejects == once.rejects


@property_of(uploads(), quick=30)
def test_where_blocks_are_cut_changes_no_row(upload: Upload) -> None:
    cut = upload.score()
    whole = replace(upload, block_bytes=2 << 20).score()

    assert cut.rejects == whole.rejects
    assert repr(cut.rows) == repr(whole.rows)
