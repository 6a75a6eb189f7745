"""Labelled customers as CSV, for `segment score`."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.csv

from engine.sinks import ByteSink, Writable


class CsvSink:
    """Writes the same columns as UTF-8 CSV with a header."""

    def __init__(self, sink: ByteSink) -> None:
        self._target = Writable(sink)
        self._sink = pa.PythonFile(self._target, mode="w")

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

    def abandon(self) -> None:
        """Write nothing any more."""
        self._target.abandon()


def _plain(schema: pa.Schema) -> pa.Schema:
    return pa.schema(
        field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field
        for field in schema
    )
