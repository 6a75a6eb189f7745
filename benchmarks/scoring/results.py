"""What was measured of one contender in one case, and the table of all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.process import Usage
from benchmarks.report import MEGA, markdown
from benchmarks.scoring.cases import OURS, Case

ADDED = frozenset({"segment_name", "margin", "outlier", "model_version"})
"""Columns that only the score function writes."""

COLUMNS = (
    *("section", "rows", "bad", "k", "cores", "program", "wall s", "CPU s"),
    *("memory MB", "output MB", "shared columns MB", "wall", "CPU", "memory"),
)


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


def results_table(results: Sequence[Result]) -> str:
    """One line for each contender in each case.

    The last three columns divide by ours: 2.00 took twice as much as `segment score`.
    """
    ours = {result.case: result for result in results if result.contender == OURS}
    return markdown(COLUMNS, (_cells(one, ours.get(one.case)) for one in results))


def _cells(result: Result, ours: Result | None) -> list[str]:
    case = result.case
    ratios = [
        f"{getattr(result, name) / getattr(ours, name):.2f} ×" if ours else "–"
        for name in ("wall", "cpu", "memory")
    ]
    return [
        *(case.section, f"{case.rows:,}", f"{case.bad:.0%}", str(case.k), str(case.cores)),
        *(result.contender, f"{result.wall:.2f}", f"{result.cpu:.2f}"),
        f"{result.memory / MEGA:.0f}",
        f"{result.output / MEGA:.1f}",
        f"{result.shared / MEGA:.1f}",
        *ratios,
    ]
