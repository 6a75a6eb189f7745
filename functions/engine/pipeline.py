"""Stages that overlap: each runs in a thread of its own, a few items ahead of the next."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar, cast

T = TypeVar("T")
R = TypeVar("R")

_POLL_SECONDS = 0.1


def ahead(
    items: Iterable[T], depth: int = 2, weight: Callable[[T], int] = lambda _: 1
) -> Iterator[T]:
    """Give the items of an iterable that runs in a thread, at most `depth` items ahead.

    Order is kept; an error of the iterable is raised here, after the items before it. When the
    consumer stops early the thread ends before the next item.

    Parameters
    ----------
    items
        What to give.
    depth
        How many items may wait to be taken, and one more that waits to wait.
    weight
        For how many of them an item counts; one that weighs too much waits alone.

    Examples
    --------
    >>> list(ahead(number * number for number in range(4)))
    [0, 1, 4, 9]
    """
    handed: queue.SimpleQueue[tuple[int, object]] = queue.SimpleQueue()
    places = threading.Semaphore(depth)
    stopped = threading.Event()

    def run() -> None:
        try:
            for item in items:
                units = min(weight(item), depth)
                for _ in range(units):
                    while not places.acquire(timeout=_POLL_SECONDS):
                        if stopped.is_set():
                            return
                if stopped.is_set():
                    return
                handed.put((units, item))
            handed.put((0, None))
        except BaseException as exc:
            handed.put((0, exc))

    thread = threading.Thread(target=run, daemon=True, name="ahead")
    thread.start()
    try:
        while True:
            units, item = handed.get()
            if units:
                places.release(units)
                yield cast("T", item)
            elif isinstance(item, BaseException):
                raise item
            else:
                return
    finally:
        stopped.set()
        thread.join()


def in_order(function: Callable[[T], R], items: Iterable[T], workers: int = 2) -> Iterator[R]:
    """Apply a function to items in several threads at once; the results come in order.

    At most one item more than there are workers is under way. When the consumer stops early, or a
    result is an error, what was not begun is dropped.

    Examples
    --------
    >>> list(in_order(str, [1, 2, 3]))
    ['1', '2', '3']
    """
    under_way: deque[Future[R]] = deque()
    pool = ThreadPoolExecutor(workers, "in-order")
    try:
        for item in items:
            under_way.append(pool.submit(function, item))
            if len(under_way) > workers:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
