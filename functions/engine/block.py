"""Blocks of records: how Arrow reads a block, and what is known of it once it is judged."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.csv

from engine.arrays import whole
from engine.layout import TEXT, Layout
from engine.rejects import Rejects

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


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
    encoded: list[list[npt.NDArray[np.float64]]]
    rejects: Rejects | None

    @property
    def scored(self) -> int:
        """Number of rows that can be scored."""
        return self.read - (0 if self.rejects is None else len(self.rejects.rows))


class BlockReader:
    """Arrow's CSV reader, set for the blocks of an upload; may be used from several threads.

    The name of a column is its position in a record.

    Parameters
    ----------
    layout
        Of the upload.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.names = [str(position) for position in range(len(layout.header.fields))]
        self.kept_names = [str(position) for position in layout.header.kept]

    def read(
        self,
        block: bytes,
        types: Mapping[str, pa.DataType],
        *,
        decimal_mark: str = ".",
        invalid: Callable[[pyarrow.csv.InvalidRow], str] | None = None,
    ) -> pa.Table:
        """Read some columns of whole records.

        Parameters
        ----------
        block
            The records.
        types
            The columns, and what their fields are converted to.
        decimal_mark
            Of numbers.
        invalid
            Called with each row that has a wrong number of fields; ``skip`` leaves the row out.

        Raises
        ------
        pyarrow.ArrowInvalid
            A field cannot be converted or is not UTF-8, or a row has a wrong number of fields.
        """
        if block[:1] in (b"", b"\r", b"\n") and not block.strip(b"\r\n"):
            return pa.schema(list(types.items())).empty_table()
        if block.startswith(codecs.BOM_UTF8):
            block = b"\n" + block  # Arrow would take it for the mark of a whole file
        quoted = b'"' in block
        return pyarrow.csv.read_csv(
            pa.py_buffer(block),
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False, block_size=len(block) + 1, column_names=self.names
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=self._layout.delimiter,
                quote_char='"' if quoted else False,
                newlines_in_values=quoted,
                invalid_row_handler=invalid,
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

    def read_texts(
        self, block: bytes, invalid: Callable[[pyarrow.csv.InvalidRow], str] | None = None
    ) -> pa.Table:
        """Read the kept columns as they stand."""
        return self.read(block, dict.fromkeys(self.kept_names, TEXT), invalid=invalid)

    def kept(self, table: pa.Table, converted: dict[str, pa.Array]) -> list[pa.Array]:
        """The kept columns in the layout's order, from the converted ones or else the table."""
        columns = []
        for kept in self._layout.kept:
            if kept.position is None:
                columns.append(pa.nulls(table.num_rows, kept.type))
                continue
            name = str(kept.position)
            columns.append(converted[name] if name in converted else whole(table[name]))
        return columns
