"""What was measured of one contender in one case, and the files that hold all of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

from benchmarks.process import Usage
from benchmarks.scoring.cases import Case

ADDED = frozenset({"segment_name", "margin", "outlier", "model_version"})
"""Columns that only the score function writes."""


@dataclass
class Result:
    """The runs of one contender in one case.

    Parameters
    ----------
    case, contender
        What ran.
    runs
        One for each round.
    output
        Bytes of its Parquet file.
    columns
        Bytes of each column in it.
    """

    case: Case
    contender: str
    runs: list[Usage] = field(default_factory=list)
    output: int = 0
    columns: dict[str, int] = field(default_factory=dict)

    @property
    def wall(self) -> float:
        """Median seconds from start to end."""
        return median(run.wall for run in self.runs)

    @property
    def cpu(self) -> float:
        """Median processor seconds."""
        return median(run.cpu for run in self.runs)

    @property
    def memory(self) -> int:
        """Peak memory in bytes, the highest of the rounds."""
        return max(run.memory for run in self.runs)

    @property
    def shared(self) -> int:
        """Bytes of the columns that every contender writes."""
        return sum(size for name, size in self.columns.items() if name not in ADDED)
