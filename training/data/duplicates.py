"""Customers that stand in a file more than once, by their id."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from segmentation.values import TRIMMED

Keys = NDArray[np.uint64]

NO_ID = 0
"""The key of a customer without an id, who is never a repetition."""


def keys_of(ids: pa.Array) -> Keys:
    """Give a 64-bit key for each id, trimmed of spaces and tabs; shape (rows,).

    A hash instead of the id keeps ten million of them in 80 MB. That two different ids of so many
    get the same key has a probability of 3 in a million, and would cost one customer.

    Parameters
    ----------
    ids
        Ids of any type that can be written as text; null where there is none.
    """
    texts = pc.ascii_trim(pc.fill_null(ids.cast(pa.string()), ""), characters=TRIMMED)
    objects = np.array(texts.to_pylist(), dtype=object)
    keys = pd.util.hash_array(objects, categorize=False)
    keys[objects == ""] = NO_ID
    return np.asarray(keys, np.uint64)


def first_rows(keys: Keys) -> NDArray[np.intp] | None:
    """Give the rows that stand for the first time, ascending; None where all do.

    Parameters
    ----------
    keys
        As `keys_of` gives them, shape (rows,).
    """
    # np.unique takes 30 times as long on random keys.
    repeated = pd.Series(keys).duplicated().to_numpy() & (keys != NO_ID)
    return np.flatnonzero(~repeated) if repeated.any() else None
