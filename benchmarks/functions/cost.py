"""Memory settings: what they give and what they cost.

A function gets the processor time that Lambda gives for its memory (`benchmarks.functions.quota`),
its start included. Where the machine does not let us hold it to that, its processor seconds are
divided by its part of a vCPU instead. Prices are those of `benchmarks.cost.prices`; not in here:
storage, logs, data that leaves AWS, and SQS.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from statistics import mean

import click

from benchmarks.cost import prices
from benchmarks.functions.quota import processor_of
from benchmarks.functions.serverless import CUSTOMER, Measured, World, request
from benchmarks.report import MEGA, markdown
from benchmarks.scoring.files import generated
from infra.lambda_emulator.emulator import Emulator

SCORE_MB = (512, 768, 1024, prices.VCPU_MB, 2048, 3008)
PREDICT_MB = (256, 512, 1024, prices.VCPU_MB)
BILLION, MILLION = 10**9, 10**6

Invoke = Callable[[Emulator], float]
"""Invokes a function once and returns the seconds inside its handler."""


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
        """The price of one warm invocation."""
        time = prices.compute(self.memory_mb, self.billed, architecture)
        return time + prices.LAMBDA_REQUEST + self.s3


def measured(world: World, quick: bool) -> Measured:
    """Measure both functions at every memory size."""
    rows, rounds, requests = (500_000, 1, 50) if quick else (2_000_000, 3, 300)
    score = list(_score(world, rows, rounds))
    predict = list(_predict(world, requests))
    tables = [score_table(score, rows), predict_table(predict)]
    return tables, [], [asdict(one) for one in (*score, *predict)]


def _score(world: World, rows: int, rounds: int) -> Iterator[Setting]:
    """Score a file of so many customers, round after round; of each size the median round."""
    data = generated(world.folder.parent, rows, extra=True).read_bytes()
    small = data[: data.index(b"\n", 10_000) + 1]

    def score(upload: bytes, emulator: Emulator) -> float:
        event = world.drop("measured.csv", upload, queued=True)
        world.s3.requests.clear()
        emulator.invoke(event)
        report = world.report("measured.csv")
        assert report["rows"]["scored"] == report["rows"]["read"] > 0, report
        return emulator.durations[-1] / 1e3

    first, then = partial(score, small), partial(score, data)
    found = [
        [_measured(world, "score", size, first, then, 1) for size in SCORE_MB]
        for _ in range(rounds)
    ]
    for settings in zip(*found, strict=True):
        # Of an even number the better of the middle two.
        yield sorted(settings, key=lambda one: one.seconds)[(rounds - 1) // 2]


def _predict(world: World, requests: int) -> Iterator[Setting]:
    """Answer so many requests."""
    event = request("POST", "/predictions", CUSTOMER)

    def predict(emulator: Emulator) -> float:
        assert emulator.invoke(event)["statusCode"] == 200
        return emulator.durations[-1] / 1e3

    for size in PREDICT_MB:
        yield _measured(world, "predict", size, predict, predict, requests)


def _measured(
    world: World, name: str, memory_mb: int, first: Invoke, then: Invoke, times: int
) -> Setting:
    click.echo(f"{name} with {memory_mb} MB", err=True)
    with processor_of(memory_mb) as hold, world.running(name, memory_mb) as emulator:
        held = hold(emulator.pid)
        begun = time.perf_counter()
        first(emulator)
        started, before = time.perf_counter() - begun, emulator.cpu_seconds()
        durations = [then(emulator) for _ in range(times)]
        cpu = (emulator.cpu_seconds() - before) / times
        share = memory_mb / prices.VCPU_MB
        if not held:
            started = max(started, before / share)
            durations = [max(one, cpu / share) for one in durations]
        return Setting(
            memory_mb=memory_mb,
            first=started,
            seconds=mean(durations),
            billed=mean(math.ceil(one * 1e3) / 1e3 for one in durations),
            cpu=cpu,
            peak=emulator.peak_memory(),
            s3=prices.s3(world.s3.requests) if times == 1 else 0.0,
            held=held,
        )


def score_table(found: Sequence[Setting], rows: int) -> str:
    """One line for each memory size."""
    header = ("score MB", "vCPU", "rows/s", "peak MB", "first s")
    return markdown(
        (*header, *(f"10⁹ rows {kind}" for kind in prices.LAMBDA_GB_SECOND)),
        (_cells(one, f"{rows / one.seconds:,.0f}", BILLION / rows, 0.0) for one in found),
    )


def predict_table(found: Sequence[Setting]) -> str:
    """One line for each memory size."""
    gateway = prices.HTTP_API_REQUEST * MILLION
    header = ("predict MB", "vCPU", "warm ms", "peak MB", "first s")
    prices_of = (f"10⁶ requests {kind}" for kind in prices.LAMBDA_GB_SECOND)
    return markdown(
        (*header, *prices_of, "of it API Gateway"),
        (
            [*_cells(one, f"{one.seconds * 1e3:.2f}", MILLION, gateway), f"${gateway:.2f}"]
            for one in found
        ),
    )


def _cells(one: Setting, speed: str, times: float, more: float) -> list[str]:
    return [
        str(one.memory_mb),
        f"{one.memory_mb / prices.VCPU_MB:.2f}",
        speed,
        f"{one.peak / MEGA:.0f}",
        f"{one.first:.1f}",
        *(f"${one.price(kind) * times + more:.2f}" for kind in prices.LAMBDA_GB_SECOND),
    ]
