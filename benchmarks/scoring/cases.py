"""What is measured: the sections of the bench and their cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.scoring.contenders import FASTEST, OURS, PANDAS

VERSIONS = {3: "v1", 6: "v2", 10: "v3"}
"""The model of `benchmarks.scoring.models` with so many segments."""

ALL = (OURS, PANDAS, *FASTEST)
ONE_PERCENT = 0.01
BARE = "bare"


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

    @property
    def file(self) -> str:
        """Name of the CSV file."""
        return f"{'wide' if self.extra else 'mall'}-{self.rows}-{self.bad:g}.csv"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user asked for.

    Parameters
    ----------
    rows
        Customers, where the section does not vary them.
    sizes
        Customers in the section that does.
    k, cores
        Numbers of segments and of processor cores.
    """

    rows: int
    sizes: Sequence[int]
    k: Sequence[int]
    cores: Sequence[int]


def engine(choice: Choice) -> Iterator[Case]:
    """Speed against all peers, at every k, on one core and on more."""
    for cores in choice.cores:
        for k in choice.k:
            yield Case("engine", choice.rows, 0.0, True, k, cores, ALL)


def bare(choice: Choice) -> Iterator[Case]:
    """How fast the peers are on the five mall columns when they keep none of them."""
    yield Case(BARE, choice.rows, 0.0, False, choice.k[0], choice.cores[-1], (PANDAS, *FASTEST))


def dirt(choice: Choice) -> Iterator[Case]:
    """The cost of bad rows; at 1 % the peers drop them too."""
    k, cores = choice.k[len(choice.k) // 2], choice.cores[-1]
    for bad in (0.0, ONE_PERCENT, 0.1, 1.0):
        contenders = ALL if bad <= ONE_PERCENT else (OURS,)
        yield Case("dirt", choice.rows, bad, True, k, cores, contenders)


def memory(choice: Choice) -> Iterator[Case]:
    """Memory against size, clean and all bad."""
    k, cores = choice.k[len(choice.k) // 2], choice.cores[-1]
    for rows in choice.sizes:
        yield Case("memory", rows, 0.0, True, k, cores, (OURS, *FASTEST))
        yield Case("memory", rows, 1.0, True, k, cores, (OURS,))


def size(choice: Choice) -> Iterator[Case]:
    """Size of the Parquet file against peers that compress as they come."""
    contenders = (OURS, *(f"{name}, zstd 3" for name in FASTEST))
    yield Case("size", choice.rows, 0.0, True, choice.k[0], choice.cores[-1], contenders)


SECTIONS: dict[str, Callable[[Choice], Iterator[Case]]] = {
    one.__name__: one for one in (engine, bare, dirt, size, memory)
}

ONCE = ("memory", "size")
"""Sections of which one round is enough: what they show hardly varies."""
