"""Warm requests: the time inside the handler, against a route of Powertools' that does nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import click

from benchmarks.functions.serverless import CUSTOMER, K, Measured, World, request
from benchmarks.report import Goal, markdown
from infra.lambda_emulator.emulator import Emulator

REQUESTS = 100
"""The two are asked in turn, so many requests each time."""

ROUTE, PREDICT = "empty route", "our predict"


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


def measured(world: World, quick: bool) -> Measured:
    """Ask both functions in turn, round after round."""
    rounds = 2 if quick else 10
    asked: dict[str, tuple[str, Any]] = {
        ROUTE: ("resolver", request("GET", "/nothing")),
        PREDICT: ("predict", request("POST", "/predictions", CUSTOMER)),
    }
    with contextlib.ExitStack() as stack:
        running: dict[str, Emulator] = {}
        for name, (package, event) in asked.items():
            running[name] = stack.enter_context(world.running(package))
            for _ in range(REQUESTS):
                assert running[name].invoke(event)["statusCode"] == 200
        before = {name: one.cpu_seconds() for name, one in running.items()}
        for number in range(1, rounds + 1):
            for name, (_, event) in asked.items():
                for _ in range(REQUESTS):
                    running[name].invoke(event)
            click.echo(f"round {number} of {rounds}", err=True)
        total = rounds * REQUESTS
        found = [
            Warm(name, one.durations[-total:], (one.cpu_seconds() - before[name]) / total * 1e3)
            for name, one in running.items()
        ]
    return [table(found)], list(goals(found)), [asdict(one) for one in found]


def table(found: list[Warm]) -> str:
    """One line for each."""
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
    """What is promised of a warm request."""
    by_name = {one.name: one for one in found}
    more = by_name[PREDICT].wall - by_name[ROUTE].wall
    yield Goal("warm request, ms more than an empty route", more, 0.3)
