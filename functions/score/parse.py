"""One block of records to typed columns and a verdict on each row.

Two ways with one verdict. The fast way lets Arrow convert the whole block and takes the result
only if no row in it can be at fault. The careful way repeats the domain's reading rule
(`segmentation.values`) column by column and tells which rows are rejected, and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from score.judge import REASONS, Judged, judge_column
from score.layout import NAMES, TEXT, Layout
from score.records import Structure, structure
from segmentation.errors import Reason
from segmentation.features import CategoricalFeature, Feature, NumericFeature
from segmentation.spec import Spec
from segmentation.values import normalised

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]


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
    details: pa.StringArray
    records: pa.StringArray


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
        self._width = len(layout.header.fields)
        self._names = [str(position) for position in range(self._width)]
        by_position = dict(zip(layout.header.features, spec.features, strict=True))
        self._texts = {self._names[p]: TEXT for p in layout.header.kept}
        self._types: dict[str, pa.DataType] = dict(self._texts)
        for position, feature in by_position.items():
            numeric = isinstance(feature, NumericFeature)
            self._types[self._names[position]] = pa.float64() if numeric else NAMES
        # A file with a decimal point throughout and one with a comma are both fast.
        self._decimal_marks = (".", ",") if layout.decimal_comma else (".",)

    def parse(self, block: bytes) -> Parsed:
        """Read and judge a block of whole records."""
        return self._parse_fast(block) or self._parse_carefully(block)

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
        encoded = []
        for feature, position in zip(
            self._spec.features, self._layout.header.features, strict=True
        ):
            columns = _encode_clean(feature, table[self._names[position]])
            if columns is None:
                return None
            encoded.append(columns)
        return Parsed(table.num_rows, self._kept(table, {}), encoded, None)

    def _parse_carefully(self, block: bytes) -> Parsed:
        records = structure(block, self._layout.delimiter)
        read = len(records.starts)
        verdict = np.full(read, -1, np.int8)
        details = np.full(read, None, object)
        broken = records.fields != self._width
        verdict[broken] = REASONS.index(Reason.WRONG_FIELD_COUNT)
        details[broken] = [
            f"{found} fields, expected {self._width}" for found in records.fields[broken].tolist()
        ]
        undecodable = _undecodable(block, records) & ~broken
        verdict[undecodable] = REASONS.index(Reason.NOT_TEXT)
        details[undecodable] = f"not {self._encoding} text"
        readable = np.flatnonzero(verdict < 0)
        table = self._read(_without(block, records, verdict >= 0), self._texts, ".")
        judged: list[Judged] = []
        good = np.ones(len(readable), np.bool_)
        for feature, position in zip(
            self._spec.features, self._layout.header.features, strict=True
        ):
            column = judge_column(
                feature, table[self._names[position]].combine_chunks(), self._layout.decimal_comma
            )
            judged.append(column)
            first = np.flatnonzero(good & (column.reasons >= 0))
            rows = readable[first]
            verdict[rows] = column.reasons[first]
            details[rows] = column.details(first)
            good[first] = False
        mask = pa.array(good)
        encoded = [[column[good] for column in one.encoded] for one in judged]
        numbers = {
            self._names[position]: pa.array(columns[0])
            for feature, position, columns in zip(
                self._spec.features, self._layout.header.features, encoded, strict=True
            )
            if isinstance(feature, NumericFeature)
        }
        bad = np.flatnonzero(verdict >= 0)
        rejects = Rejects(
            rows=bad,
            reasons=verdict[bad],
            details=pa.array(details[bad], TEXT),
            records=_records(block, records, bad),
        )
        return Parsed(
            read,
            self._kept(table.filter(mask), numbers),
            encoded,
            rejects if len(bad) else None,
        )

    def _read(self, block: bytes, types: Mapping[str, pa.DataType], decimal_mark: str) -> pa.Table:
        if not block.strip(b"\r\n"):
            return pa.table({name: pa.array([], type_) for name, type_ in types.items()})
        return pyarrow.csv.read_csv(
            pa.py_buffer(block),
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False, block_size=len(block) + 1, column_names=self._names
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=self._layout.delimiter, newlines_in_values=b'"' in block
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=types,
                include_columns=list(types),
                null_values=[],
                strings_can_be_null=False,
                decimal_point=decimal_mark,
            ),
        )

    def _kept(self, table: pa.Table, numbers: Mapping[str, pa.Array]) -> list[pa.Array]:
        columns = []
        for kept in self._layout.kept:
            if kept.position is None:
                columns.append(pa.nulls(table.num_rows, kept.type))
                continue
            name = self._names[kept.position]
            column = numbers[name] if name in numbers else table[name].combine_chunks()
            if kept.type == NAMES and column.type != NAMES:
                column = column.dictionary_encode()
            columns.append(column)
        return columns


def _encode_clean(feature: Feature, column: pa.ChunkedArray) -> list[Floats] | None:
    """Encode a converted column; None where a value in it is not valid."""
    array = column.combine_chunks()
    if isinstance(feature, CategoricalFeature):
        categories = [
            feature.by_text.get(normalised(text)) for text in array.dictionary.to_pylist()
        ]
        if any(category is None for category in categories):
            return None
        codes = np.array([feature.encode(one) for one in categories if one], np.float64)
        indices = array.indices.to_numpy()
        return [codes[:, column][indices] for column in range(len(feature.columns))]
    numbers: Floats = array.to_numpy()
    if numbers.size and not (
        feature.valid.lowest <= numbers.min() and numbers.max() <= feature.valid.highest
    ):
        return None  # also where a NaN is among them
    return [numbers]


def _undecodable(block: bytes, records: Structure) -> Booleans:
    """Tell which records are not valid UTF-8."""
    found = np.zeros(len(records.starts), np.bool_)
    text = memoryview(block)
    position = 0
    # Each failed attempt ends at a bad record, and the next begins behind it.
    while position < len(block):
        try:
            str(text[position:], "utf-8")
            break
        except UnicodeDecodeError as exc:
            index = int(np.searchsorted(records.starts, position + exc.start, side="right")) - 1
            found[max(index, 0)] = True
            position = int(records.starts[index + 1]) if index + 1 < len(found) else len(block)
    return found


def _without(block: bytes, records: Structure, dropped: Booleans) -> bytes:
    """Blank the dropped records out: a run of line feeds is no record."""
    if not dropped.any():
        return block
    data = bytearray(block)
    bounds = np.append(records.starts, len(block)).tolist()
    for index in np.flatnonzero(dropped).tolist():
        begin, end = bounds[index], bounds[index + 1]
        data[begin:end] = b"\n" * (end - begin)
    return bytes(data)


def _records(block: bytes, records: Structure, rows: npt.NDArray[np.int64]) -> pa.StringArray:
    """Give records as they stood; bytes that are not text as backslash escapes."""
    bounds = np.append(records.starts, len(block)).tolist()
    return pa.array(
        [
            block[bounds[row] : bounds[row + 1]].rstrip(b"\r\n").decode("utf-8", "backslashreplace")
            for row in rows.tolist()
        ],
        TEXT,
    )
