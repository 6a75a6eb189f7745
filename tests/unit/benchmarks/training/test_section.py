"""The section of the benchmarks on training: what its table and promises say."""

from __future__ import annotations

from benchmarks.process import Usage
from benchmarks.training.section import JUDGE, OURS, Trained, goals, table


def trained(rows: int, program: str, wall: float, megabytes: int, inertia: float) -> Trained:
    usage = Usage(wall, 2 * wall, megabytes * 1_000_000)
    return Trained(rows, program, usage, [{"k": 1, "inertia": 9.0}, {"k": 2, "inertia": inertia}])


def test_time_memory_and_inertia_are_held_against_their_bounds() -> None:
    results = [
        trained(1_000_000, OURS, 10, 400, 5.001),
        trained(1_000_000, JUDGE, 40, 800, 5.0),
        trained(10_000_000, OURS, 179, 2_001, 5.0),
    ]

    found = {goal.promise: goal for goal in goals(results)}

    assert [(round(goal.found), goal.bound, goal.kept) for goal in found.values()] == [
        (179, 180, True),
        (2_001, 2_000, False),
        (200, 100, False),
    ]


def test_ratios_divide_by_ours_on_the_same_rows() -> None:
    text = table([trained(1_000, OURS, 10, 400, 5.0), trained(1_000, JUDGE, 40, 200, 5.5)])

    last = [cell.strip() for cell in text.splitlines()[-1].split("|")[1:-1]]
    assert last == ["1,000", JUDGE, "40.0", "80.0", "200", "4.00 ×", "4.00 ×", "0.50 ×", "1.100000"]
