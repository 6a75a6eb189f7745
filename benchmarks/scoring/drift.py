"""``python -m benchmarks.scoring.drift``: what part of the engine's time the drift figures take.

Processor time of this process, everything in memory: without the requests to S3, of which an upload
makes a dozen, so the part of a real delivery is smaller.
"""

from __future__ import annotations

import io
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.scoring.data import write_customers
from benchmarks.scoring.models import mall_model
from engine.drift import DriftSample
from engine.report import scored_report
from engine.score import score_stream
from engine.sinks import ParquetSink
from segmentation.model import Model
from training.specs.files import load_spec

SIZES = (200, 2_000, 20_000, 200_000, 2_000_000)
ROUNDS = 7
ALLOWED = 0.03


class Nowhere:
    """Takes bytes and keeps none."""

    def write(self, data: bytes) -> int:
        """Take some."""
        return len(data)


@contextmanager
def counted() -> Iterator[list[float]]:
    """Add up the processor seconds that are spent on drift."""
    spent = [0.0]

    def timed(method: Any) -> Any:
        def call(*arguments: Any) -> Any:
            begun = time.thread_time()
            result = method(*arguments)
            spent[0] += time.thread_time() - begun
            return result

        return call

    with (
        mock.patch.object(DriftSample, "add", timed(DriftSample.add)),
        mock.patch.object(DriftSample, "report", timed(DriftSample.report)),
    ):
        yield spent


def part_of_time(data: bytes, model: Model, rounds: int = ROUNDS) -> float:
    """Give the part of the engine's processor time that goes into drift: the median of rounds."""
    parts = []
    for _ in range(rounds):
        with counted() as spent:
            begun = time.process_time()
            scored = score_stream(io.BytesIO(data), model, ParquetSink(Nowhere()), io.BytesIO())
            scored_report(scored, len(data), 0.0)
            parts.append(spent[0] / (time.process_time() - begun))
    return statistics.median(parts)


def main() -> int:
    """Measure and print a table; 1 where it is more than allowed."""
    model, kept = mall_model(load_spec("mall_customers"), 6), True
    print("|      rows | drift, part of the time |\n|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for rows in SIZES:
            file = Path(folder) / "customers.csv"
            write_customers(file, rows, 0.0, extra=True)
            part = part_of_time(file.read_bytes(), model)
            kept &= part <= ALLOWED
            print(f"| {rows:>9,} | {part:.2%} |")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
