"""One block of records to typed columns and a verdict on each row.

Two ways with one verdict. The fast way lets Arrow convert the whole block and takes the result
only if no row in it can be at fault. The careful way repeats the domain's reading rule
(`segmentation.values`) column by column and tells which rows are rejected, and why.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.csv

from score.arrays import bits, view, whole
from score.judge import REASONS, ColumnJudge
from score.layout import TEXT, Layout
from score.records import Structure, structure
from segmentation.errors import Reason
from segmentation.features import CategoricalFeature, Feature, NumericFeature
from segmentation.spec import Spec
from segmentation.values import normalised

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Booleans = npt.NDArray[np.bool_]


MANY = 0.1
"""From this part of a block on, its rejected rows are decoded together."""


@dataclass(frozen=True, slots=True)
class Rejects:
    """The rejected rows of a block.

    Parameters
    ----------
    rows
        Their numbers within the block, ascending, the first record being 0.
    reasons
        Index into `REASONS` for each.
    details
        A sentence for each.
    records
        Each row as it stood, without its line end.
    """

    rows: npt.NDArray[np.int64]
    reasons: npt.NDArray[np.int8]
    details: list[str]
    records: list[str]


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
        records = structure(block, self._layout.delimiter)
        read = len(records.starts)
        found = _Found(np.zeros(read, np.bool_), [], [], [])
        broken = np.flatnonzero(records.fields != self._width)
        found.add(
            broken,
            np.full(len(broken), REASONS.index(Reason.WRONG_FIELD_COUNT), np.int8),
            [
                f"{count} fields, expected {self._width}"
                for count in records.fields[broken].tolist()
            ],
        )
        undecodable = _undecodable(block, records)
        undecodable = undecodable[~found.rejected[undecodable]]
        found.add(
            undecodable,
            np.full(len(undecodable), REASONS.index(Reason.NOT_TEXT), np.int8),
            [f"not {self._encoding} text"] * len(undecodable),
        )
        readable = np.flatnonzero(~found.rejected)
        table = self._read(_without(block, records, found.rejected), self._texts, ".")
        judged = []
        for judge, (_, name) in zip(self._judges, self._features, strict=True):
            column = judge.judge(whole(table[name]))
            judged.append(column)
            wrong = column.wrong()
            wrong = wrong[~found.rejected[readable[wrong]]]
            distinct = view(column.texts.indices)[wrong]
            found.add(
                readable[wrong], column.reasons[distinct], column.sentences[distinct].tolist()
            )
        good = ~found.rejected[readable]
        if not good.all():
            judged = [column.only(good) for column in judged]
            table = table.select(self._other_texts).filter(bits(good))
        kept = {name: one.kept for (_, name), one in zip(self._features, judged, strict=True)}
        return Parsed(
            read,
            self._kept(table, kept),
            [one.encoded for one in judged],
            found.rejects(block, records),
        )

    def _read(self, block: bytes, types: Mapping[str, pa.DataType], decimal_mark: str) -> pa.Table:
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


@dataclass(frozen=True, slots=True)
class _Found:
    """Rejected rows as they are found, each for its first reason."""

    rejected: Booleans
    rows: list[npt.NDArray[np.int64]]
    reasons: list[npt.NDArray[np.int8]]
    details: list[list[str]]

    def add(
        self, rows: npt.NDArray[np.int64], reasons: npt.NDArray[np.int8], details: list[str]
    ) -> None:
        """Reject rows that nobody rejected before."""
        if rows.size:
            self.rejected[rows] = True
            self.rows.append(rows)
            self.reasons.append(reasons)
            self.details.append(details)

    def rejects(self, block: bytes, records: Structure) -> Rejects | None:
        """Give them in the order of the rows."""
        if not self.rows:
            return None
        rows = np.concatenate(self.rows)
        order = np.argsort(rows)
        details = [detail for some in self.details for detail in some]
        return Rejects(
            rows=rows[order],
            reasons=np.concatenate(self.reasons)[order],
            details=[details[place] for place in order.tolist()],
            records=_records(block, records, rows[order]),
        )


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
    for start, end in _bounds(records, np.flatnonzero(dropped)):
        kept.append(text[begin:start])
        begin = end  # the line end stays behind: a blank line is no record
    return b"".join([*kept, text[begin:]])


def _records(block: bytes, records: Structure, rows: npt.NDArray[np.int64]) -> list[str]:
    """Give records as they stood; bytes that are not text as backslash escapes."""
    bounds = _bounds(records, rows)
    if len(rows) > MANY * len(records.starts) and block.isascii():
        text = block.decode("ascii")
        return [text[begin:end] for begin, end in bounds]
    return [block[begin:end].decode("utf-8", "backslashreplace") for begin, end in bounds]


def _bounds(records: Structure, rows: npt.NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    return zip(records.starts[rows].tolist(), records.ends[rows].tolist(), strict=True)
