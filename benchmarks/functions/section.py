"""The sections that measure both functions as Lambda runs them: packages in AWS's emulator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.functions import cold, cost, warm
from benchmarks.functions.serverless import world
from benchmarks.report import Report
from benchmarks.scale import Scale

SECTIONS = {"cold": cold.measured, "warm": warm.measured, "cost": cost.measured}


def run(names: Sequence[str], scale: Scale, folder: Path, machine: dict[str, object]) -> None:
    """Measure the sections into ``bench-lambda.md``.

    Raises
    ------
    MeasurementFailed
        No packages for Lambda can be built here, or a function did not do its work.
    """
    with world(folder) as here:
        found = {name: SECTIONS[name](here, scale.quick) for name in names}
    Report(
        "First answers of fresh processes, warm requests and memory sizes, in AWS's emulator.",
        [table for tables, _, _ in found.values() for table in tables],
        [goal for _, goals, _ in found.values() for goal in goals],
        {name: data for name, (_, _, data) in found.items()},
    ).write(folder, "bench-lambda", machine)
