"""The section ``train``: `segment fit` against the way of notebooks, as far as that gets.

A notebook runs KMeans for each k and takes the silhouette of all customers, whose cost grows with
the square of their number: 30,000 are what one has the patience for. Beyond that KMeans stands
alone, once with the 20 starts by which our inertia is judged and once, for ten million, with one.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.goals import Goal, goals_table
from benchmarks.process import Usage, measure
from benchmarks.table import MEGA, markdown

NAME = "train"
OURS = "segment fit"
JUDGE = "KMeans alone, 20 starts"
NOTEBOOKS: dict[str, list[str]] = {
    "notebook": [],
    JUDGE: ["--no-silhouette", "--starts", "20"],
    "KMeans alone, 1 start": ["--no-silhouette"],
}
"""Programs by their arguments to `benchmarks.training.notebook`."""

CASES = (
    (10_000, (OURS, "notebook")),
    (30_000, (OURS, "notebook")),
    (1_000_000, (OURS, JUDGE)),
    (10_000_000, (OURS, "KMeans alone, 1 start")),
)
QUICK = ((2_000, (OURS, "notebook")), (60_000, (OURS, JUDGE)))

MOST_ROWS, MOST_SECONDS, MOST_MEGABYTES = 10_000_000, 180, 2_000
PER_MILLION_ABOVE = 100
"""An inertia may lie so far above that of 20 starts on all rows."""


@dataclass(frozen=True, slots=True)
class Trained:
    """One run of one program.

    Parameters
    ----------
    rows
        Customers.
    program
        Its name.
    usage
        What it took.
    sweep
        What it found for each k: inertia, silhouette.
    """

    rows: int
    program: str
    usage: Usage
    sweep: list[dict[str, object]]

    @property
    def inertias(self) -> dict[int, float]:
        """The inertia of each k."""
        return {int(str(row["k"])): float(str(row["inertia"])) for row in self.sweep}


def run(
    folder: Path,
    machine: dict[str, object],
    cores: int,
    *,
    quick: bool,
    tell: Callable[[str], None],
) -> str:
    """Measure each program once, write it all down, and give the tables for people.

    Raises
    ------
    benchmarks.process.ProgramFailed
        A program ended with an error.
    """
    data, outputs = folder / "data", folder / "outputs"
    for place in (data, outputs):
        place.mkdir(parents=True, exist_ok=True)
    results = []
    for rows, programs in QUICK if quick else CASES:
        source = data / f"mall-{rows}-0.csv"
        if not source.exists():
            tell(f"generating {source.name}")
            command = [
                sys.executable,
                "-m",
                "benchmarks.scoring.data",
                str(source),
                "--rows",
                str(rows),
            ]
            subprocess.run(command, check=True)
        for program in programs:
            results.append(_measured(program, rows, source, outputs, cores))
            usage = results[-1].usage
            tell(
                f"train: {rows:,} rows: {program} {usage.wall:.1f} s, {usage.cpu:.1f} CPU-s, "
                f"{usage.memory / MEGA:.0f} MB"
            )
    text = (
        f"Training, k = 1 to 9, whole processes on {cores} cores, each once. "
        f"{', '.join(f'{name} {value}' for name, value in machine.items())}.\n\n"
        f"{table(results)}\n{goals_table(list(goals(results)))}"
    )
    (folder / "train.md").write_text(text, encoding="utf-8")
    document = {"machine": machine, "results": [dataclasses.asdict(one) for one in results]}
    (folder / "train.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return text


def table(results: Sequence[Trained]) -> str:
    """Give one line for each run; ratios are to ours on the same rows."""
    ours = {one.rows: one for one in results if one.program == OURS}
    lines = []
    for one in results:
        mine, its = ours[one.rows].usage, one.usage
        lines.append(
            [
                f"{one.rows:,}",
                one.program,
                f"{its.wall:.1f}",
                f"{its.cpu:.1f}",
                f"{its.memory / MEGA:.0f}",
                f"{its.wall / mine.wall:.2f} ×",
                f"{its.cpu / mine.cpu:.2f} ×",
                f"{its.memory / mine.memory:.2f} ×",
                f"{_worst(one, ours[one.rows]):.6f}",
            ]
        )
    header = ("rows", "program", "wall s", "CPU s", "memory MB", "wall", "CPU", "memory")
    return markdown((*header, "largest inertia ÷ ours"), lines)


def goals(results: Sequence[Trained]) -> Iterator[Goal]:
    """Work out what training promises, as far as these results can tell."""
    for one in results:
        if (one.rows, one.program) == (MOST_ROWS, OURS):
            yield Goal("seconds for 10 million rows", one.usage.wall, MOST_SECONDS)
            yield Goal("peak memory, MB, 10 million rows", one.usage.memory / MEGA, MOST_MEGABYTES)
    ours = {one.rows: one for one in results if one.program == OURS}
    for one in results:
        if one.program == JUDGE:
            promise = f"inertia above that of 20 starts on all {one.rows:,} rows, per million"
            above = (_worst(ours[one.rows], one) - 1) * 1e6
            yield Goal(promise, above, PER_MILLION_ABOVE)


def _worst(one: Trained, other: Trained) -> float:
    """Give the largest ratio of their inertias over all k."""
    return max(one.inertias[k] / other.inertias[k] for k in one.inertias)


def _measured(program: str, rows: int, source: Path, outputs: Path, cores: int) -> Trained:
    registry, out = outputs / "trained", outputs / "notebook.json"
    shutil.rmtree(registry, ignore_errors=True)
    try:
        if program == OURS:
            segment = str(Path(sys.executable).with_name("segment"))
            command = [segment, "fit", str(source), "--registry", str(registry), "--json"]
        else:
            notebook = [sys.executable, "-m", "benchmarks.training.notebook", str(source), str(out)]
            command = [*notebook, *NOTEBOOKS[program]]
        usage = measure(command, cores)
        if program == OURS:
            document = registry / "models" / "v1" / "model.json"
            sweep = json.loads(document.read_text(encoding="utf-8"))["sweep"]
        else:
            sweep = json.loads(out.read_text(encoding="utf-8"))
    finally:
        shutil.rmtree(registry, ignore_errors=True)
        out.unlink(missing_ok=True)
    return Trained(rows, program, usage, sweep)
