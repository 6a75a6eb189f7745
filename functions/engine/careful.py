"""The careful path: a block of records is judged row by row and column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from engine.arrays import arrow, bits, texts, whole
from engine.block import BlockReader, Parsed
from engine.judge import ColumnJudge
from engine.layout import Layout
from engine.locate import Located
from engine.records import Structure
from engine.rejects import Found
from segmentation.errors import Reason
from segmentation.spec import Spec

if TYPE_CHECKING:
    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]


class CarefulPath:
    """Parses any block: repeats the domain's reading rule, and says why a row is rejected.

    May be used from several threads.

    Parameters
    ----------
    spec
        Says how values are read.
    layout
        Says where they stand.
    encoding
        Of the upload, for the message about rows that are not text.
    reader
        Reads the blocks.
    """

    def __init__(self, spec: Spec, layout: Layout, encoding: str, reader: BlockReader) -> None:
        self._reader = reader
        self._encoding = encoding
        self._judges = {
            str(position): ColumnJudge(feature, layout.decimal_comma)
            for feature, position in zip(spec.features, layout.header.features, strict=True)
        }
        self._others = [name for name in reader.kept_names if name not in self._judges]

    def parse(self, block: bytes, located: Located) -> Parsed:
        """Judge a block of whole records, in the order of the reasons."""
        records = located.records
        found = Found(np.zeros(len(records.fields), np.bool_))
        broken = np.flatnonzero(records.fields != len(self._reader.names))
        found.add(broken, Reason.WRONG_FIELD_COUNT, self._field_counts(records.fields[broken]))
        undecodable = _undecodable(block, records)
        is_text = not undecodable.size
        undecodable = undecodable[~found.rejected[undecodable]]
        not_text = texts([f"not {self._encoding} text"] * len(undecodable))
        found.add(undecodable, Reason.NOT_TEXT, not_text)
        table = located.texts
        if table is None:
            table = self._reader.read_texts(_without(block, records, found.rejected))
        readable = np.flatnonzero(~found.rejected)
        judged = {}
        for name, judge in self._judges.items():
            column = judged[name] = judge.judge(whole(table[name]))
            wrong = column.wrong()
            wrong = wrong[~found.rejected[readable[wrong]]]
            found.add(readable[wrong], *column.why(wrong))
        good = ~found.rejected[readable]
        if not good.all():
            judged = {name: column.only(good) for name, column in judged.items()}
            table = table.select(self._others).filter(bits(good))
        return Parsed(
            len(records.fields),
            self._reader.kept(table, {name: column.kept for name, column in judged.items()}),
            [column.encoded for column in judged.values()],
            found.rejects(block, records, is_text=is_text),
        )

    def _field_counts(self, counts: Positions) -> pa.StringArray:
        """What is wrong with records of so many fields each."""
        distinct, places = np.unique(counts, return_inverse=True)
        expected = f"fields, expected {len(self._reader.names)}"
        return texts([f"{count} {expected}" for count in distinct.tolist()]).take(arrow(places))


def _undecodable(block: bytes, records: Structure) -> Positions:
    """The records that are not valid UTF-8, ascending."""
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


def _without(block: bytes, records: Structure, dropped: npt.NDArray[np.bool_]) -> bytes:
    """Leave the dropped records out."""
    if not dropped.any():
        return block
    text, begin, kept = memoryview(block), 0, []
    starts, ends = records.starts[dropped].tolist(), records.ends[dropped].tolist()
    for start, end in zip(starts, ends, strict=True):
        kept.append(text[begin:start])
        begin = end  # the line end stays behind: a blank line is no record
    return b"".join([*kept, text[begin:]])
