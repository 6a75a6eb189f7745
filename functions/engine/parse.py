"""One block of records to typed columns and a verdict on each row.

Two ways with one verdict. The fast way lets Arrow convert the whole block and takes the result
only if no row in it can be at fault. The careful way repeats the domain's reading rule
(`segmentation.values`) column by column and tells which rows are rejected, and why.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.csv

from engine.arrays import arrow, bits, texts, view, whole
from engine.arrays import sizes as array_sizes
from engine.judge import ColumnJudge
from engine.layout import TEXT, Layout
from engine.records import Structure, structure, structure_of_sizes
from engine.rejects import Found, Rejects
from segmentation.categorical import CategoricalFeature
from segmentation.errors import Reason
from segmentation.features import Feature
from segmentation.numeric import NumericFeature
from segmentation.spec import Spec
from segmentation.values import normalised

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Booleans = npt.NDArray[np.bool_]


FEW = 0.03
"""Up to this part of a block, rows with a wrong number of fields are best told by Arrow."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A block, read and judged.

    Parameters
    ----------
    read
        Number of records.
    kept
        The kept columns of the rows that can be scored, in the layout's order.
    encoded
        For each feature its columns in centroid space, unscaled: one array of float64 for a
        numeric feature or codes, one for each category if one-hot.
    rejects
        The other rows, None where there are none.
    """

    read: int
    kept: list[pa.Array]
    encoded: list[list[Floats]]
    rejects: Rejects | None

    @property
    def scored(self) -> int:
        """Number of rows that can be scored."""
        return self.read - (0 if self.rejects is None else len(self.rejects.rows))


class BlockParser:
    """Parses the blocks of one upload.

    Parameters
    ----------
    spec
        Says how values are read.
    layout
        Says where they stand.
    encoding
        Of the upload, for the message about rows that are not text.
    """

    def __init__(self, spec: Spec, layout: Layout, encoding: str) -> None:
        self._spec = spec
        self._layout = layout
        self._encoding = encoding
        self._dirty = False
        self._width = len(layout.header.fields)
        self._names = [str(position) for position in range(self._width)]
        self._features = [
            (feature, self._names[position])
            for feature, position in zip(spec.features, layout.header.features, strict=True)
        ]
        self._texts = {self._names[position]: TEXT for position in layout.header.kept}
        self._judges = [ColumnJudge(feature, layout.decimal_comma) for feature in spec.features]
        features = {name for _, name in self._features}
        self._other_texts = [name for name in self._texts if name not in features]
        # All columns, also those that are dropped: a row that is not text is rejected.
        self._types: dict[str, pa.DataType] = dict.fromkeys(self._names, TEXT)
        for feature, name in self._features:
            self._types[name] = pa.float64() if isinstance(feature, NumericFeature) else TEXT
        # Without all columns Arrow would not give all sizes.
        self._sizes_tell = len(self._texts) == self._width
        # A file with a decimal point throughout and one with a comma are both fast.
        self._decimal_marks = (".", ",") if layout.decimal_comma else (".",)

    def parse(self, block: bytes) -> Parsed:
        """Read and judge a block of whole records."""
        # Where one block had a bad row the next one likely has, too: no time lost on trying.
        parsed = None if self._dirty else self._parse_fast(block)
        parsed = parsed or self._parse_carefully(block)
        self._dirty = parsed.rejects is not None
        return parsed

    def _parse_fast(self, block: bytes) -> Parsed | None:
        """Convert the block in one go; None where a row may be at fault."""
        table = None
        for mark in self._decimal_marks:
            try:
                table = self._read(block, self._types, mark)
                break
            except pa.ArrowInvalid:
                continue
        if table is None:
            return None
        encoded, categories = [], {}
        for feature, name in self._features:
            array = whole(table[name])
            if isinstance(feature, CategoricalFeature):
                # Arrow's CSV reader could do this as it reads, in more time.
                array = categories[name] = array.dictionary_encode()
            columns = _encode_clean(feature, array)
            if columns is None:
                return None
            encoded.append(columns)
        return Parsed(table.num_rows, self._kept(table, categories), encoded, None)

    def _parse_carefully(self, block: bytes) -> Parsed:
        """Judge the block row by row and column by column, in the order of the reasons."""
        records, table = self._find(block)
        broken = np.flatnonzero(records.fields != self._width)
        found = Found(np.zeros(len(records.fields), np.bool_))
        found.add(broken, Reason.WRONG_FIELD_COUNT, self._field_counts(records.fields[broken]))
        undecodable = _undecodable(block, records)
        is_text = not undecodable.size
        undecodable = undecodable[~found.rejected[undecodable]]
        found.add(
            undecodable,
            Reason.NOT_TEXT,
            texts([f"not {self._encoding} text"] * len(undecodable)),
        )
        if table is None:
            table = self._read(_without(block, records, found.rejected), self._texts, ".")
        readable = np.flatnonzero(~found.rejected)
        judged = []
        for judge, (_, name) in zip(self._judges, self._features, strict=True):
            column = judge.judge(whole(table[name]))
            judged.append(column)
            wrong = column.wrong()
            wrong = wrong[~found.rejected[readable[wrong]]]
            found.add(readable[wrong], *column.why(wrong))
        good = ~found.rejected[readable]
        if not good.all():
            judged = [column.only(good) for column in judged]
            table = table.select(self._other_texts).filter(bits(good))
        kept = {name: one.kept for (_, name), one in zip(self._features, judged, strict=True)}
        return Parsed(
            len(records.fields),
            self._kept(table, kept),
            [one.encoded for one in judged],
            found.rejects(block, records, is_text=is_text),
        )

    def _find(self, block: bytes) -> tuple[Structure, pa.Table | None]:
        """Find the records of a block, where possible by reading those that can be read."""
        if self._sizes_tell and b'"' not in block and _is_text(block):
            records, table = self._read_and_find(block)
            if records is not None:
                return records, table
            self._sizes_tell = False  # it will not be better in the next block
        return structure(block, self._layout.delimiter), None

    def _read_and_find(self, block: bytes) -> tuple[Structure | None, pa.Table]:
        """Read the records with the right number of fields as texts.

        Arrow's reader does not tell where they are, but the sizes of what it gives add up to that.
        """
        wrong: list[pyarrow.csv.InvalidRow] = []

        def skip(row: pyarrow.csv.InvalidRow) -> str:
            wrong.append(row)
            return "skip"

        table = self._read(block, self._texts, ".", skip)
        # Arrow calls back for each of them, which is slower than counting where they are many.
        self._sizes_tell = len(wrong) <= FEW * table.num_rows
        sizes = np.full(table.num_rows, self._width - 1, np.int64)
        for column in table.columns:
            sizes += array_sizes(whole(column))
        places = [row.number - 1 - before for before, row in enumerate(wrong)]
        records = structure_of_sizes(
            block,
            np.insert(sizes, places, [len(row.text.encode()) for row in wrong]),
            np.insert(
                np.full(len(sizes), self._width), places, [row.actual_columns for row in wrong]
            ),
        )
        return records, table

    def _field_counts(self, counts: npt.NDArray[np.int64]) -> pa.StringArray:
        distinct, places = np.unique(counts, return_inverse=True)
        said = texts([f"{count} fields, expected {self._width}" for count in distinct.tolist()])
        return said.take(arrow(places))

    def _read(
        self,
        block: bytes,
        types: Mapping[str, pa.DataType],
        decimal_mark: str,
        invalid: Callable[[pyarrow.csv.InvalidRow], str] | None = None,
    ) -> pa.Table:
        if block[:1] in (b"", b"\r", b"\n") and not block.strip(b"\r\n"):
            return pa.schema(list(types.items())).empty_table()
        if block.startswith(codecs.BOM_UTF8):
            block = b"\n" + block  # Arrow would take it for the mark of a whole file
        quoted = b'"' in block
        return pyarrow.csv.read_csv(
            pa.py_buffer(block),
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False, block_size=len(block) + 1, column_names=self._names
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=self._layout.delimiter,
                quote_char='"' if quoted else False,
                newlines_in_values=quoted,
                invalid_row_handler=invalid,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=types,
                include_columns=list(types),
                null_values=[],
                strings_can_be_null=False,
                decimal_point=decimal_mark,
                check_utf8=not block.isascii(),
            ),
        )

    def _kept(self, table: pa.Table, converted: Mapping[str, pa.Array]) -> list[pa.Array]:
        columns = []
        for kept in self._layout.kept:
            if kept.position is None:
                columns.append(pa.nulls(table.num_rows, kept.type))
                continue
            name = self._names[kept.position]
            columns.append(converted[name] if name in converted else whole(table[name]))
        return columns


def _encode_clean(feature: Feature, array: pa.Array) -> list[Floats] | None:
    """Encode a converted column; None where a value in it is not valid."""
    if isinstance(feature, CategoricalFeature):
        categories = [
            feature.by_text.get(normalised(text)) for text in array.dictionary.to_pylist()
        ]
        if any(category is None for category in categories):
            return None
        codes = np.array([feature.encode(one) for one in categories if one], np.float64)
        codes = codes.reshape(len(categories), len(feature.columns))  # also where there is none
        indices = view(array.indices)
        return [codes[:, column][indices] for column in range(len(feature.columns))]
    numbers: Floats = view(array)
    if numbers.size and not (
        feature.valid.lowest <= numbers.min() and numbers.max() <= feature.valid.highest
    ):
        return None  # also where a NaN is among them
    return [numbers]


def _is_text(block: bytes) -> bool:
    if block.isascii():
        return True
    try:
        str(block, "utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _undecodable(block: bytes, records: Structure) -> npt.NDArray[np.int64]:
    """Give the records that are not valid UTF-8, ascending."""
    found: list[int] = []
    if block.isascii():
        return np.array(found, np.int64)
    text = memoryview(block)
    position = 0
    # Each failed attempt ends at a bad record, and the next begins behind it.
    while position < len(block):
        try:
            str(text[position:], "utf-8")
            break
        except UnicodeDecodeError as exc:
            # What stands before the first record are blank lines: the error is in a record.
            record = int(np.searchsorted(records.starts, position + exc.start, side="right")) - 1
            found.append(record)
            position = int(records.ends[record])
    return np.array(found, np.int64)


def _without(block: bytes, records: Structure, dropped: Booleans) -> bytes:
    """Leave the dropped records out."""
    if not dropped.any():
        return block
    text, begin, kept = memoryview(block), 0, []
    starts, ends = records.starts[dropped].tolist(), records.ends[dropped].tolist()
    for start, end in zip(starts, ends, strict=True):
        kept.append(text[begin:start])
        begin = end  # the line end stays behind: a blank line is no record
    return b"".join([*kept, text[begin:]])
