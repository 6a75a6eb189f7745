"""Generated customers, in place of a data file: the shape of a shopping mall's, and nobody real.

Six groups of shoppers, each a normal distribution around a centre of its own. Every block of rows
has a random stream of its own, so a seed gives the same customers whatever number is asked for:
a small sample is the beginning of a large one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv

from training.data.dataset import Floats

HEADER = "CustomerID,Gender,Age,Annual Income (k$),Spending Score (1-100)"
BLOCK_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class Group:
    """A kind of shopper: part of all, part of women, then mean and deviation of each number."""

    share: float
    women: float
    age: tuple[float, float]
    income: tuple[float, float]
    score: tuple[float, float]


GROUPS = (
    Group(0.21, 0.58, (55.0, 6.0), (54.0, 7.0), (48.0, 6.0)),
    Group(0.19, 0.61, (26.0, 4.5), (57.0, 7.0), (51.0, 6.0)),
    Group(0.20, 0.54, (34.0, 4.5), (87.0, 9.0), (81.0, 8.0)),
    Group(0.18, 0.45, (43.0, 8.0), (88.0, 10.0), (18.0, 8.0)),
    Group(0.11, 0.60, (25.0, 4.0), (27.0, 6.0), (77.0, 8.0)),
    Group(0.11, 0.59, (46.0, 9.0), (28.0, 6.0), (21.0, 8.0)),
)
"""Older and younger people of the middle, premium, careful, young and keen, and short of money."""

AGES, INCOMES, SCORES = (18, 75), (12, 145), (1, 99)


def write_sample(rows: int, seed: int, out: BinaryIO) -> Iterator[int]:
    """Write customers as CSV, block by block, and tell after each how many there are.

    Parameters
    ----------
    rows
        How many customers.
    seed
        The same seed gives the same customers.
    out
        Takes the bytes.
    """
    out.write(f"{HEADER}\n".encode())
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none")
    for block, first in enumerate(range(0, rows, BLOCK_ROWS)):
        last = min(first + BLOCK_ROWS, rows)
        table = _customers(np.random.default_rng((seed, block)), first, last - first)
        pyarrow.csv.write_csv(table, out, options)
        yield last


def _customers(random: np.random.Generator, first: int, rows: int) -> pa.Table:
    # A whole block is drawn even where fewer rows are wanted: the stream stays the same.
    group = random.choice(len(GROUPS), BLOCK_ROWS, p=[one.share for one in GROUPS])
    women = random.random(BLOCK_ROWS) < np.array([one.women for one in GROUPS])[group]
    ages = _numbers(random, np.array([one.age for one in GROUPS])[group], AGES)
    incomes = _numbers(random, np.array([one.income for one in GROUPS])[group], INCOMES)
    scores = _numbers(random, np.array([one.score for one in GROUPS])[group], SCORES)
    columns = {
        "id": pa.array(np.arange(first + 1, first + rows + 1)),
        "gender": pa.array(np.where(women[:rows], "Female", "Male")),
        "age": pa.array(ages[:rows]),
        "income": pa.array(incomes[:rows]),
        "score": pa.array(scores[:rows]),
    }
    return pa.table(columns)


def _numbers(
    random: np.random.Generator, parameters: Floats, bounds: tuple[int, int]
) -> np.typing.NDArray[np.int64]:
    """Draw whole numbers; what falls outside of the bounds is mirrored back inside."""
    low, high = bounds
    drawn = random.normal(parameters[:, 0], parameters[:, 1]).round().astype(np.int64)
    mirrored = high - np.abs(high - (low + np.abs(drawn - low)))
    return np.asarray(np.clip(mirrored, low, high))
