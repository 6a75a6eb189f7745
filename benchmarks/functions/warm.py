"""Warm requests: the time inside the handler, against a route of Powertools' that does nothing."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.functions.serverless import CUSTOMER, K, World, request
from benchmarks.goals import Goal
from benchmarks.table import markdown
from infra.lambda_emulator.emulator import Emulator

REQUESTS = 100
"""The two are asked in turn, so many requests each time."""

ROUTE, PREDICT = "empty route", "our predict"
MEMORY_MB = 1769


@dataclass(frozen=True, slots=True)
class Warm:
    """Milliseconds of every request, and processor milliseconds of one on average."""

    name: str
    durations: list[float]
    cpu: float

    @property
    def wall(self) -> float:
        """The median."""
        return median(self.durations)


def measure(world: World, rounds: int, tell: Callable[[str], None]) -> list[Warm]:
    """Ask both functions in turn, so many rounds."""
    asked: dict[str, tuple[str, Any]] = {
        ROUTE: ("resolver", request("GET", "/nothing")),
        PREDICT: ("predict", request("POST", "/predictions", CUSTOMER)),
    }
    with contextlib.ExitStack() as stack:
        running: dict[str, Emulator] = {}
        for name, (package, event) in asked.items():
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            function = world.function(package, MEMORY_MB)
            running[name] = stack.enter_context(Emulator(function, folder / "emulator"))
            for _ in range(REQUESTS):
                assert running[name].invoke(event)["statusCode"] == 200
        before = {name: one.cpu_seconds() for name, one in running.items()}
        for number in range(1, rounds + 1):
            for name, (_, event) in asked.items():
                for _ in range(REQUESTS):
                    running[name].invoke(event)
            tell(f"round {number} of {rounds}")
        total = rounds * REQUESTS
        return [
            Warm(name, one.durations[-total:], (one.cpu_seconds() - before[name]) / total * 1e3)
            for name, one in running.items()
        ]


def table(found: list[Warm]) -> str:
    """Give one line for each."""
    return markdown(
        ("warm request to", "k", "median ms", "90 % ms", "CPU ms"),
        (
            [
                one.name,
                str(K) if one.name == PREDICT else "–",
                f"{one.wall:.2f}",
                f"{sorted(one.durations)[len(one.durations) * 9 // 10]:.2f}",
                f"{one.cpu:.2f}",
            ]
            for one in found
        ),
    )


def goals(found: list[Warm]) -> Iterator[Goal]:
    """Work out what is promised of a warm request."""
    by_name = {one.name: one for one in found}
    more = by_name[PREDICT].wall - by_name[ROUTE].wall
    yield Goal("warm request, ms more than an empty route", more, 0.3)
