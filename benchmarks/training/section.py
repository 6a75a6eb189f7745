"""The section ``train``: `segment fit` against the way of notebooks, as far as that gets.

A notebook runs KMeans for each k and takes the silhouette of all customers, whose cost grows with
the square of their number: 30,000 are what one has the patience for. Beyond that KMeans stands
alone, once with the 20 starts by which our inertia is judged and once, for ten million, with one.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from benchmarks.process import Usage, measure
from benchmarks.report import MEGA, Goal, Report, markdown
from benchmarks.scale import Scale
from benchmarks.scoring.files import generated

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
    sweep: list[dict[str, float]]

    def worst_inertia(self, other: Trained) -> float:
        """The largest ratio of this inertia to the other's, over all k."""
        pairs = zip(self.sweep, other.sweep, strict=True)
        return max(one["inertia"] / its["inertia"] for one, its in pairs)


def run(scale: Scale, folder: Path, machine: dict[str, object]) -> None:
    """Measure each program once, into ``train.md``.

    Raises
    ------
    MeasurementFailed
        A program ended with an error.
    """
    results = []
    for rows, programs in QUICK if scale.quick else CASES:
        source = generated(folder, rows)
        for program in programs:
            results.append(_trained(program, rows, source, scale.cores[-1]))
            took = results[-1].usage
            click.echo(
                f"train: {rows:,} rows: {program} {took.wall:.1f} s, {took.cpu:.1f} CPU-s, "
                f"{took.memory / MEGA:.0f} MB",
                err=True,
            )
    Report(
        f"Training, k = 1 to 9, whole processes on {scale.cores[-1]} cores, each once.",
        [table(results)],
        list(goals(results)),
        {"results": [asdict(one) for one in results]},
    ).write(folder, "train", machine)


def table(results: Sequence[Trained]) -> str:
    """One line for each run; ratios are to ours on the same rows."""
    ours = {one.rows: one for one in results if one.program == OURS}
    lines = []
    for one in results:
        mine, its = ours[one.rows].usage, one.usage
        lines.append(
            [
                *(f"{one.rows:,}", one.program, f"{its.wall:.1f}", f"{its.cpu:.1f}"),
                f"{its.memory / MEGA:.0f}",
                f"{its.wall / mine.wall:.2f} ×",
                f"{its.cpu / mine.cpu:.2f} ×",
                f"{its.memory / mine.memory:.2f} ×",
                f"{one.worst_inertia(ours[one.rows]):.6f}",
            ]
        )
    header = ("rows", "program", "wall s", "CPU s", "memory MB", "wall", "CPU", "memory")
    return markdown((*header, "largest inertia ÷ ours"), lines)


def goals(results: Sequence[Trained]) -> Iterator[Goal]:
    """What training promises, as far as these results can tell."""
    ours = {one.rows: one for one in results if one.program == OURS}
    if largest := ours.get(MOST_ROWS):
        usage = largest.usage
        yield Goal("seconds for 10 million rows", usage.wall, MOST_SECONDS)
        yield Goal("peak memory, MB, 10 million rows", usage.memory / MEGA, MOST_MEGABYTES)
    for one in results:
        if one.program == JUDGE:
            promise = f"inertia above that of 20 starts on all {one.rows:,} rows, per million"
            above = (ours[one.rows].worst_inertia(one) - 1) * 1e6
            yield Goal(promise, above, PER_MILLION_ABOVE)


def _trained(program: str, rows: int, source: Path, cores: int) -> Trained:
    with tempfile.TemporaryDirectory(dir=source.parent) as outputs:
        out = Path(outputs) / "notebook.json"
        if program == OURS:
            segment = str(Path(sys.executable).with_name("segment"))
            usage = measure([segment, "fit", str(source), "--registry", outputs, "--json"], cores)
            document = Path(outputs) / "models" / "v1" / "model.json"
            return Trained(rows, program, usage, json.loads(document.read_bytes())["sweep"])
        notebook = [sys.executable, "-m", "benchmarks.training.notebook", str(source), str(out)]
        usage = measure([*notebook, *NOTEBOOKS[program]], cores)
        return Trained(rows, program, usage, json.loads(out.read_bytes()))
