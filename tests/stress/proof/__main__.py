"""``python -m tests.stress.proof``: try all that could lose an upload, and print what was tried.

Runs the suites one after another, each in a process of its own, and adds up what they counted:
every schedule of deliveries, faults at every call, load, and hostile input.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.stress.proof.figures import Kind

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "build" / "prove"
FAULTS = "tests/stress/proof/test_faults.py"
TRIED = {
    "faults": "faults injected",
    "interleavings": "interleavings tried",
    "uploads": "uploads",
    "rows": "rows",
    "requests": "requests to the API",
    "inputs": "hostile inputs",
}
"""What suites count, and how people call it."""

Suites = list[dict[str, Any]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all; the exit code is 1 when something was lost, stale, wrong, or not tried."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress.proof", description=__doc__)
    parser.add_argument("--uploads", type=int, default=2_000, help="small files (2,000)")
    parser.add_argument("--bytes", type=float, default=1e9, help="of a large file (1e9)")
    parser.add_argument("--seconds", type=float, default=60, help="of questions to the API (60)")
    parser.add_argument("--fuzz", type=float, default=15, help="seconds for each target (15)")
    parser.add_argument(
        "--quick", action="store_true", help="without the slow schedules and faults"
    )
    parser.add_argument("-k", help="of schedules and faults only these, as pytest's -k")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    chosen = parser.parse_args(arguments)
    FOLDER.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    suites = [*_proofs(chosen), *_load(chosen), *_fuzz(chosen.fuzz)]
    document = summary(suites, time.monotonic() - begun)
    (FOLDER / "prove.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    (FOLDER / "prove.md").write_text(markdown(document), encoding="utf-8")
    if chosen.json:
        print(json.dumps(document))
    else:
        _print(document)
    return int(bool(broken(document)))


def _proofs(chosen: argparse.Namespace) -> Suites:
    """Walk schedules and inject faults: each takes one processor, so both at once."""
    print(f"\n=== every schedule, and a fault at every call: {FOLDER}/*.log", file=sys.stderr)
    parts = {"schedules": ["tests/stress/proof", f"--ignore={FAULTS}"], "faults": [FAULTS]}
    options = [
        *(["-m", "not slow"] if chosen.quick else []),
        *(["-k", chosen.k] if chosen.k else []),
    ]
    running = {name: _pytest(name, [*what, *options]) for name, what in parts.items()}
    return [suite for name, process in running.items() for suite in _ended(name, process)]


def _pytest(name: str, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    figures = FOLDER / f"{name}.json"
    figures.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--figures={figures}"]
    with (FOLDER / f"{name}.log").open("wb") as log:
        return subprocess.Popen([*command, *arguments], cwd=ROOT, stdout=log, stderr=log)


def _ended(name: str, process: subprocess.Popen[bytes]) -> Suites:
    code, figures = process.wait(), FOLDER / f"{name}.json"
    suites: Suites = []
    if figures.exists():
        suites = json.loads(figures.read_text(encoding="utf-8"))["suites"]
    if code not in (0, 1) or not suites:  # 1: a test failed, which its figures tell
        suites.append(_crashed(name, code))
    return suites


def _load(chosen: argparse.Namespace) -> Suites:
    options = [f"--uploads={chosen.uploads}", f"--bytes={chosen.bytes}"]
    command = ["-m", "tests.stress.load", "--json", *options, f"--seconds={chosen.seconds}"]
    return _told("load", command)


def _fuzz(seconds: float) -> Suites:
    told = _told("fuzz", ["-m", "tests.stress.fuzz", "--json", f"--seconds={seconds}"], "targets")
    return [_of_a_target(one) if "target" in one else one for one in told]


def _of_a_target(target: dict[str, Any]) -> dict[str, Any]:
    return {
        "suite": f"fuzz: {target['target']}",
        "counts": {"inputs": target["inputs"]},
        **dict.fromkeys(Kind, 0),
        "wrong": target["wrong"],
        "broken": ["a promise of its target"] * target["wrong"],
        "seconds": target["seconds"],
    }


def _run(what: str, command: Sequence[str], stdout: Any = sys.stderr) -> int:
    print(f"\n=== {what}", file=sys.stderr, flush=True)
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, stdout=stdout, check=False
    ).returncode


def _told(what: str, command: Sequence[str], member: str = "suites") -> Suites:
    """Run a suite that prints one JSON object."""
    path = FOLDER / f"{what}.json"
    with path.open("wb") as file:
        done = _run(what, command, file)
    try:
        suites: Suites = json.loads(path.read_text(encoding="utf-8"))[member]
    except ValueError:
        return [_crashed(what, done)]
    return suites


def _crashed(what: str, code: int) -> dict[str, Any]:
    told = {"broken": [f"it ended with exit code {code} and no figures"], "seconds": 0.0}
    return {"suite": what, "counts": {}, **dict.fromkeys(Kind, 0), "wrong": 1, **told}


def summary(suites: Suites, seconds: float) -> dict[str, Any]:
    """Add up what suites counted, as they did, and what broke the promise."""
    counts: Counter[str] = Counter()
    for suite in suites:
        counts.update(suite["counts"])
    return {
        "tried": {told: counts[name] for name, told in TRIED.items()},
        **{kind.value: sum(suite[kind] for suite in suites) for kind in Kind},
        "skipped": counts["skipped"],
        "minutes": round(seconds / 60, 1),
        "suites": suites,
    }


def broken(document: dict[str, Any]) -> list[str]:
    """Tell what keeps the proof from being one."""
    told = [f"{one['suite']}: {line}" for one in document["suites"] for line in one["broken"]]
    told += [f"{what}: none" for what, count in document["tried"].items() if not count]
    if document["skipped"]:
        told.append(f"{document['skipped']} tests skipped: is SeaweedFS installed? `make prove`")
    return told


def _by(document: dict[str, Any], told: str) -> Iterator[str]:
    """Say which suites counted how many of something."""
    (name,) = (one for one, other in TRIED.items() if other == told)
    for suite in document["suites"]:
        if count := suite["counts"].get(name):
            yield f"{suite['suite']} {count:,}"


def _rows(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for told, count in document["tried"].items():
        by = list(_by(document, told))
        yield told, f"{count:,}", ", ".join(by) if len(by) > 1 else ""
    for kind in Kind:
        yield kind.value, f"{document[kind]:,}", ""
    yield "minutes", f"{document['minutes']:,}", ""


def markdown(document: dict[str, Any]) -> str:
    """Write the table, and everything that each suite counted."""
    lines = ["| tried | count | by |", "|---|---:|---|"]
    lines += [f"| {told} | {count} | {by} |" for told, count, by in _rows(document)]
    lines += [
        "",
        "| suite | counted | lost | stale | wrong | seconds |",
        "|---|---|---|---|---|---|",
    ]
    for suite in document["suites"]:
        counted = ", ".join(f"{name} {count:,}" for name, count in suite["counts"].items() if count)
        kinds = " | ".join(str(suite[kind]) for kind in Kind)
        lines.append(f"| {suite['suite']} | {counted} | {kinds} | {suite['seconds']} |")
    lines += ["", *(f"- {line}" for line in broken(document))]
    return "\n".join(lines).rstrip() + "\n"


def _print(document: dict[str, Any]) -> None:
    console = Console()
    table = Table("Tried")
    table.add_column("Count", justify="right", no_wrap=True)
    table.add_column("By")
    for row in _rows(document):
        table.add_row(*row)
    console.print(table)
    for line in broken(document)[:40]:
        console.print(line, style="red", markup=False)
    console.print(f"All figures: {FOLDER.relative_to(ROOT) / 'prove.md'} and prove.json")


if __name__ == "__main__":
    raise SystemExit(main())
