"""Cold starts as Lambda has them: a fresh process from a read-only package, to its first answer.

Model fetch included; S3 is `benchmarks.functions.s3`. Wall time is from the event's arrival at the
emulator, which starts the runtime only then, to the answer; CPU time is that of the runtime process
alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

import click

from benchmarks.functions.artefacts import megabytes
from benchmarks.functions.serverless import CUSTOMER, RESULTS, Measured, World, request
from benchmarks.process import MeasurementFailed, Usage
from benchmarks.report import Goal, markdown

ROWS = 200
"""Customers in the small file."""

RESOLVER, PREDICT = "resolver + boto3 client", "our predict"
SCORE, ARROW, PANDAS = "our score", "boto3 + pyarrow + numpy", "pandas + scikit-learn + joblib"

CONTENDERS = (
    (RESOLVER, "resolver", RESOLVER),
    (PREDICT, "predict", RESOLVER),
    (ARROW, "arrow", ARROW),
    (SCORE, "score", ARROW),
    (PANDAS, "pandas", ARROW),
)
"""For people, their packages, and by which each is divided."""


@dataclass
class Contender:
    """A function that starts cold.

    Parameters
    ----------
    name
        For people.
    package
        Its folder.
    against
        The contender by which it is divided.
    starts
        What each took.
    """

    name: str
    package: Path
    against: str
    starts: list[Usage] = field(default_factory=list)

    @property
    def wall(self) -> float:
        """Median seconds."""
        return median(one.wall for one in self.starts)

    @property
    def cpu(self) -> float:
        """Median processor seconds."""
        return median(one.cpu for one in self.starts)


def measured(world: World, quick: bool) -> Measured:
    """Start every contender so many times, in turn, after one start that does not count."""
    starts = 3 if quick else 15
    lines = (world.folder / "customers.csv").read_bytes().splitlines(keepends=True)
    small = b"".join(lines[: ROWS + 1])
    found = [Contender(name, world.packages[one], other) for name, one, other in CONTENDERS]
    for number in range(starts + 1):
        for contender, (name, package, _) in zip(found, CONTENDERS, strict=True):
            took = _started(world, package, small)
            if number > 0:
                contender.starts.append(took)
                said = f"{name} {took.wall:.3f} s, {took.cpu:.3f} CPU-s"
                click.echo(f"start {number} of {starts}: {said}", err=True)
    data = {one.name: [asdict(start) for start in one.starts] for one in found}
    return [table(found)], list(goals(found)), data


def _started(world: World, package: str, small: bytes) -> Usage:
    """One start in a process of its own, to the first answer.

    Raises
    ------
    MeasurementFailed
        It answered something else than was expected.
    """
    asked = package in ("resolver", "predict")
    if asked:
        event = request("POST", "/predictions", CUSTOMER)
    else:
        event = world.drop("small.csv", small, queued=package == "score")
    with world.running(package) as emulator:
        begun = time.perf_counter()
        answer = emulator.invoke(event)
        wall = time.perf_counter() - begun
        scored = f"/{RESULTS}/scored/small.csv.parquet" in world.s3.objects
        if not (answer.get("statusCode") == 200 if asked else scored):
            raise MeasurementFailed(f"{package}: {answer}\n{emulator.log[-2_000:]}")
        return Usage(wall, emulator.cpu_seconds(), emulator.peak_memory())


def table(found: Sequence[Contender]) -> str:
    """One line for each contender."""
    by_name = {one.name: one for one in found}
    return markdown(
        ("first answer of", "package MB", "wall ms", "CPU ms", "against", "wall", "CPU"),
        (
            [
                one.name,
                f"{megabytes(one.package):.1f}",
                f"{one.wall * 1e3:.0f}",
                f"{one.cpu * 1e3:.0f}",
                one.against,
                f"{one.wall / by_name[one.against].wall:.2f} ×",
                f"{one.cpu / by_name[one.against].cpu:.2f} ×",
            ]
            for one in found
        ),
    )


def goals(found: Sequence[Contender]) -> Iterator[Goal]:
    """What is promised of cold starts."""
    by_name = {one.name: one for one in found}
    for name, bound in ((PREDICT, 1.1), (SCORE, 1.2)):
        one = by_name[name]
        ratio = one.wall / by_name[one.against].wall
        yield Goal(f"cold start, {name} ÷ {one.against}", ratio, bound)
