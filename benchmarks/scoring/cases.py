"""What is measured: the sections on scoring and their cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.scale import Scale

OURS, PANDAS, FASTEST = "segment score", "pandas + scikit-learn", ("DuckDB", "Polars")
ALL = (OURS, PANDAS, *FASTEST)
ZSTD_3 = tuple(f"{name}, zstd 3" for name in FASTEST)
"""As they come: for the size of their output, not for speed."""

VERSIONS = {3: "v1", 6: "v2", 10: "v3"}
"""The model of `benchmarks.scoring.models` with so many segments."""
ONE_PERCENT = 0.01


@dataclass(frozen=True, slots=True)
class Case:
    """One setting in which contenders are measured.

    Parameters
    ----------
    section
        What it belongs to.
    rows, bad, extra
        The file: customers, part of them that are bad, whether with two more columns of text.
    k
        Segments of the model.
    cores
        Processor cores to run on.
    contenders
        The programs.
    """

    section: str
    rows: int
    bad: float
    extra: bool
    k: int
    cores: int
    contenders: tuple[str, ...]


def engine(scale: Scale) -> Iterator[Case]:
    """Speed against all peers, at every k, on one core and on more."""
    for cores in scale.cores:
        for k in scale.k:
            yield Case("engine", scale.rows, 0.0, True, k, cores, ALL)


def dirt(scale: Scale) -> Iterator[Case]:
    """The cost of bad rows; at 1 % the peers drop them too."""
    k, cores = scale.k[len(scale.k) // 2], scale.cores[-1]
    for bad in (0.0, ONE_PERCENT, 0.1, 1.0):
        contenders = ALL if bad <= ONE_PERCENT else (OURS,)
        yield Case("dirt", scale.rows, bad, True, k, cores, contenders)


def memory(scale: Scale) -> Iterator[Case]:
    """Memory against size, clean and all bad."""
    k, cores = scale.k[len(scale.k) // 2], scale.cores[-1]
    for rows in scale.sizes:
        yield Case("memory", rows, 0.0, True, k, cores, (OURS, *FASTEST))
        yield Case("memory", rows, 1.0, True, k, cores, (OURS,))


def size(scale: Scale) -> Iterator[Case]:
    """Size of the Parquet file against peers that compress as they come."""
    yield Case("size", scale.rows, 0.0, True, scale.k[0], scale.cores[-1], (OURS, *ZSTD_3))


SECTIONS: dict[str, Callable[[Scale], Iterator[Case]]] = {
    one.__name__: one for one in (engine, dirt, size, memory)
}

ONCE = ("memory", "size")
"""Sections of which one round is enough: what they show hardly varies."""
