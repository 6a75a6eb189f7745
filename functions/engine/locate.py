"""Where the records of a block are: counted out, or added up from the sizes of their fields."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv

from engine.arrays import sizes, whole
from engine.block import BlockReader
from engine.records import Structure, structure_of_sizes


@dataclass(frozen=True, slots=True)
class Located:
    """The places of the records of a block.

    Parameters
    ----------
    records
        Where each record is.
    texts
        The kept columns of the records with the right number of fields, where they were read.
    """

    records: Structure
    texts: pa.Table | None = None


def locate_by_sizes(reader: BlockReader, block: bytes) -> Located | None:
    """Read the texts of a block, and add their sizes up to the places of the records.

    Arrow's reader does not say where a record is. None where the sizes do not add up.

    Parameters
    ----------
    reader
        Of an upload all of whose columns are kept.
    block
        Whole records without quotes, valid UTF-8.
    """
    wrong: list[pyarrow.csv.InvalidRow] = []

    def skip(row: pyarrow.csv.InvalidRow) -> str:
        wrong.append(row)
        return "skip"

    texts = reader.read_texts(block, skip)
    width = len(reader.names)
    right_sizes = np.full(texts.num_rows, width - 1, np.int64)
    for column in texts.columns:
        right_sizes += sizes(whole(column))
    places = [row.number - 1 - before for before, row in enumerate(wrong)]
    records = structure_of_sizes(
        block,
        np.insert(right_sizes, places, [len(row.text.encode()) for row in wrong]),
        np.insert(np.full(texts.num_rows, width), places, [row.actual_columns for row in wrong]),
    )
    return None if records is None else Located(records, texts)
