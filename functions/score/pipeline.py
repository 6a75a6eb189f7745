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


def ahead(items: Iterable[T], depth: int = 2) -> Iterator[T]:
    """Give the items of an iterable that runs in a thread, at most `depth` items ahead.

    Order is kept; an error of the iterable is raised here, after the items before it. When the
    consumer stops early the thread ends before the next item.

    Examples
    --------
    >>> list(ahead(number * number for number in range(4)))
    [0, 1, 4, 9]
    """
    handed: queue.Queue[tuple[bool, object]] = queue.Queue(depth)
    stopped = threading.Event()

    def hand(done: bool, item: object) -> bool:
        while not stopped.is_set():
            try:
                handed.put((done, item), timeout=_POLL_SECONDS)
            except queue.Full:
                continue
            return True
        return False

    def run() -> None:
        try:
            for item in items:
                if not hand(False, item):
                    return
            hand(True, None)
        except BaseException as exc:
            hand(True, exc)

    thread = threading.Thread(target=run, daemon=True, name="ahead")
    thread.start()
    try:
        while True:
            done, item = handed.get()
            if isinstance(item, BaseException):
                raise item
            if done:
                return
            yield cast("T", item)
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
