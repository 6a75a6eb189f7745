"""``python -m benchmarks``: `segment score` and `fit` beside what else there is; both in Lambda."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import click

from benchmarks.functions import section as functions
from benchmarks.process import MeasurementFailed, available_cores
from benchmarks.scale import Scale
from benchmarks.scoring import section as scoring
from benchmarks.scoring.cases import SECTIONS, VERSIONS
from benchmarks.training import section as training

LIBRARIES = ("numpy", "pyarrow", "pandas", "scikit-learn", "duckdb", "polars")
BUSY = 0.5
"""Load of the machine over the last minute from which others disturb the measurement."""


@click.command(
    help=f"""Measure, print tables and write them to a folder.

    SECTION: {", ".join(SECTIONS)} (all of these if none is named); with packages built for Lambda,
    {", ".join(functions.SECTIONS)}; and {training.NAME}."""
)
@click.argument(
    "sections",
    nargs=-1,
    metavar="[SECTION]...",
    type=click.Choice([*SECTIONS, *functions.SECTIONS, training.NAME]),
)
@click.option("--rows", default=10_000_000, show_default=True)
@click.option(
    "--sizes", multiple=True, default=[1_000_000, 10_000_000, 50_000_000], show_default=True
)
@click.option("--rounds", default=3, show_default=True)
@click.option("--k", multiple=True, default=[*VERSIONS], type=click.Choice([*VERSIONS]))
@click.option("--cores", multiple=True, default=[1, 2], show_default=True)
@click.option("--quick", is_flag=True, help="1 million rows, one round; a few starts.")
@click.option("--folder", default="build/bench", show_default=True, type=click.Path(path_type=Path))
def main(
    sections: Sequence[str],
    rows: int,
    sizes: Sequence[int],
    rounds: int,
    k: Sequence[int],
    cores: Sequence[int],
    quick: bool,
    folder: Path,
) -> None:
    """Measure the sections, group after group."""
    if not hasattr(os, "sched_setaffinity"):
        raise click.ClickException(f"got {platform.system()}, expected Linux: it binds to cores")
    cores = sorted({min(number, len(available_cores())) for number in cores})
    scale = Scale(rows, sizes, k, cores, rounds)
    if quick:
        scale = Scale(1_000_000, [1_000_000, 2_000_000], k, cores, rounds=1, quick=True)
    load = os.getloadavg()[0]
    if load > BUSY:
        click.echo(f"the machine is busy (load {load:.1f}): judge by CPU seconds", err=True)
    machine = {**describe_machine(), "load before": round(load, 2)}
    try:
        if chosen := [name for name in sections if name in functions.SECTIONS]:
            functions.run(chosen, scale, folder, machine)
        if training.NAME in sections:
            training.run(scale, folder, machine)
        if chosen := [name for name in sections or SECTIONS if name in SECTIONS]:
            scoring.run(chosen, scale, folder, machine)
    except MeasurementFailed as exc:
        raise click.ClickException(str(exc)) from exc


def describe_machine() -> dict[str, object]:
    """What measures: processor, system and versions."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    return {
        "processor": names[0] if names else platform.machine(),
        "cores": len(available_cores()),
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
