"""The programs that are measured, as command lines."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.scoring.cases import FASTEST, OURS, PANDAS, VERSIONS, ZSTD_3, Case

PEERS = {
    PANDAS: ("pandas", 1),
    **dict(zip(FASTEST, (("duckdb", 1), ("polars", 1)), strict=True)),
    **dict(zip(ZSTD_3, (("duckdb", 3), ("polars", 3)), strict=True)),
}
"""Names in `benchmarks.scoring.peers`, and levels of compression."""


def command(contender: str, case: Case, source: Path, output: Path, registry: Path) -> list[str]:
    """The command line of a contender, which labels `source` into the Parquet file `output`.

    Ours does all that the score function does: rejects with reasons, and the report.
    """
    version = VERSIONS[case.k]
    if contender == OURS:
        return [
            str(Path(sys.executable).with_name("segment")),
            *("score", str(source), str(output), "--json"),
            *("--registry", str(registry), "--model", version),
            *("--rejects", str(output.with_suffix(".rejects.csv"))),
            *("--report", str(output.with_suffix(".json"))),
        ]
    peer, level = PEERS[contender]
    return [
        *(sys.executable, "-m", "benchmarks.scoring.peers", peer, str(source), str(output)),
        *("--model", str(registry / "models" / version / "model.json")),
        *("--threads", str(case.cores), "--level", str(level)),
        *(["--drop-bad"] if case.bad else []),
    ]
