"""A year of a marketing team, on customers of whom the truth is known.

Five kinds of customers, of which everybody knows which one is. A first model finds them. Each month
brings other customers of these kinds, who earn more and grow older; the ids of the segments stay
what they were, so that what callers know stays true. Then a month goes wrong: what would break
callers is refused, and what was forced is rolled back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import adjusted_rand_score

from tests.support.cli import segment

MONTHS = 10
ROWS = 500
HEADER = "CustomerID,Gender,Age,Annual Income (k$),Spending Score (1-100),Kind"

KINDS = {
    # age, income, spending score: mean and deviation of each, and the part of all customers
    "keen": ((25, 4), (26, 5), (78, 7), 0.15),
    "careful": ((45, 7), (27, 5), (21, 7), 0.16),
    "middle": ((43, 7), (55, 6), (50, 6), 0.28),
    "premium": ((33, 5), (88, 7), (81, 7), 0.22),
    "thrifty": ((41, 7), (87, 7), (17, 7), 0.19),
}

QUICK = ("--starts", 20, "--gap-references", 3, "--bootstraps", 10)


@dataclass(frozen=True)
class Team:
    """The registry that the team works on."""

    folder: Path

    @property
    def registry(self) -> Path:
        return self.folder / "registry"

    def customers(self, month: int) -> Path:
        """Write the customers of a month, each with the kind that it is."""
        chance = np.random.default_rng((2026, month))
        shares = np.array([kind[3] for kind in KINDS.values()])
        # From the first month to the last a kind grows or shrinks by up to a fifth.
        shares *= 1 + np.array([0.2, -0.2, -0.1, 0.1, 0.0]) * month / MONTHS
        kinds = chance.choice(list(KINDS), ROWS, p=shares / shares.sum())
        lines = [HEADER]
        for number, kind in enumerate(kinds):
            (age, ages), (income, incomes), (score, scores), _ = KINDS[kind]
            numbers = (
                np.clip(chance.normal(age + month / 12, ages), 18, 100),
                np.maximum(chance.normal(income * 1.01**month, incomes), 5),  # 1 % more each month
                np.clip(chance.normal(score + 0.3 * month, scores), 1, 100),
            )
            gender = chance.choice(["Female", "Male"])
            values = ",".join(f"{one:.1f}" for one in numbers)
            lines.append(f"{month:02}{number:05},{gender},{values},{kind}")
        path = self.folder / f"month {month}.csv"
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")
        return path

    def fit(self, data: Path, *options: object) -> dict[str, object]:
        outcome = segment("fit", data, "--registry", self.registry, *QUICK, *options, "--json")
        assert outcome.code == 0, outcome.err
        told: dict[str, object] = outcome.json
        return told

    def kinds(self, data: Path) -> tuple[dict[int, str], float]:
        """Score customers: which kind is each segment mostly, and how true is the whole (ARI)?"""
        labelled = self.folder / "labelled.parquet"
        outcome = segment("score", data, labelled, "--registry", self.registry)
        assert outcome.code == 0, outcome.err
        table = pq.read_table(labelled, columns=["segment", "Kind"])
        ids, truth = table["segment"].to_pylist(), table["Kind"].to_pylist()
        mostly = {}
        for one in sorted(set(ids)):
            own = [kind for kind, at in zip(truth, ids, strict=True) if at == one]
            mostly[one] = max(KINDS, key=own.count)
        return mostly, float(adjusted_rand_score(truth, ids))

    def models(self, *args: object) -> object:
        return segment("models", *args, "--registry", self.registry, "--json").json


@pytest.mark.slow
def test_a_year_of_a_marketing_team(tmp_path: Path) -> None:
    team = Team(tmp_path)

    # The first model finds the truth: five kinds of customers.
    first = team.fit(team.customers(0), "--promote")
    assert first["k"] == len(KINDS)
    mostly, truth = team.kinds(team.customers(0))
    assert sorted(mostly.values()) == sorted(KINDS)
    assert truth > 0.9

    # A person finds better words for one of them; they serve, and no retrain loses them.
    keen = next(number for number, kind in mostly.items() if kind == "keen")
    named = team.models("name", "v1", keen, "Rising stars", "--advice", "Invite them")
    assert isinstance(named, dict)
    team.models("promote", named["version"], "--by", "ada", "--why", "the team's own words")
    names = {one["id"]: one["name"] for one in team.models("show")["segments"]}  # type: ignore[index]

    # Ten months of other customers, who drift: the same ids, names and kinds all along.
    for month in range(1, MONTHS + 1):
        data = team.customers(month)
        told = team.fit(data, "--promote", "--seed", month)
        assert told["promoted"]
        segments: list[dict[str, object]] = told["segments"]  # type: ignore[assignment]
        assert {one["id"]: one["name"] for one in segments} == names, f"month {month}"
        found, truth = team.kinds(data)
        assert found == mostly, f"month {month}"
        assert truth > 0.9
    serving = team.models("show")["version"]  # type: ignore[index]
    advice = {one["id"]: one["advice"] for one in team.models("show")["segments"]}  # type: ignore[index]
    assert advice[keen] == "Invite them"

    # A bad month: somebody exports dollars instead of thousands of dollars.
    good = team.customers(MONTHS)
    rows = [line.split(",") for line in good.read_text(encoding="utf-8").splitlines()]
    for row in rows[1:]:
        row[3] = str(float(row[3]) * 1000)
    bad = tmp_path / "bad.csv"
    bad.write_text("\n".join(",".join(row) for row in [*rows, []]), encoding="utf-8")
    refused = segment("fit", bad, "--registry", team.registry, *QUICK, "--promote", "--json")
    assert refused.code == 1
    assert "was not promoted: segment ids that callers know are gone" in refused.err
    assert json.loads(refused.out)["promoted"] is False
    assert team.models("show")["version"] == serving  # type: ignore[index]
    assert team.kinds(good)[0] == mostly

    # So is a model with fewer segments; and whoever forces one can take it back.
    fewer = team.fit(good, "--k", 3)
    compared = team.models("compare", serving, fewer["version"], "--data", good)
    assert isinstance(compared, dict)
    assert not compared["passes_gate"]
    assert compared["migration"]["stayed"] < ROWS
    refusal = segment("models", "promote", fewer["version"], "--registry", team.registry).refusal
    assert f"(k = 3, {serving} has k = 5)" in refusal
    team.models("promote", fewer["version"], "--force", "--by", "bob", "--why", "I am sure")
    assert len(team.kinds(good)[0]) == 3

    team.models("rollback", "--by", "ada", "--why", "campaigns went to the wrong people")

    assert team.kinds(good)[0] == mostly
    history = team.models("history")["history"]  # type: ignore[index]
    assert len(history) == 2 + MONTHS + 2
    assert [(one["action"], one["by"], one["why"]) for one in history[-2:]] == [
        ("promote", "bob", "I am sure"),
        ("rollback", "ada", "campaigns went to the wrong people"),
    ]

    # Ids that were given to the bad models' segments are never given again.
    later = team.fit(good, "--k", 6)
    given = {one["id"] for version in ("bad", "fewer") for one in _segments(team, version)}
    fresh = {one["id"] for one in later["segments"]} - set(names)  # type: ignore[attr-defined]
    assert len(fresh) >= 1
    assert not fresh & given


def _segments(team: Team, which: str) -> list[dict[str, int]]:
    versions = team.models("list")["versions"]  # type: ignore[index]
    version = versions[{"bad": -3, "fewer": -2}[which]]["version"]
    told: list[dict[str, int]] = team.models("show", version)["segments"]  # type: ignore[index]
    return told
