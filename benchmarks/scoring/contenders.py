"""The programs that are measured, as command lines."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

OURS = "segment score"


@dataclass(frozen=True, slots=True)
class Peer:
    """One of `benchmarks.scoring.peers` at a level of compression."""

    name: str
    level: int = 1


PEERS = {
    "pandas + scikit-learn": Peer("pandas"),
    "DuckDB": Peer("duckdb"),
    "Polars": Peer("polars"),
    # As they come: for the size of their output, not for speed.
    "DuckDB, zstd 3": Peer("duckdb", 3),
    "Polars, zstd 3": Peer("polars", 3),
}

FASTEST = ("DuckDB", "Polars")
PANDAS = "pandas + scikit-learn"


@dataclass(frozen=True, slots=True)
class Task:
    """What one run of a contender is to do.

    Parameters
    ----------
    source, output
        The CSV file, and where the Parquet file goes.
    registry, version
        The model.
    cores
        How many processor cores there are for it.
    bad
        Whether the file has bad rows.
    bare
        Whether peers write only label and distance.
    """

    source: Path
    output: Path
    registry: Path
    version: str
    cores: int
    bad: bool
    bare: bool

    @property
    def written(self) -> tuple[Path, ...]:
        """Every file that a contender may leave behind."""
        return (
            self.output,
            self.output.with_suffix(".rejects.csv"),
            self.output.with_suffix(".json"),
        )


def command(contender: str, task: Task) -> list[str]:
    """Give the command line of a contender.

    Ours does all that the score function does: rejects with reasons, and the report.
    """
    if contender == OURS:
        output, rejects, report = map(str, task.written)
        return [
            str(Path(sys.executable).with_name("segment")),
            *("score", str(task.source), output, "--json"),
            *("--registry", str(task.registry), "--model", task.version),
            *("--rejects", rejects, "--report", report),
        ]
    peer = PEERS[contender]
    return [
        *(
            sys.executable,
            "-m",
            "benchmarks.scoring.peers",
            peer.name,
            str(task.source),
            str(task.output),
        ),
        *("--model", str(task.registry / "models" / task.version / "model.json")),
        *("--threads", str(task.cores), "--level", str(peer.level)),
        *(["--drop-bad"] if task.bad else []),
        *(["--bare"] if task.bare else []),
    ]
