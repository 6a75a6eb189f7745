"""``python -m tests.stress.load``: drop many files, ask many questions, print what came of it."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest import mock

from infra.local import LocalStack
from segmentation_aws.store import S3Store
from tests.stress.load.api import PARAMETERS, by_locust, by_threads, locust, sustained
from tests.stress.load.storm import Storm, storm, to_stderr
from tests.stress.proof.figures import Figures
from tests.support.models import mall_model, registry_of

SUITES = ("uploads", "api")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; the exit code is 1 when something was lost, stale or wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress.load", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=", ".join(SUITES))
    parser.add_argument("--uploads", type=int, default=2_000, help="small files (2,000)")
    parser.add_argument("--bytes", type=float, default=1e9, help="of the large file (1e9)")
    parser.add_argument("--seconds", type=float, default=60, help="of questions to the API (60)")
    parser.add_argument("--patience", type=float, default=840, help="seconds for the queue (840)")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.suites) - set(SUITES):
        parser.error(f"got {', '.join(sorted(unknown))}, expected some of {', '.join(SUITES)}")
    plan = Storm(chosen.uploads, round(chosen.bytes), chosen.patience)
    drive = by_locust if locust() else by_threads
    works: dict[str, Callable[[LocalStack], Figures]] = {
        "uploads": lambda stack: storm(stack, plan, to_stderr),
        "api": lambda stack: sustained(stack, chosen.seconds, drive),
    }
    found = [_on_a_stack(works[name]) for name in (chosen.suites or SUITES)]
    for figures in found:
        for kind, told in figures.broken.items():
            for line in told[:20]:
                to_stderr(f"{figures.suite}: {kind}: {line}")
    if chosen.json:
        print(json.dumps({"suites": [figures.document() for figures in found]}))
    else:
        for figures in found:
            print(f"\n{figures.suite}")
            for name, count in figures.counts.items():
                print(f"  {name}: {count:,}")
            print("  " + ", ".join(f"{kind} {len(told)}" for kind, told in figures.broken.items()))
    return int(not all(figures.holds for figures in found))


def _on_a_stack(work: Callable[[LocalStack], Figures]) -> Figures:
    own = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
    with (
        mock.patch.dict(os.environ, own, clear=True),
        tempfile.TemporaryDirectory() as folder,
        LocalStack(folder=Path(folder), parameters=PARAMETERS) as stack,
    ):
        registry_of(mall_model(), store=S3Store(stack.client("s3"), stack.models_bucket))
        return work(stack)


if __name__ == "__main__":
    raise SystemExit(main())
