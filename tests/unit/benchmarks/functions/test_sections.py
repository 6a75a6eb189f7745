"""The arithmetic of the sections that measure the functions."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.functions import cold, cost, warm
from benchmarks.functions.cold import Contender
from benchmarks.functions.cost import Setting
from benchmarks.functions.warm import Warm
from benchmarks.process import Usage


def contender(name: str, against: str, *seconds: float) -> Contender:
    starts = [Usage(wall=one, cpu=one / 2, memory=10**8) for one in seconds]
    return Contender(name, Path("/nowhere"), against, starts)


def test_cold_starts_are_held_against_the_contender_that_does_the_same() -> None:
    found = [
        contender(cold.RESOLVER, cold.RESOLVER, 0.5, 0.4, 0.9),
        contender(cold.PREDICT, cold.RESOLVER, 0.6),
        contender(cold.ARROW, cold.ARROW, 1.0),
        contender(cold.SCORE, cold.ARROW, 1.0, 1.2, 1.1),
    ]

    worst = [(goal.found, goal.bound, goal.kept) for goal in cold.goals(found)]

    assert worst == [(0.6 / 0.5, 1.1, False), (1.1, 1.2, True)]
    assert cold.table(found).splitlines()[3].split("|")[3:5] == ["     600 ", "    300 "]


def test_a_warm_request_is_held_against_the_empty_route_by_the_medians() -> None:
    found = [Warm(warm.ROUTE, [1.0, 0.5, 9.0], 0.4), Warm(warm.PREDICT, [1.25, 1.25, 0.1], 0.6)]

    (goal,) = warm.goals(found)

    assert (goal.found, goal.kept) == (0.25, True)


def test_a_price_is_time_requests_and_s3() -> None:
    setting = Setting(2048, 1.0, 0.4996, 0.5, 0.4, 10**8, 0.0001, held=True)

    # 2 GB for 0.5 s at 0.0000133334 a GB-second, 20 cents for a million requests, and S3's own.
    assert setting.price("arm64") == pytest.approx(0.0000133334 + 0.0000002 + 0.0001)
    assert "$113.53" in cost.score_table([setting], rows=1_000)  # a million times that
