"""An upload that cannot be finished in time is refused with the measured rate."""

from __future__ import annotations

import io

import pytest

from score.budget import MEASURED_SECONDS, RESERVE_SECONDS, TimedSource
from segmentation.errors import TransientError, UploadRefused


class Clock:
    """Seconds that pass only when somebody says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def timed(size: int, timeout: float) -> tuple[TimedSource, Clock]:
    """Give a source of `size` bytes in a function with this timeout, and its clock."""
    clock = Clock()
    source = TimedSource(io.BytesIO(b"x" * size), size, lambda: timeout - clock.now, clock=clock)
    return source, clock


def test_an_upload_that_keeps_pace_is_read_to_its_end() -> None:
    source, clock = timed(size=100, timeout=120.0)
    for _ in range(100):
        assert source.read(1) == b"x"
        clock.now += 0.9  # 90 s for all, 100 s until the reserve
    assert source.read(1) == b""


def test_a_hopeless_upload_is_refused_early_with_rate_need_and_advice() -> None:
    source, clock = timed(size=1_000_000_000, timeout=120.0)
    source.read(10_000_000)
    clock.now = MEASURED_SECONDS  # 1 MB/s: 1,000 s for all, 100 s until the reserve
    with pytest.raises(UploadRefused) as refused:
        source.read(1)
    assert refused.value.code == "takes_too_long"
    assert refused.value.message == (
        "scoring runs at 1.0 MB a second, so 1,000 MB take about 1,000 s, expected at most 100 s: "
        "split the file into 13 parts, or raise the function's ScoreTimeout or ScoreMemory"
    )


def test_a_forecast_within_doubt_goes_on_until_the_reserve_is_reached() -> None:
    source, clock = timed(size=1_000, timeout=120.0)
    source.read(100)
    clock.now = 11.0  # 99 s more are needed, 89 s are left
    source.read(1)
    clock.now = 120.0 - RESERVE_SECONDS
    with pytest.raises(UploadRefused, match="split the file into 13 parts"):
        source.read(1)


def test_an_upload_that_was_read_whole_is_never_refused() -> None:
    source, clock = timed(size=10, timeout=60.0)
    source.read(10)
    clock.now = 59.0
    assert source.read(1) == b""


def test_an_upload_that_could_not_even_begin_is_tried_again() -> None:
    source, clock = timed(size=10, timeout=60.0)
    clock.now = 50.0
    with pytest.raises(TransientError):
        source.read(1)
