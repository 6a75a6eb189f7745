"""What is done to values before they are scaled, to the last bit as the domain does it.

`math.log1p` is that of the C library. numpy's own takes vector instructions where the processor
has AVX-512, which differ in the last bit; Arrow's calls the C library for each value, as Python's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from engine.arrays import arrow, view

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def transformed(transform: str, numbers: Floats) -> Floats:
    """Give the values of a column as they are before scaling.

    Parameters
    ----------
    transform
        What is done to them (`segmentation.numeric.NumericFeature.transform`).
    numbers
        Shape (rows,).
    """
    if transform == "log1p":
        logarithms: Floats = view(pc.log1p(arrow(numbers)))
        return logarithms
    return numbers
