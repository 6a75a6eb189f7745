"""Stages that overlap: each runs in a thread of its own, a few items ahead of the next."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar, cast

T = TypeVar("T")

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
