"""Work in threads whose result does not depend on how many there are.

Whatever is spread is cut by its shape alone and put together in its own order, so the same seed and
library versions give the same bits on any number of cores. numpy computes without the interpreter's
lock, and threads share the customers' memory where processes would copy it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from engine.pipeline import in_order

T = TypeVar("T")
R = TypeVar("R")


def available_cores() -> int:
    """Tell how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def spread(function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Apply a function to items on all cores; the results come in the order of the items.

    Examples
    --------
    >>> list(spread(abs, [-1, 2, -3]))
    [1, 2, 3]
    """
    return in_order(function, items, available_cores())
