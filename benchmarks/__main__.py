"""``python -m benchmarks``: `segment score` and `fit` beside what else there is; both in Lambda."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from benchmarks.functions import sections as lambda_sections
from benchmarks.functions.artefacts import NoArtefacts
from benchmarks.functions.cold import WrongAnswer
from benchmarks.goals import goals, goals_table
from benchmarks.process import ProgramFailed, available_cores
from benchmarks.results import Result
from benchmarks.scoring.cases import ONCE, SECTIONS, VERSIONS, Choice
from benchmarks.scoring.runner import Bench, WrongLabels
from benchmarks.table import results_table
from benchmarks.training import training

LIBRARIES = ("numpy", "pyarrow", "pandas", "scikit-learn", "duckdb", "polars")
ALL_SECTIONS = (*SECTIONS, *lambda_sections.SECTIONS, training.NAME)
LISTED = (
    f"{', '.join(SECTIONS)} (all of these if none is named); with packages built for Lambda, "
    f"{', '.join(lambda_sections.SECTIONS)}; and {training.NAME}"
)
BUSY = 0.5
"""Load of the machine over the last minute from which others disturb the measurement."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table and write it to ``build/bench``."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.sections if name not in ALL_SECTIONS]
    if unknown:
        parser.error(f"got section {unknown[0]}, expected {', '.join(ALL_SECTIONS)}")
    if not hasattr(os, "sched_setaffinity"):
        parser.error(f"got {platform.system()}, expected Linux: programs are bound to cores")
    cores = sorted({min(number, len(available_cores())) for number in chosen.cores})
    if chosen.quick:
        chosen.rows, chosen.rounds, chosen.sizes = 1_000_000, 1, [1_000_000, 2_000_000]
    choice = Choice(chosen.rows, chosen.sizes, chosen.k, cores)
    lambdas = [name for name in chosen.sections if name in lambda_sections.SECTIONS]
    others = [name for name in chosen.sections or SECTIONS if name in SECTIONS]
    cases = chain.from_iterable(SECTIONS[name](choice) for name in others)
    load = os.getloadavg()[0]
    if load > BUSY:
        _tell(f"the machine is busy (load {load:.1f}): judge by CPU seconds")
    machine = {**describe_machine(), "load before": round(load, 2)}
    bench, failure = Bench(chosen.folder, _tell), None
    try:
        if lambdas:
            print(lambda_sections.run(lambdas, chosen.folder, machine, chosen.quick, _tell), end="")
        if training.NAME in chosen.sections:
            text = training.run(chosen.folder, machine, cores[-1], quick=chosen.quick, tell=_tell)
            print(text, end="")
        if others:
            bench.run(list(cases), chosen.rounds)
    except (NoArtefacts, ProgramFailed, WrongAnswer, WrongLabels) as exc:
        failure = str(exc)
    except KeyboardInterrupt:
        failure = "interrupted"
    if bench.results:
        text = markdown(bench.results, machine, chosen.rounds)
        (chosen.folder / "bench.md").write_text(text, encoding="utf-8")
        (chosen.folder / "bench.json").write_text(to_json(bench.results, machine), encoding="utf-8")
        print(text, end="")
    if failure is not None:
        print(f"bench: {failure}", file=sys.stderr)
    return 0 if failure is None else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=LISTED)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000_000, 10_000_000, 50_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--k", type=int, nargs="+", default=list(VERSIONS), choices=list(VERSIONS))
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    parser.add_argument(
        "--quick", action="store_true", help="1 million rows, one round; a few starts"
    )
    parser.add_argument("--folder", type=Path, default=Path("build/bench"))
    return parser


def describe_machine() -> dict[str, object]:
    """Tell what measures: processor, system and versions."""
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


def markdown(results: Sequence[Result], machine: dict[str, object], rounds: int) -> str:
    """Give all of it for people."""
    listed = ", ".join(f"{name} {value}" for name, value in machine.items())
    return (
        f"Whole processes; medians, over rounds: {rounds} ({' and '.join(ONCE)}: 1). {listed}.\n"
        "The last three columns divide by `segment score`: 2.00 × took twice as much.\n\n"
        f"{results_table(results)}\n{goals_table(list(goals(results)))}"
    )


def to_json(results: Sequence[Result], machine: dict[str, object]) -> str:
    """Give all of it for programs, with every run."""
    document = {
        "machine": machine,
        "results": [dataclasses.asdict(one) for one in results],
        "goals": [{**dataclasses.asdict(goal), "kept": goal.kept} for goal in goals(results)],
    }
    return json.dumps(document, indent=2) + "\n"


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
