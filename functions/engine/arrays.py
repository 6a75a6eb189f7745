"""Between Arrow and numpy without a copy.

Arrow's own `to_numpy`, `array` and `scalar` import pandas wherever it is installed, which costs
more time and memory than many an upload; buffers do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    import numpy.typing as npt


_DTYPES: dict[pa.DataType, type[np.generic]] = {
    pa.float64(): np.float64,
    pa.int32(): np.int32,
    pa.int64(): np.int64,
    pa.uint8(): np.uint8,
}
_TYPES = {np.dtype(dtype): type_ for type_, dtype in _DTYPES.items()}


def view(array: pa.Array) -> npt.NDArray[Any]:
    """View an Arrow array without nulls, of float64, int32, int64 or uint8.

    Raises
    ------
    KeyError
        The array is of another type.
    """
    dtype = _DTYPES[array.type]
    if not len(array):
        return np.empty(0, dtype)
    numbers = np.frombuffer(array.buffers()[1], dtype)
    return numbers[array.offset : array.offset + len(array)]


def booleans(array: pa.Array) -> npt.NDArray[np.bool_]:
    """Unpack an Arrow array of booleans without nulls."""
    return view(array.cast(pa.uint8())).astype(np.bool_)


def sizes(array: pa.StringArray) -> npt.NDArray[np.int32]:
    """Give the size of each text in bytes, of an array without nulls."""
    if not len(array):
        return np.empty(0, np.int32)
    offsets = np.frombuffer(array.buffers()[1], np.int32)
    return np.diff(offsets[array.offset : array.offset + len(array) + 1])


def whole(column: pa.ChunkedArray) -> pa.Array:
    """Give a column of one chunk, or of none, as an array."""
    return column.chunk(0) if column.num_chunks else pa.nulls(0, column.type)


def arrow(numbers: npt.NDArray[Any]) -> pa.Array:
    """View numbers of float64, int32, int64 or uint8 as an Arrow array.

    Raises
    ------
    KeyError
        The numbers are of another type.
    """
    dense = np.ascontiguousarray(numbers)
    return pa.Array.from_buffers(_TYPES[dense.dtype], len(dense), [None, pa.py_buffer(dense)])


def bits(flags: npt.NDArray[np.bool_]) -> pa.BooleanArray:
    """Pack flags as an Arrow array."""
    packed = np.packbits(flags, bitorder="little")
    return pa.Array.from_buffers(pa.bool_(), len(flags), [None, pa.py_buffer(packed)])


def texts(strings: Sequence[str]) -> pa.StringArray:
    """Give strings as an Arrow array."""
    encoded = [string.encode() for string in strings]
    offsets = np.zeros(len(encoded) + 1, np.int32)
    np.cumsum([len(one) for one in encoded], out=offsets[1:])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), buffers)


def scalar(string: str) -> pa.StringScalar:
    """Give a string as Arrow has it."""
    return texts([string])[0]
