"""Many small requests at once, without reading all that there is to ask first."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

WORKERS = 16
"""Requests under way at the same time; a boto3 client wants as many connections in its pool."""

T = TypeVar("T")
R = TypeVar("R")


def in_parallel(work: Callable[[T], R], items: Iterable[T], workers: int = WORKERS) -> Iterator[R]:
    """Do some work on every item and give the results in the items' order.

    Items are taken only a little ahead of the results, so they may be an endless listing. An error
    of the work is raised in its turn; what has not begun by then is left undone.

    Examples
    --------
    >>> list(in_parallel(lambda number: number * number, range(5), workers=2))
    [0, 1, 4, 9, 16]
    """
    under_way: deque[Future[R]] = deque()
    with ThreadPoolExecutor(workers, "operation") as pool:
        try:
            for item in items:
                under_way.append(pool.submit(work, item))
                if len(under_way) >= 2 * workers:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for one in under_way:
                one.cancel()
