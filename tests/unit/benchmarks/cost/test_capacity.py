"""The simulation, by hand and against one that plays every file."""

from __future__ import annotations

import heapq
import itertools
from pathlib import Path

import pytest

from benchmarks.cost.capacity import Limits, Rates, bottleneck, duration, price, table

HALF_A_SECOND = Rates(seconds_per_million=0, seconds_per_file=0.5, cold_seconds=1.0)


def played(files: int, rates: Rates, limits: Limits) -> float:
    """Hand out file after file to the slot that is free first."""
    each = rates.seconds(0)
    free = [
        rates.cold_seconds + max(0, number + 1 - int(limits.at_once)) / limits.slots_a_second
        for number in range(min(limits.slots, files))
    ]
    heapq.heapify(free)
    end = 0.0
    for _ in range(files):
        end = heapq.heappop(free) + each
        heapq.heappush(free, end)
    return max(end, *free) if files < len(free) else end


@pytest.mark.parametrize(
    ("files", "slots"), list(itertools.product((1, 7, 40, 333, 2_000), (1, 3, 10, 250)))
)
def test_it_takes_as_long_as_when_every_file_is_played(files: int, slots: int) -> None:
    limits = Limits(slots, at_once=5, slots_a_second=5, s3_files_a_second=float("inf"))

    assert duration(files, 0, HALF_A_SECOND, limits) == pytest.approx(
        played(files, HALF_A_SECOND, limits), abs=0.01
    )


def test_a_limit_is_named_when_it_is_the_one_that_holds_all_up() -> None:
    queue, machine = Limits.of_the_queue, Limits.of_the_state_machine

    assert bottleneck(1, 1_000_000, Rates(), queue(10)) == "one file"
    assert bottleneck(1_000, 1_000, Rates(), queue(10)) == "slots"
    assert bottleneck(1_000, 1_000, Rates(), queue(1_000)) == "scale-up"
    assert bottleneck(100_000, 1_000, Rates(), machine(1_000)) == "Step Functions"
    swift = Rates(seconds_per_file=0.05)
    assert bottleneck(1_000_000, 1_000, swift, queue(1_000)) == "S3"


def test_s3_lets_no_more_through_than_its_requests_allow() -> None:
    # 5,500 reads a second, three of a file.
    limits = Limits(10_000, at_once=10_000, slots_a_second=1)

    assert duration(18_334, 0, HALF_A_SECOND, limits) == pytest.approx(1.5 + 10.0, abs=0.001)


def test_memory_buys_one_processor_and_a_part_of_the_second() -> None:
    rates = Rates(seconds_per_million=1.0, seconds_per_file=0.0)

    assert rates.seconds(1_000_000) == 1.0
    assert Rates(1.0, 0.0, memory_mb=1769 // 2).seconds(1_000_000) == pytest.approx(2.0, rel=0.01)
    assert Rates(1.0, 0.0, memory_mb=10_240).seconds(1_000_000) == pytest.approx(1 / 1.24)


def test_the_price_is_the_sum_of_its_parts() -> None:
    # One small file: 1.5 s at 1 GB, a call, 12 reads, 5 writes, 3 messages, 4 kB of log.
    rates = Rates(seconds_per_million=0, seconds_per_file=0.5, cold_seconds=1.0, memory_mb=1024)
    common = 1.5 * 0.0000133334 + 0.2e-6 + 12 * 0.4e-6 + 4e-6 * 0.5

    assert price(1, 0, rates, 1, again=False) == pytest.approx(common + 5 * 5e-6 + 3 * 0.4e-6)
    assert price(1, 0, rates, 1, again=True) == pytest.approx(common + 4 * 5e-6 + 2 * 25e-6)


def test_the_readme_has_the_table_as_it_is_worked_out() -> None:
    readme = (Path(__file__).parents[4] / "README.md").read_text(encoding="utf-8")

    assert table(Rates()) in readme


def test_a_file_that_would_take_too_long_is_said_to_be_refused() -> None:
    slow = Rates(seconds_per_million=2.0)

    row = next(line for line in table(slow).splitlines() if "1,000,000,000 | 1,000" in line)

    assert row.count("refused") == 3
