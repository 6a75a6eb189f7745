"""Many requests at once: in order, and never far ahead."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count, islice

import pytest

from engine.pipeline import in_order


def test_results_come_in_the_order_of_the_items() -> None:
    slow_first = threading.Event()

    def work(number: int) -> int:
        if number == 0:
            slow_first.wait(5)
        if number == 3:
            slow_first.set()
        return number

    assert list(in_order(work, range(8), workers=4)) == list(range(8))


def test_an_endless_listing_is_read_only_a_little_ahead() -> None:
    taken = 0

    def listing() -> Iterator[int]:
        nonlocal taken
        for number in count():
            taken = number + 1
            yield number

    results = in_order(lambda number: number, listing(), workers=3)

    assert list(islice(results, 10)) == list(range(10))
    results.close()  # type: ignore[attr-defined]
    assert taken <= 10 + 2 * 3


def test_an_error_is_raised_in_its_turn() -> None:
    def work(number: int) -> int:
        if number == 5:
            raise ValueError("five")
        return number

    results = in_order(work, range(100), workers=2)

    assert list(islice(results, 5)) == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="five"):
        next(results)
