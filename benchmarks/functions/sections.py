"""The sections that measure both functions as Lambda runs them: packages in AWS's emulator."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

from benchmarks.functions import cold, cost, warm
from benchmarks.functions.serverless import World, world
from benchmarks.goals import Goal, goals_table

SECTIONS = ("cold", "warm", "cost")
STARTS, ROWS, ROUNDS, REQUESTS = 15, 2_000_000, 3, 300

Found = tuple[str, list[Goal], object]
"""Tables for people, promises, and all that was measured."""


def run(
    names: list[str],
    folder: Path,
    machine: dict[str, object],
    quick: bool,
    tell: Callable[[str], None],
) -> str:
    """Measure the sections; give the text, which is also in ``bench-lambda.md``.

    Raises
    ------
    benchmarks.functions.artefacts.NoArtefacts, benchmarks.functions.cold.WrongAnswer
        Nothing can be measured, or what was is not what should be.
    """
    measures: dict[str, Callable[[World, bool, Callable[[str], None]], Found]] = {
        "cold": _cold,
        "warm": _warm,
        "cost": _cost,
    }
    with world(folder / "lambda", tell) as here:
        found = {name: measures[name](here, quick, tell) for name in names}
    listed = ", ".join(f"{name} {value}" for name, value in machine.items())
    goals = [goal for _, promised, _ in found.values() for goal in promised]
    text = f"{listed}.\n\n" + "\n".join(table for table, _, _ in found.values())
    text += f"\n{goals_table(goals)}" if goals else ""
    (folder / "bench-lambda.md").write_text(text, encoding="utf-8")
    measured = {"machine": machine, **{name: data for name, (_, _, data) in found.items()}}
    document = json.dumps(measured, indent=2) + "\n"
    (folder / "bench-lambda.json").write_text(document, encoding="utf-8")
    return text


def _cold(here: World, quick: bool, tell: Callable[[str], None]) -> Found:
    found = cold.measure(here, 3 if quick else STARTS, tell)
    data = {one.name: [dataclasses.asdict(start) for start in one.starts] for one in found}
    return cold.table(found), list(cold.goals(found)), data


def _warm(here: World, quick: bool, tell: Callable[[str], None]) -> Found:
    found = warm.measure(here, 2 if quick else 10, tell)
    return warm.table(found), list(warm.goals(found)), [dataclasses.asdict(one) for one in found]


def _cost(here: World, quick: bool, tell: Callable[[str], None]) -> Found:
    rows = ROWS // 4 if quick else ROWS
    score = cost.measure_score(here, rows, 1 if quick else ROUNDS, tell)
    predict = cost.measure_predict(here, 50 if quick else REQUESTS, tell)
    text = f"{cost.score_table(score, rows)}\n{cost.predict_table(predict)}"
    return text, [], [dataclasses.asdict(one) for one in (*score, *predict)]
