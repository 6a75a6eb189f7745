"""Cold starts as Lambda has them: a fresh process from a read-only package, to its first answer.

Model fetch included; S3 is `benchmarks.functions.s3`. Wall time is from the event's arrival at the
emulator, which starts the runtime only then, to the answer; CPU time is that of the runtime process
alone.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.functions.artefacts import megabytes
from benchmarks.functions.serverless import CUSTOMER, RESULTS, World, request
from benchmarks.goals import Goal
from benchmarks.table import markdown
from infra.lambda_emulator.emulator import Emulator, Function

ROWS = 200
"""Customers in the small file."""

NOTHING, RESOLVER, PREDICT = "empty handler", "resolver + boto3 client", "our predict"
SCORE, ARROW, PANDAS = "our score", "boto3 + pyarrow + numpy", "pandas + scikit-learn + joblib"

Answer = dict[str, Any]


class WrongAnswer(Exception):
    """A function did not do its work; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Start:
    """What one cold start took, in seconds."""

    wall: float
    cpu: float


@dataclass
class Contender:
    """A function that starts cold.

    Parameters
    ----------
    name
        For people.
    function
        What runs.
    event
        Makes the event of the first invocation.
    right
        Tells whether the answer is the one expected.
    against
        The contender by which it is divided.
    """

    name: str
    function: Function
    event: Callable[[], Any]
    right: Callable[[Answer], bool]
    against: str
    starts: list[Start] = field(default_factory=list)

    @property
    def wall(self) -> float:
        """Median seconds."""
        return median(one.wall for one in self.starts)

    @property
    def cpu(self) -> float:
        """Median processor seconds."""
        return median(one.cpu for one in self.starts)

    def start(self) -> None:
        """Start it once, in a process of its own.

        Raises
        ------
        WrongAnswer
            It answered something else.
        """
        event = self.event()
        with (
            tempfile.TemporaryDirectory() as folder,
            Emulator(self.function, Path(folder) / "emulator") as emulator,
        ):
            begun = time.perf_counter()
            answer = emulator.invoke(event)
            wall = time.perf_counter() - begun
            if not self.right(answer):
                raise WrongAnswer(f"{self.name}: {answer}\n{emulator.log[-2_000:]}")
            self.starts.append(Start(wall, emulator.cpu_seconds()))


def measure(world: World, starts: int, tell: Callable[[str], None]) -> list[Contender]:
    """Start every contender so many times, in turn, after one start that does not count."""
    found = list(contenders(world))
    for number in range(starts + 1):
        for one in found:
            one.start()
            if number == 0:
                one.starts.clear()
            else:
                wall, cpu = one.starts[-1].wall, one.starts[-1].cpu
                tell(f"start {number} of {starts}: {one.name} {wall:.3f} s, {cpu:.3f} CPU-s")
    return found


def contenders(world: World) -> Iterator[Contender]:
    """Give everybody that starts."""
    lines = (world.folder / "customers.csv").read_bytes().splitlines(keepends=True)
    small = b"".join(lines[: ROWS + 1])

    def answered(answer: Answer) -> bool:
        return answer.get("statusCode") == 200

    def written(_: Answer) -> bool:
        return f"/{RESULTS}/scored/small.csv.parquet" in world.s3.objects

    def ask() -> Any:
        return request("POST", "/predictions", CUSTOMER)

    for name, package, against in (
        (NOTHING, "empty", RESOLVER),
        (RESOLVER, "resolver", RESOLVER),
        (PREDICT, "predict", RESOLVER),
    ):
        yield Contender(name, world.function(package), ask, answered, against)
    for name, package in ((ARROW, "arrow"), (SCORE, "score"), (PANDAS, "pandas")):
        queued = name == SCORE
        yield Contender(
            name,
            world.function(package),
            lambda queued=queued: world.drop("small.csv", small, queued=queued),  # type: ignore[misc]
            written,
            ARROW,
        )


def table(found: Sequence[Contender]) -> str:
    """Give one line for each contender."""
    by_name = {one.name: one for one in found}
    return markdown(
        ("first answer of", "package MB", "wall ms", "CPU ms", "against", "wall", "CPU"),
        (
            [
                one.name,
                f"{megabytes(one.function.folder):.1f}",
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
    """Work out what is promised of cold starts."""
    by_name = {one.name: one for one in found}
    for name, bound in ((PREDICT, 1.1), (SCORE, 1.2)):
        one = by_name[name]
        ratio = one.wall / by_name[one.against].wall
        yield Goal(f"cold start, {name} ÷ {one.against}", ratio, bound)
