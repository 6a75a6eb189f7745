"""Where scored and rejected rows go: Parquet or CSV, into any byte stream."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from score.judge import REASONS
from score.layout import Layout
from score.parse import Rejects
from score.records import read_fields
from segmentation.spec import OUTPUT_NAMES

ROW_GROUP_ROWS = 256 * 1024
"""Rows of a row group: small enough to hold in memory, large enough for readers to skip by."""

COMPRESSION, COMPRESSION_LEVEL = "zstd", 1


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


class ParquetSink:
    """Writes Parquet in row groups of `ROW_GROUP_ROWS`, whatever the sizes of the batches.

    Encodings are those that pandas, DuckDB, Spark 3.5 and Athena read: dictionaries where values
    repeat, plain elsewhere.
    """

    def __init__(self, sink: ByteSink) -> None:
        self._sink = pa.PythonFile(_Writable(sink), mode="w")
        self._held: list[pa.RecordBatch] = []
        self._rows = 0

    def open(self, schema: pa.Schema) -> None:
        """Begin the file."""
        self._schema = schema
        repeated = [
            field.name
            for field in schema
            if pa.types.is_dictionary(field.type) or field.name == OUTPUT_NAMES[0]
        ]
        self._writer = pyarrow.parquet.ParquetWriter(
            self._sink,
            schema,
            compression=COMPRESSION,
            compression_level=COMPRESSION_LEVEL,
            use_dictionary=repeated,
            write_statistics=True,
        )

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
        if self._rows:
            self._write(pa.Table.from_batches(self._held, self._schema))
        self._writer.close()
        self._sink.close()

    def _write(self, table: pa.Table) -> None:
        # The writer keeps a column's dictionary only where all of its chunks share one.
        self._writer.write_table(table.unify_dictionaries(), row_group_size=ROW_GROUP_ROWS)


class CsvSink:
    """Writes the same columns as UTF-8 CSV with a header."""

    def __init__(self, sink: ByteSink) -> None:
        self._sink = pa.PythonFile(_Writable(sink), mode="w")

    def open(self, schema: pa.Schema) -> None:
        """Write the header."""
        self._writer = pyarrow.csv.CSVWriter(self._sink, _plain(schema))

    def write(self, batch: pa.RecordBatch) -> None:
        """Write customers."""
        plain = _plain(batch.schema)
        columns = [
            column.cast(field.type) for column, field in zip(batch.columns, plain, strict=True)
        ]
        self._writer.write_batch(pa.record_batch(columns, schema=plain))

    def close(self) -> None:
        """Complete the file."""
        self._writer.close()
        self._sink.close()


def _plain(schema: pa.Schema) -> pa.Schema:
    return pa.schema(
        field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field
        for field in schema
    )


class RejectSink:
    """Writes the reject file: number, reason and detail in front of each row as it stood.

    Columns that an earlier reject file had added are left out, so that a mended file can be
    dropped again and again.
    """

    def __init__(self, sink: ByteSink, layout: Layout) -> None:
        self._sink = sink
        self._delimiter = layout.delimiter
        self._fields = len(layout.header.fields)
        kept = layout.header.kept
        self._kept = None if len(kept) == self._fields else kept
        header = self._joined(layout.reject_header())
        sink.write(b"\xef\xbb\xbf" + header.encode("utf-8", "backslashreplace") + b"\n")

    def write(self, rejects: Rejects, before: int) -> None:
        """Take the rejected rows of a block that begins at record number `before`."""
        numbers = pa.array(rejects.rows + before).cast(pa.string())
        reasons = pa.array([reason.value for reason in REASONS]).take(pa.array(rejects.reasons))
        records = rejects.records if self._kept is None else self._without_added(rejects.records)
        details = pc.binary_join_element_wise(
            '"', pc.replace_substring(rejects.details, '"', '""'), '"', ""
        )
        lines = pc.binary_join_element_wise(numbers, reasons, details, records, self._delimiter)
        self._sink.write(("\n".join(lines.to_pylist()) + "\n").encode("utf-8"))

    def _without_added(self, records: pa.StringArray) -> pa.StringArray:
        lines = []
        for record in records.to_pylist():
            fields = read_fields(record, self._delimiter)
            added = set(range(self._fields)) - set(self._kept or ())
            lines.append(
                self._joined([text for place, text in enumerate(fields) if place not in added])
            )
        return pa.array(lines, pa.string())

    def _joined(self, fields: Sequence[str]) -> str:
        line = io.StringIO()
        # Before Python 3.13 only the characters of the line end are quoted of all that end lines.
        csv.writer(line, delimiter=self._delimiter, lineterminator="\r\n").writerow(fields)
        return line.getvalue()[: -len("\r\n")]


class _Writable(io.RawIOBase):
    """What Arrow asks of a Python file, around a `ByteSink`."""

    def __init__(self, sink: ByteSink) -> None:
        self._sink = sink

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        self._sink.write(data)
        return len(data)
