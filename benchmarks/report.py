"""What was measured: tables for people, JSON for programs, and whether promises are kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

MEGA = 1e6


@dataclass(frozen=True, slots=True)
class Goal:
    """One promise, with the worst that was measured for it.

    Parameters
    ----------
    promise
        For people.
    found
        The worst value.
    bound
        What it is held against.
    at_most
        Whether `found` may be at most `bound`, else at least.
    """

    promise: str
    found: float
    bound: float
    at_most: bool = True

    @property
    def kept(self) -> bool:
        """Whether the promise is kept."""
        return self.found <= self.bound if self.at_most else self.found >= self.bound


@dataclass(frozen=True, slots=True)
class Report:
    """What a run measured.

    Parameters
    ----------
    heading
        How it was measured.
    tables
        In Markdown.
    goals
        The promises that it can tell about.
    data
        All of it, for JSON.
    """

    heading: str
    tables: Sequence[str]
    goals: Sequence[Goal]
    data: dict[str, object]

    def write(self, folder: Path, name: str, machine: dict[str, object]) -> None:
        """Print the tables, and write them and the data to files of this name."""
        listed = ", ".join(f"{what} {value}" for what, value in machine.items())
        parts = [*self.tables, *([goals_table(self.goals)] if self.goals else [])]
        text = f"{self.heading}\n{listed}.\n\n" + "\n".join(parts)
        goals = [{**asdict(goal), "kept": goal.kept} for goal in self.goals]
        document = {"machine": machine, **self.data, "goals": goals}
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
        (folder / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n", "utf-8")
        print(text, end="")


def goals_table(goals: Iterable[Goal]) -> str:
    """One line for each promise."""
    return markdown(
        ("promise", "worst found", "bound", "kept"),
        (
            [
                goal.promise,
                f"{goal.found:.2f}",
                f"{'≤' if goal.at_most else '≥'} {goal.bound:g}",
                "yes" if goal.kept else "NO",
            ]
            for goal in goals
        ),
    )


def markdown(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table whose columns line up in plain text too; numbers stand to the right.

    Examples
    --------
    >>> print(markdown(["name", "s"], [["a", "1.5"], ["bc", "10.0"]]), end="")
    | name |    s |
    | ---- | ---: |
    | a    |  1.5 |
    | bc   | 10.0 |
    """
    columns = []
    for title, *cells in zip(header, *lines, strict=True):
        width = max(3, *map(len, (title, *cells)))
        right = bool(cells) and all(cell[:1].isdigit() or cell == "–" for cell in cells)
        rule = "-" * (width - 1) + ":" if right else "-" * width
        pad = str.rjust if right else str.ljust
        columns.append([pad(cell, width) for cell in (title, rule, *cells)])
    return "".join(f"| {' | '.join(row)} |\n" for row in zip(*columns, strict=True))
