"""Rejected rows: how they are gathered while a block is judged, and how they go out as text.

All of it stays in Arrow, which lets other threads work meanwhile: in a bad file every row is here.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.arrays import arrow, scalar, texts
from engine.layout import Layout
from engine.records import Structure, read_fields
from segmentation.errors import Reason

if TYPE_CHECKING:
    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]


REASONS = tuple(Reason)


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
        Each row as it stood, without its line end; bytes that are not text as backslash escapes.
    """

    rows: Positions
    reasons: npt.NDArray[np.int8]
    details: pa.StringArray
    records: pa.StringArray

    def pieces(self, size: int) -> Iterator[Rejects]:
        """Give them in order, at most so many at once."""
        for begin in range(0, len(self.rows), size):
            few = slice(begin, begin + size)
            yield Rejects(self.rows[few], self.reasons[few], self.details[few], self.records[few])


@dataclass(frozen=True, slots=True)
class Found:
    """Rejected rows as they are found, each for its first reason.

    Parameters
    ----------
    rejected
        For each row of the block whether it was found.
    """

    rejected: npt.NDArray[np.bool_]
    _rows: list[Positions] = field(default_factory=list)
    _reasons: list[npt.NDArray[np.int8]] = field(default_factory=list)
    _details: list[pa.StringArray] = field(default_factory=list)

    def add(
        self, rows: Positions, reasons: Reason | npt.NDArray[np.int8], details: pa.StringArray
    ) -> None:
        """Reject rows that nobody rejected before, for one reason or for one each."""
        if not rows.size:
            return
        if isinstance(reasons, Reason):
            reasons = np.full(len(rows), REASONS.index(reasons), np.int8)
        self.rejected[rows] = True
        self._rows.append(rows)
        self._reasons.append(reasons)
        self._details.append(details)

    def rejects(self, block: bytes, records: Structure, *, is_text: bool) -> Rejects | None:
        """Give them in the order of the rows, None where there are none."""
        if not self._rows:
            return None
        rows = np.concatenate(self._rows)
        order = np.argsort(rows)
        rows = rows[order]
        return Rejects(
            rows=rows,
            reasons=np.concatenate(self._reasons)[order],
            details=pa.concat_arrays(self._details).take(arrow(order)),
            records=_slices(block, records, rows) if is_text else _decoded(block, records, rows),
        )


def _slices(block: bytes, records: Structure, rows: Positions) -> pa.StringArray:
    """Give records of a block that is text throughout."""
    # What lies between two of them is a slice, too: every second one is meant.
    offsets = np.empty(2 * len(rows), np.int32)
    offsets[::2], offsets[1::2] = records.starts[rows], records.ends[rows]
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(block)]
    slices = pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers)
    return slices.take(arrow(np.arange(0, len(slices), 2)))


def _decoded(block: bytes, records: Structure, rows: Positions) -> pa.StringArray:
    bounds = zip(records.starts[rows].tolist(), records.ends[rows].tolist(), strict=True)
    return texts([block[begin:end].decode("utf-8", "backslashreplace") for begin, end in bounds])


class RejectText:
    """The reject file as text: number, reason and detail in front of each row as it stood.

    Columns that an earlier reject file had added are left out, so that a mended file can be
    dropped again and again.

    Parameters
    ----------
    layout
        Of the upload.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._delimiter = layout.delimiter
        self._added = set(range(len(layout.header.fields))) - set(layout.header.kept)
        self._reasons = texts([f'{self._delimiter}{one}{self._delimiter}"' for one in REASONS])
        self._behind_detail = scalar(f'"{self._delimiter}')

    def header(self) -> bytes:
        """Give the byte order mark and the first line."""
        header = self._joined(self._layout.reject_header())
        return b"\xef\xbb\xbf" + header.encode("utf-8", "backslashreplace") + b"\n"

    def lines(self, rejects: Rejects, before: int) -> bytes:
        """Give the rejected rows of a block that begins at record number `before`."""
        records = rejects.records
        if self._added:
            records = texts([self._without_added(record) for record in records.to_pylist()])
        lines = pc.binary_join_element_wise(
            arrow(rejects.rows + before).cast(pa.string()),
            self._reasons.take(arrow(rejects.reasons.astype(np.int32))),
            pc.replace_substring(rejects.details, '"', '""'),
            self._behind_detail,
            records,
            scalar("\n"),
            scalar(""),
        )
        ends = np.frombuffer(lines.buffers()[1], np.int32)
        written: bytes = lines.buffers()[2].slice(0, int(ends[len(lines)])).to_pybytes()
        return written

    def _without_added(self, record: str) -> str:
        fields = read_fields(record, self._delimiter)
        return self._joined([text for place, text in enumerate(fields) if place not in self._added])

    def _joined(self, fields: Sequence[str]) -> str:
        line = io.StringIO()
        # Before Python 3.13 only the characters of the line end are quoted of all that end lines.
        csv.writer(line, delimiter=self._delimiter, lineterminator="\r\n").writerow(fields)
        return line.getvalue()[: -len("\r\n")]
