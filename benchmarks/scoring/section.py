"""Running the cases: data and models first, then every contender in turn, round after round."""

from __future__ import annotations

import json
import math
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from benchmarks.process import MeasurementFailed, measure, run_module
from benchmarks.report import MEGA, Report
from benchmarks.scale import Scale
from benchmarks.scoring.cases import ONCE, SECTIONS, Case
from benchmarks.scoring.contenders import command
from benchmarks.scoring.files import generated
from benchmarks.scoring.goals import goals
from benchmarks.scoring.results import Result, results_table

WARM_UP = Case("warm-up", 1_000, 0.0, extra=True, k=3, cores=1, contenders=())

TOLERANCE = 1e-9
"""Of the sum of all distances: every program adds up in an order of its own."""


def run(names: Sequence[str], scale: Scale, folder: Path, machine: dict[str, object]) -> None:
    """Measure the sections into ``bench.md``; where that breaks off, what was measured by then.

    Raises
    ------
    MeasurementFailed
        A contender ended with an error, or contenders disagree: one of them is no peer.
    """
    results: list[Result] = []
    try:
        _measure([case for name in names for case in SECTIONS[name](scale)], scale, folder, results)
    finally:
        if results:
            Report(
                "Whole processes; medians, over rounds: "
                f"{scale.rounds} ({' and '.join(ONCE)}: 1). The last three columns divide by "
                "`segment score`: 2.00 × took twice as much.",
                [results_table(results)],
                list(goals(results)),
                {"results": [asdict(one) for one in results]},
            ).write(folder, "bench", machine)


Found = dict[tuple[Path, int], tuple[str, dict[str, int], float]]
"""For each file and k the first contender, its customers by segment and its sum of distances."""


def _measure(cases: Sequence[Case], scale: Scale, folder: Path, results: list[Result]) -> None:
    every = [Result(case, name) for case in cases for name in case.contenders]
    for case in (WARM_UP, *cases):
        _source(case, folder)
    if not (folder / "registry").exists():
        run_module("benchmarks.scoring.models", folder / "registry")
    found: Found = {}
    for name in dict.fromkeys(result.contender for result in every):
        # The first start of a program compiles its modules and reads them from the disk.
        _run_once(Result(WARM_UP, name), folder, found)
    for number in range(1, scale.rounds + 1):
        for result in every:
            case = result.case
            if number > 1 and case.section in ONCE:
                continue
            _run_once(result, folder, found)
            if number == 1:
                results.append(result)
            took = result.runs[-1]
            click.echo(
                f"{case.section}, round {number} of {scale.rounds}: {case.rows:,} rows, "
                f"{case.bad:.0%} bad, k = {case.k}, cores {case.cores}: {result.contender} "
                f"{took.wall:.2f} s, {took.cpu:.2f} CPU-s, {took.memory / MEGA:.0f} MB",
                err=True,
            )


def _source(case: Case, folder: Path) -> Path:
    return generated(folder, case.rows, case.bad, extra=case.extra)


def _run_once(result: Result, folder: Path, found: Found) -> None:
    case, source = result.case, _source(result.case, folder)
    # Read once, so that no contender pays for the disk.
    subprocess.run(["/bin/cat", source], stdout=subprocess.DEVNULL, check=True)
    with tempfile.TemporaryDirectory(dir=folder) as outputs:
        output = Path(outputs) / "labelled.parquet"
        program = command(result.contender, case, source, output, folder / "registry")
        result.runs.append(measure(program, case.cores))
        if len(result.runs) > 1:
            return
        contents = json.loads(run_module("benchmarks.scoring.contents", output))
        result.output, result.columns = output.stat().st_size, contents["bytes"]
    segments, distance = contents["segments"], contents["distance"]
    first, expected, sum_expected = found.setdefault(
        (source, case.k), (result.contender, segments, distance)
    )
    if segments != expected or not math.isclose(distance, sum_expected, rel_tol=TOLERANCE):
        raise MeasurementFailed(
            f"{source.name}, k = {case.k}: {result.contender} found {segments}, distances "
            f"{distance}; {first} found {expected}, distances {sum_expected}"
        )
