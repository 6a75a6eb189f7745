"""Running the cases: data and models first, then every contender in turn, round after round."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.process import measure
from benchmarks.results import Result
from benchmarks.scoring.cases import BARE, ONCE, VERSIONS, Case
from benchmarks.scoring.contenders import Task, command

WARM_UP = Case("warm-up", 1_000, 0.0, extra=True, k=3, cores=1, contenders=())
READ_AT_ONCE = 1 << 24

TOLERANCE = 1e-9
"""Of the sum of all distances: every program adds up in an order of its own."""


class WrongLabels(Exception):
    """Two contenders found different segments; the message says where."""


class Bench:
    """Measures cases, in a folder that keeps the generated data for the next time.

    Parameters
    ----------
    folder
        Where data, models and outputs go.
    tell
        Shows people a line.

    Attributes
    ----------
    results
        What was measured so far.
    """

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self._data, self._outputs = folder / "data", folder / "outputs"
        self._registry = folder / "registry"
        self._tell = tell
        self.results: list[Result] = []
        # For each file and k what the first contender found.
        self._found: dict[tuple[str, int], tuple[str, dict[str, int], float]] = {}

    def run(self, cases: Sequence[Case], rounds: int) -> None:
        """Measure, into `results`.

        Raises
        ------
        benchmarks.process.ProgramFailed
            A contender ended with an error.
        WrongLabels
            Contenders disagree: one of them is no peer.
        """
        results = [Result(case, name) for case in cases for name in case.contenders]
        self._prepare([WARM_UP, *cases])
        for name in dict.fromkeys(result.contender for result in results):
            # The first start of a program compiles its modules and reads them from the disk.
            self._run_once(Result(WARM_UP, name))
        for number in range(1, rounds + 1):
            for result in results:
                if number == 1 or result.case.section not in ONCE:
                    self._run_once(result)
                    self._tell(_line(result, f"round {number} of {rounds}"))
                    if number == 1:
                        self.results.append(result)

    def _prepare(self, cases: Sequence[Case]) -> None:
        for place in (self._data, self._outputs):
            place.mkdir(parents=True, exist_ok=True)
        if not self._registry.exists():
            _python("benchmarks.scoring.models", self._registry)
        for case in cases:
            path = self._data / case.file
            if not path.exists():
                self._tell(f"generating {case.file}")
                extra = ["--extra"] if case.extra else []
                _python(
                    "benchmarks.scoring.data", path, "--rows", case.rows, "--bad", case.bad, *extra
                )

    def _run_once(self, result: Result) -> None:
        case = result.case
        task = Task(
            source=self._data / case.file,
            output=self._outputs / "labelled.parquet",
            registry=self._registry,
            version=VERSIONS[case.k],
            cores=case.cores,
            bad=case.bad > 0,
            bare=case.section == BARE,
        )
        _read_through(task.source)
        try:
            result.runs.append(measure(command(result.contender, task), case.cores))
            if len(result.runs) == 1:
                self._check(result, task.output)
        finally:
            for path in task.written:
                path.unlink(missing_ok=True)

    def _check(self, result: Result, output: Path) -> None:
        case = result.case
        contents = json.loads(_python("benchmarks.scoring.check", output))
        result.output, result.columns = output.stat().st_size, contents["bytes"]
        segments, distance = contents["segments"], contents["distance"]
        first, expected, sum_expected = self._found.setdefault(
            (case.file, case.k), (result.contender, segments, distance)
        )
        same = math.isclose(distance, sum_expected, rel_tol=TOLERANCE)
        if segments != expected or not same:
            raise WrongLabels(
                f"{case.file}, k = {case.k}: {result.contender} found {segments}, distances "
                f"{distance}; {first} found {expected}, distances {sum_expected}"
            )


def _python(module: str, *arguments: object) -> str:
    """Run a program of the bench that is not measured, and give what it printed."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _read_through(path: Path) -> None:
    """Have the file in memory, so that no contender pays for the disk."""
    with path.open("rb", buffering=0) as file:
        while file.read(READ_AT_ONCE):
            pass


def _line(result: Result, which: str) -> str:
    case, run = result.case, result.runs[-1]
    return (
        f"{case.section}, {which}: {case.rows:,} rows, {case.bad:.0%} bad, k = {case.k}, cores "
        f"{case.cores}: {result.contender} {run.wall:.2f} s, {run.cpu:.2f} CPU-s, "
        f"{run.memory / 1e6:.0f} MB"
    )
