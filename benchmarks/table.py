"""The table for people, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.results import Result
from benchmarks.scoring.contenders import OURS

MEGA = 1e6
COLUMNS = (
    "section",
    "rows",
    "bad",
    "k",
    "cores",
    "program",
    "wall s",
    "CPU s",
    "memory MB",
    "output MB",
    "shared columns MB",
    "wall",
    "CPU",
    "memory",
)


def results_table(results: Sequence[Result]) -> str:
    """Give one line for each contender in each case.

    The last three columns divide by ours: 2.00 took twice as much as `segment score`.
    """
    ours = {result.case: result for result in results if result.contender == OURS}
    return markdown(COLUMNS, (_cells(one, ours.get(one.case)) for one in results))


def _cells(result: Result, ours: Result | None) -> list[str]:
    case = result.case
    return [
        case.section,
        f"{case.rows:,}",
        f"{case.bad:.0%}",
        str(case.k),
        str(case.cores),
        result.contender,
        f"{result.wall:.2f}",
        f"{result.cpu:.2f}",
        f"{result.memory / MEGA:.0f}",
        f"{result.output / MEGA:.1f}",
        f"{result.shared / MEGA:.1f}",
        *_ratios(result, ours),
    ]


def _ratios(result: Result, ours: Result | None) -> list[str]:
    if ours is None:
        return ["–"] * 3
    return [
        f"{one / other:.2f} ×"
        for one, other in (
            (result.wall, ours.wall),
            (result.cpu, ours.cpu),
            (result.memory, ours.memory),
        )
    ]


def markdown(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Give a table whose columns line up in plain text too; numbers stand to the right.

    Examples
    --------
    >>> print(markdown(["name", "s"], [["a", "1.5"], ["bc", "10.0"]]), end="")
    | name |    s |
    | ---- | ---: |
    | a    |  1.5 |
    | bc   | 10.0 |
    """
    rows = [list(line) for line in lines]
    widths = [max(3, *map(len, column)) for column in zip(header, *rows, strict=True)]
    right = [
        bool(rows) and all(_numeric(row[place]) for row in rows) for place in range(len(header))
    ]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(cells, widths, right, strict=True)
        )
        return f"| {' | '.join(padded)} |\n"

    rule = [
        "-" * (width - to_right) + ":" * to_right
        for width, to_right in zip(widths, right, strict=True)
    ]
    return line(header) + line(rule) + "".join(map(line, rows))


def _numeric(cell: str) -> bool:
    return cell[:1].isdigit() or cell == "–"
