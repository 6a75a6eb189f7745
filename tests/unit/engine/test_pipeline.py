"""Stages that overlap."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from engine.pipeline import ahead


def threads() -> int:
    return sum(thread.name == "ahead" for thread in threading.enumerate())


def test_items_come_in_order() -> None:
    assert list(ahead(iter(range(1_000)))) == list(range(1_000))
    assert list(ahead([])) == []
    assert threads() == 0


def test_stages_can_follow_one_another() -> None:
    doubled = (2 * number for number in ahead(range(100)))

    assert list(ahead(number + 1 for number in ahead(doubled))) == list(range(1, 201, 2))


def test_items_may_be_none_or_errors() -> None:
    assert list(ahead([None, 0, ""])) == [None, 0, ""]


def test_an_error_comes_after_the_items_before_it() -> None:
    def failing() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("the disk is gone")

    taken = []
    with pytest.raises(OSError, match="the disk is gone"):
        for item in ahead(failing()):
            taken.append(item)

    assert taken == [1, 2]
    assert threads() == 0


def test_work_runs_at_most_a_few_items_ahead() -> None:
    made = []

    def counting() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    items = ahead(counting(), depth=2)
    first = next(items)
    time.sleep(0.05)

    assert first == 0
    assert len(made) <= 4  # taken, two that wait, and one that waits to wait
    del items  # as a consumer does that stops


@pytest.mark.parametrize(("weight", "most"), [(2, 4), (99, 3)])
def test_heavy_items_wait_for_one_another(weight: int, most: int) -> None:
    made = []

    def counting() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    items = ahead(counting(), depth=4, weight=lambda _: weight)
    first = next(items)
    time.sleep(0.05)

    assert first == 0
    assert len(made) <= most  # taken, those that wait, and one that waits to wait
    assert list(items) == list(range(1, 100))


def test_work_overlaps_with_its_consumer() -> None:
    met = threading.Barrier(2, timeout=5)

    def meeting() -> Iterator[int]:
        yield 0
        met.wait()
        yield 1

    items = ahead(meeting())
    assert next(items) == 0
    met.wait()  # raises unless the other side goes on by itself
    assert list(items) == [1]


def test_a_consumer_that_stops_ends_the_thread() -> None:
    closed = threading.Event()

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 0
        finally:
            closed.set()

    source = endless()
    for _ in ahead(source):
        break
    del source

    assert threads() == 0
    assert closed.wait(1)


def test_an_error_of_the_consumer_ends_all_stages() -> None:
    def endless() -> Iterator[int]:
        while True:
            yield 0

    def fail() -> None:
        for item in ahead(number for number in ahead(endless())):
            raise ValueError(item)

    with pytest.raises(ValueError, match="0"):
        fail()

    deadline = time.monotonic() + 2
    while threads() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threads() == 0
