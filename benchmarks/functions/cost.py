"""Memory settings: what they give and what they cost.

A function gets the processor time that Lambda gives for its memory (`benchmarks.functions.quota`),
its start included. Where the machine does not let us hold it to that, its processor seconds are
divided by its part of a vCPU instead. Prices are those of `benchmarks.functions.prices`.
"""

from __future__ import annotations

import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import mean

from benchmarks.functions import prices
from benchmarks.functions.quota import ONE_VCPU_MB, processor_of
from benchmarks.functions.serverless import CUSTOMER, World, request
from benchmarks.table import markdown
from infra.lambda_emulator.emulator import Emulator

SCORE_MB = (512, 768, 1024, 1769, 2048, 3008)
PREDICT_MB = (256, 512, 1024, 1769)
BILLION, MILLION = 10**9, 10**6


Invoke = Callable[[Emulator], float]
"""Invokes a function once and gives the seconds inside its handler."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What was measured of a function at a memory size.

    Parameters
    ----------
    memory_mb
        The size.
    first
        Seconds to the first answer, from the start of the process.
    seconds, cpu
        Of one invocation afterwards, on average: to its end, and of the processor.
    peak
        Bytes of memory that the process took at most.
    billed
        Of one invocation on average, each rounded up to whole milliseconds.
    s3
        Price of the requests to S3 of one invocation.
    held
        Whether it was held to its part of the processor; else the seconds are worked out.
    """

    memory_mb: int
    first: float
    seconds: float
    billed: float
    cpu: float
    peak: int
    s3: float
    held: bool

    def price(self, architecture: str) -> float:
        """Give the price of one warm invocation."""
        time = prices.compute(self.memory_mb, self.billed, architecture)
        return time + prices.INVOCATION + self.s3


def measure_score(
    world: World, rows: int, rounds: int, tell: Callable[[str], None]
) -> list[Setting]:
    """Score a file of so many customers at every memory size, round after round."""
    data = _generated(world.folder, rows).read_bytes()
    small = data[: data.index(b"\n", 10_000) + 1]

    def score(upload: bytes, emulator: Emulator) -> float:
        event = world.drop("measured.csv", upload, queued=True)
        world.s3.requests.clear()
        emulator.invoke(event)
        report = world.report("measured.csv")
        assert report["rows"]["scored"] == report["rows"]["read"] > 0, report
        return emulator.durations[-1] / 1e3

    return [
        _middle(settings)
        for settings in zip(
            *(
                [
                    _measured(world, "score", size, partial(score, small), partial(score, data), 1)
                    for size in _each(SCORE_MB, "score", tell)
                ]
                for _ in range(rounds)
            ),
            strict=True,
        )
    ]


def measure_predict(world: World, requests: int, tell: Callable[[str], None]) -> list[Setting]:
    """Answer so many requests at every memory size."""
    event = request("POST", "/predictions", CUSTOMER)

    def predict(emulator: Emulator) -> float:
        assert emulator.invoke(event)["statusCode"] == 200
        return emulator.durations[-1] / 1e3

    return [
        _measured(world, "predict", size, predict, predict, requests)
        for size in _each(PREDICT_MB, "predict", tell)
    ]


def _each(sizes: Sequence[int], name: str, tell: Callable[[str], None]) -> Iterator[int]:
    for size in sizes:
        tell(f"{name} with {size} MB")
        yield size


def _measured(
    world: World, name: str, memory_mb: int, first: Invoke, then: Invoke, times: int
) -> Setting:
    with (
        tempfile.TemporaryDirectory() as folder,
        processor_of(memory_mb) as hold,
        Emulator(world.function(name, memory_mb), Path(folder) / "emulator") as emulator,
    ):
        held = hold(emulator.pid)
        begun = time.perf_counter()
        first(emulator)
        started, before = time.perf_counter() - begun, emulator.cpu_seconds()
        durations = [then(emulator) for _ in range(times)]
        cpu = (emulator.cpu_seconds() - before) / times
        share = memory_mb / ONE_VCPU_MB
        if not held:
            durations = [max(one, cpu / share) for one in durations]
        return Setting(
            memory_mb=memory_mb,
            first=started if held else max(started, before / share),
            seconds=mean(durations),
            billed=mean(math.ceil(one * 1e3) / 1e3 for one in durations),
            cpu=cpu,
            peak=emulator.peak_memory(),
            s3=prices.s3(world.s3.requests) if times == 1 else 0.0,
            held=held,
        )


def _middle(settings: Sequence[Setting]) -> Setting:
    """Give the round with the median time (of an even number, the better of the middle two)."""
    return sorted(settings, key=lambda one: one.seconds)[(len(settings) - 1) // 2]


def _generated(folder: Path, rows: int) -> Path:
    path = folder / f"customers-{rows}.csv"
    if not path.exists():
        command = ("benchmarks.scoring.data", path, "--rows", str(rows), "--extra")
        subprocess.run([sys.executable, "-m", *command], check=True)
    return path


def score_table(found: Sequence[Setting], rows: int) -> str:
    """Give one line for each memory size."""
    times = BILLION / rows
    return markdown(
        ("score MB", "vCPU", "rows/s", "peak MB", "first s", "10⁹ rows arm64", "10⁹ rows x86_64"),
        (
            [
                str(one.memory_mb),
                f"{one.memory_mb / ONE_VCPU_MB:.2f}",
                f"{rows / one.seconds:,.0f}",
                f"{one.peak / 1e6:.0f}",
                f"{one.first:.1f}",
                *(f"${one.price(kind) * times:.2f}" for kind in prices.GB_SECOND),
            ]
            for one in found
        ),
    )


def predict_table(found: Sequence[Setting]) -> str:
    """Give one line for each memory size."""
    gateway = prices.HTTP_API_REQUEST * MILLION
    return markdown(
        (
            *("predict MB", "vCPU", "warm ms", "peak MB", "first s"),
            *("10⁶ requests arm64", "10⁶ requests x86_64", "of it API Gateway"),
        ),
        (
            [
                str(one.memory_mb),
                f"{one.memory_mb / ONE_VCPU_MB:.2f}",
                f"{one.seconds * 1e3:.2f}",
                f"{one.peak / 1e6:.0f}",
                f"{one.first:.1f}",
                *(f"${one.price(kind) * MILLION + gateway:.2f}" for kind in prices.GB_SECOND),
                f"${gateway:.2f}",
            ]
            for one in found
        ),
    )
