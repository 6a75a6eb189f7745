"""How each column of the labelled Parquet is encoded, chosen by writing its first rows.

Only encodings that pandas, DuckDB, Spark 3.5 and Athena read: dictionaries where values repeat,
DELTA_LENGTH_BYTE_ARRAY for short texts that do not (smaller than PLAIN, since lengths compress
apart from characters, but slower to make), PLAIN for everything else. Compression is zstd, and
none where it gains nothing, as on the indices of most dictionaries.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

SAMPLED_ROWS = 32 * 1024
REPEATING = 0.25
"""A column gets a dictionary if it has at most so many distinct values for each row."""

SHORT_BYTES = 12
"""Up to this mean length a text is short."""

WORTHWHILE = 0.97
"""A column is compressed if a sample shrinks at least to this part."""

ZSTD_LEVEL = 1

PAGE_ROWS = 64 * 1024
"""Rows of a page; a page of many bytes ends earlier."""


@dataclass(frozen=True, slots=True)
class Encodings:
    """Settings of a Parquet writer, by column.

    Parameters
    ----------
    dictionaries
        Columns that get one.
    encodings
        Of the other columns.
    compression
        Codec of each column.
    statistics
        Columns whose least and greatest values are kept for readers to skip by: numbers.
    """

    dictionaries: list[str]
    encodings: dict[str, str]
    compression: dict[str, str]
    statistics: list[str]

    @classmethod
    def of(cls, table: pa.Table) -> Encodings:
        """Choose for a table that begins like the file."""
        sample = table.slice(0, SAMPLED_ROWS).unify_dictionaries()
        dictionaries = {name for name in table.column_names if _repeats(sample[name])}
        chosen = cls(
            dictionaries=[name for name in table.column_names if name in dictionaries],
            encodings={
                name: "DELTA_LENGTH_BYTE_ARRAY" if _is_short_text(sample[name]) else "PLAIN"
                for name in table.column_names
                if name not in dictionaries
            },
            compression=dict.fromkeys(table.column_names, "zstd"),
            statistics=[
                field.name
                for field in table.schema
                if pa.types.is_floating(field.type) or pa.types.is_integer(field.type)
            ],
        )
        return replace(chosen, compression=_worthwhile(sample, chosen))

    def writer(self, sink: pa.NativeFile, schema: pa.Schema) -> pyarrow.parquet.ParquetWriter:
        """Begin a file that is encoded like this."""
        return pyarrow.parquet.ParquetWriter(
            sink,
            schema,
            compression=self.compression,
            compression_level={
                name: ZSTD_LEVEL for name, codec in self.compression.items() if codec == "zstd"
            },
            use_dictionary=self.dictionaries,
            column_encoding=self.encodings,
            write_statistics=self.statistics,
            max_rows_per_page=PAGE_ROWS,
        )


def _repeats(column: pa.ChunkedArray) -> bool:
    if pa.types.is_dictionary(column.type):
        return True
    if pa.types.is_boolean(column.type) or not len(column):
        return False
    distinct: int = pc.count_distinct(column, mode="all").as_py()
    return distinct <= REPEATING * len(column)


def _is_short_text(column: pa.ChunkedArray) -> bool:
    if not pa.types.is_string(column.type):
        return False
    length = pc.mean(pc.binary_length(column)).as_py()
    return length is None or length <= SHORT_BYTES


def _worthwhile(sample: pa.Table, compressed: Encodings) -> dict[str, str]:
    """Give the codec of each column, by what compression gains on a sample."""
    file = pa.BufferOutputStream()
    with compressed.writer(file, sample.schema) as writer:
        writer.write_table(sample)
    metadata = pyarrow.parquet.read_metadata(pa.BufferReader(file.getvalue()))
    if not metadata.num_row_groups:
        return dict(compressed.compression)
    group = metadata.row_group(0)
    chunks = [group.column(place) for place in range(group.num_columns)]
    return {
        name: "zstd"
        if chunk.total_compressed_size <= WORTHWHILE * chunk.total_uncompressed_size
        else "none"
        for name, chunk in zip(sample.column_names, chunks, strict=True)
    }
