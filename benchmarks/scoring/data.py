"""Generated customers to measure with: the mall schema, ids in no order, any share of bad rows.

A program of its own (``python -m benchmarks.scoring.data FILE --rows N``), so that its memory is
not counted into that of the processes which are measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

HEADER = ("CustomerID", "Gender", "Age", "Annual Income (k$)", "Spending Score (1-100)")
EXTRA_HEADER = ("City", "Email")
SEED = 42
BLOCK_ROWS = 250_000

GROUPS = np.array(
    [
        # Mean and deviation of age, income and score.
        [55, 6, 54, 7, 48, 6],
        [26, 5, 57, 7, 51, 6],
        [34, 5, 87, 9, 81, 8],
        [43, 8, 88, 10, 18, 8],
        [25, 4, 27, 6, 77, 8],
        [46, 9, 28, 6, 21, 8],
    ],
    np.float64,
)
BOUNDS = ((18, 75), (12, 145), (1, 99))
WOMEN = 0.56
SIDES = ("North", "South", "East", "West")

CITIES = 60
"""Distinct texts of the extra column that repeats; the other one is different in every row."""

Numbers = npt.NDArray[np.int64]
Texts = Any  # pyarrow ships no types
Draw = np.random.Generator


def write_customers(path: Path, rows: int, bad: float, *, extra: bool) -> None:
    """Write customers as CSV.

    Parameters
    ----------
    path
        The file.
    rows
        How many customers. Ids are 1 to `rows`, shuffled.
    bad
        Part of them, 0 to 1, that the spec rejects: six kinds, each as frequent as the others.
    extra
        Whether there are two more columns of text.
    """
    ids = np.random.default_rng(SEED).permutation(np.arange(1, rows + 1, dtype=np.int32))
    temporary = path.with_suffix(".part")
    with temporary.open("wb") as file:
        file.write(",".join(HEADER + EXTRA_HEADER * extra).encode() + b"\n")
        for number, first in enumerate(range(0, rows, BLOCK_ROWS)):
            draw = np.random.default_rng((SEED, number))
            file.write(_block(draw, ids[first : first + BLOCK_ROWS], bad, extra))
    temporary.replace(path)


def _block(draw: Draw, ids: npt.NDArray[np.int32], bad: float, extra: bool) -> memoryview:
    rows = len(ids)
    columns = [pa.array(ids).cast(pa.string()), *_features(draw, rows)]
    if extra:
        columns += _texts(draw, ids)
    kind = np.where(draw.random(rows) < bad, draw.integers(0, 6, rows), -1)
    lines = _spoilt(columns, kind) if bad else pc.binary_join_element_wise(*columns, ",")
    ended = pc.binary_join_element_wise(lines, "", "\n")
    # The texts of an Arrow array lie one after the other: the very bytes of the file.
    offsets = np.frombuffer(ended.buffers()[1], np.int32)
    return memoryview(ended.buffers()[2])[offsets[0] : offsets[rows]]


def _features(draw: Draw, rows: int) -> Iterator[Texts]:
    yield pa.array(["Female", "Male"]).take(pa.array((draw.random(rows) >= WOMEN).astype(np.int8)))
    group = draw.integers(0, len(GROUPS), rows)
    for place, (low, high) in enumerate(BOUNDS):
        mean, deviation = GROUPS[group, 2 * place], GROUPS[group, 2 * place + 1]
        drawn: Numbers = draw.normal(mean, deviation).round().astype(np.int64)
        yield pa.array(np.clip(drawn, low, high)).cast(pa.string())


def _texts(draw: Draw, ids: npt.NDArray[np.int32]) -> list[Texts]:
    cities = pa.array([f"{SIDES[n % len(SIDES)]} Town {n}" for n in range(CITIES)])
    number = pa.array(draw.integers(0, 10**9, len(ids))).cast(pa.string())
    mail = pc.binary_join_element_wise("c", number, "@example.com", "")
    return [cities.take(pa.array(draw.integers(0, CITIES, len(ids)))), mail]


def _spoilt(columns: list[Texts], kind: npt.NDArray[np.int64]) -> Texts:
    """Join columns to rows, with something wrong where `kind` is not -1."""
    is_kind = [pa.array(kind == one) for one in range(6)]
    identifier, gender, age, income, score, *texts = columns
    gender = pc.if_else(is_kind[0], "Unknown", gender)
    age = pc.if_else(is_kind[1], "", age)
    income = pc.if_else(is_kind[2], "about 60", income)
    score = pc.if_else(is_kind[3], "1000", score)
    lines = pc.binary_join_element_wise(identifier, gender, age, income, score, *texts, ",")
    lines = pc.if_else(is_kind[4], pc.binary_join_element_wise(identifier, gender, age, ","), lines)
    return pc.if_else(is_kind[5], pc.binary_join_element_wise(lines, "more", ","), lines)


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--rows", type=int, required=True)
@click.option("--bad", default=0.0)
@click.option("--extra", is_flag=True)
def main(path: Path, rows: int, bad: float, extra: bool) -> None:
    """Write customers to measure with."""
    write_customers(path, rows, bad, extra=extra)


if __name__ == "__main__":
    main()
