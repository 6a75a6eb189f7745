"""How each column of the labelled Parquet is encoded, chosen by looking at its first rows.

Only encodings that pandas, DuckDB, Spark 3.5 and Athena read: dictionaries where values repeat,
DELTA_LENGTH_BYTE_ARRAY for texts that do not (shorter than PLAIN, since lengths compress apart
from characters), PLAIN for numbers that do not. Compression is zstd, and none where it would gain
nothing: distances and margins are close to random bits.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

SAMPLED_ROWS = 32 * 1024
REPEATING = 0.25
"""A column gets a dictionary if it has at most so many distinct values for each row."""

WORTHWHILE = 0.97
"""A column is compressed if a sample shrinks at least to this part."""

ZSTD_LEVEL = 1


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
        sample = table.slice(0, SAMPLED_ROWS)
        dictionaries = [name for name in table.column_names if _repeats(sample[name])]
        others = dict.fromkeys(table.column_names)  # a file may have thousands of columns
        for name in dictionaries:
            del others[name]
        return cls(
            dictionaries=dictionaries,
            encodings={
                name: "DELTA_LENGTH_BYTE_ARRAY" if _is_text(sample[name].type) else "PLAIN"
                for name in others
            },
            compression={
                name: "none" if name in others and not _shrinks(sample[name]) else "zstd"
                for name in table.column_names
            },
            statistics=[
                field.name
                for field in table.schema
                if pa.types.is_floating(field.type) or pa.types.is_integer(field.type)
            ],
        )


def _is_text(type_: pa.DataType) -> bool:
    return bool(pa.types.is_string(type_))


def _repeats(column: pa.ChunkedArray) -> bool:
    if pa.types.is_dictionary(column.type):
        return True
    if pa.types.is_boolean(column.type) or not len(column):
        return False
    distinct: int = pc.count_distinct(column, mode="all").as_py()
    return distinct <= REPEATING * len(column)


def _shrinks(column: pa.ChunkedArray) -> bool:
    array = column.combine_chunks()
    values = array.buffers()[-1] if len(array) else None
    if values is None or not values.size:
        return True
    compressed: bytes = pa.Codec("zstd", ZSTD_LEVEL).compress(values, asbytes=True)
    return len(compressed) <= WORTHWHILE * len(values)
