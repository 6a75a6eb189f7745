"""Where labelled customers go: Parquet, into any byte stream."""

from __future__ import annotations

import io
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet

from engine.encodings import Encodings

ROW_GROUP_ROWS = 256 * 1024
"""Rows of a row group: small enough to hold in memory, large enough for readers to skip by."""


class ByteSink(Protocol):
    """Bytes going out, in order."""

    def write(self, data: bytes, /) -> object:
        """Take all of the bytes."""


class RowSink(Protocol):
    """Labelled customers going out."""

    def open(self, schema: pa.Schema) -> None:
        """Begin the output; called once, before any row."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Take customers."""

    def close(self) -> None:
        """Complete the output."""

    def abandon(self) -> None:
        """Write nothing any more: what is not complete by now is worthless."""


class ParquetSink:
    """Writes Parquet in row groups of `ROW_GROUP_ROWS`, whatever the sizes of the batches.

    Encodings are chosen by the first row group (`engine.encodings`).
    """

    def __init__(self, sink: ByteSink) -> None:
        self._target = Writable(sink)
        self._sink = pa.PythonFile(self._target, mode="w")
        self._writer: pyarrow.parquet.ParquetWriter | None = None
        self._held: list[pa.RecordBatch] = []
        self._rows = 0

    def open(self, schema: pa.Schema) -> None:
        """Begin the file."""
        self._schema = schema

    def write(self, batch: pa.RecordBatch) -> None:
        """Take customers; whole row groups are written."""
        self._held.append(batch)
        self._rows += batch.num_rows
        while self._rows >= ROW_GROUP_ROWS:
            table = pa.Table.from_batches(self._held, self._schema)
            self._write(table.slice(0, ROW_GROUP_ROWS))
            self._held = table.slice(ROW_GROUP_ROWS).to_batches()
            self._rows -= ROW_GROUP_ROWS

    def close(self) -> None:
        """Write what is left, and the footer."""
        if self._rows or self._writer is None:
            self._write(pa.Table.from_batches(self._held, self._schema))
        if self._writer is not None:
            self._writer.close()
        self._sink.close()

    def abandon(self) -> None:
        """Write nothing any more."""
        self._target.abandon()

    def _write(self, table: pa.Table) -> None:
        if self._writer is None:
            self._writer = Encodings.of(table).writer(self._sink, self._schema)
        # The writer keeps a column's dictionary only where all of its chunks share one.
        self._writer.write_table(table.unify_dictionaries(), row_group_size=ROW_GROUP_ROWS)


class Writable(io.RawIOBase):
    """What Arrow asks of a Python file, around a `ByteSink`."""

    def __init__(self, sink: ByteSink) -> None:
        self._sink: ByteSink | None = sink

    def writable(self) -> bool:
        """Whether it can be written to: it can."""
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        """Take all of the bytes."""
        if self._sink is not None:
            self._sink.write(data)
        return len(data)

    def abandon(self) -> None:
        """Drop what is still written."""
        # Arrow's writers still write their footers when they are thrown away.
        self._sink = None
