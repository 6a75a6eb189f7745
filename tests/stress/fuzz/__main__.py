"""``python -m tests.stress.fuzz``: fuzz every target for a while and print what was tried."""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tests.stress.fuzz.runner import Fuzzed, fuzz
from tests.stress.fuzz.targets import TARGETS


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz; the exit code is 1 when something came out that was not promised."""
    names = [target.name for target in TARGETS]
    parser = argparse.ArgumentParser(prog="python -m tests.stress.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(names))
    parser.add_argument("--seconds", type=float, default=30, help="for each target (30)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="to repeat a run")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.targets) - set(names):
        parser.error(f"got {', '.join(sorted(unknown))}, expected some of {', '.join(names)}")
    print(f"seed {chosen.seed}", file=sys.stderr)
    results = [
        fuzz(target, chosen.seconds, chosen.seed)
        for target in TARGETS
        if target.name in (chosen.targets or names)
    ]
    for result in results:
        if result.wrong:
            print(f"\n{result.target}: not as promised", file=sys.stderr)
            traceback.print_exception(result.wrong)
    if chosen.json:
        print(json.dumps({"seed": chosen.seed, "targets": [_described(one) for one in results]}))
    else:
        Console().print(_table(results))
    return int(any(result.wrong for result in results))


def _described(result: Fuzzed) -> dict[str, object]:
    happened = dict(result.happened)
    return {
        "target": result.target,
        "inputs": happened.pop("inputs", 0),
        "happened": happened,
        "seconds": round(result.seconds, 1),
        "wrong": int(result.wrong is not None),
    }


def _table(results: Sequence[Fuzzed]) -> Table:
    table = Table("Hostile input")
    for heading in ("Inputs", "Wrong", "Seconds"):
        table.add_column(heading, justify="right")
    table.add_column("What happened")
    for result in results:
        happened = [
            f"{count:,} {what}"
            for what, count in sorted(result.happened.items(), key=lambda one: -one[1])
            if what != "inputs"
        ]
        table.add_row(
            result.target,
            f"{result.happened['inputs']:,}",
            str(int(result.wrong is not None)),
            f"{result.seconds:.0f}",
            ", ".join(happened),
        )
    return table


if __name__ == "__main__":
    raise SystemExit(main())
