"""How much is measured: what the options of ``python -m benchmarks`` choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured.

    Parameters
    ----------
    rows
        Customers, where the section does not vary them.
    sizes
        Customers in the section that does.
    k, cores
        Numbers of segments and of processor cores.
    rounds
        How often each contender runs.
    quick
        Whether training and the functions are measured on little, too.
    """

    rows: int
    sizes: Sequence[int]
    k: Sequence[int]
    cores: Sequence[int]
    rounds: int = 3
    quick: bool = False
