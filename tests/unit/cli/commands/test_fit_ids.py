"""``segment fit`` on a registry whose champion serves: whose ids the new segments get."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import Outcome, segment

QUICK = ("--starts", 5, "--k", 6, "--k-max", 6, "--gap-references", 0, "--bootstraps", 0)


def fit(customers: Path, registry: Path, *options: object) -> Outcome:
    return segment("fit", customers, "--registry", registry, *QUICK, *options)


def test_segments_that_are_the_champions_keep_its_words(customers: Path, registry: Path) -> None:
    for command in (
        ("name", "v1", 3, "Our regulars", "--advice", "Thank them"),
        ("promote", "v2"),
    ):
        assert segment("models", *command, "--registry", registry).code == 0

    told = fit(customers, registry, "--json").json

    kept = next(one for one in told["segments"] if one["id"] == 3)
    assert (kept["name"], kept["advice"]) == ("Our regulars", "Thank them")
    assert [one["id"] for one in told["segments"]] == [0, 1, 2, 3, 4, 5]
    succeeds = told["training"]["succeeds"]
    assert (succeeds["version"], succeeds["new"], succeeds["retired"]) == ("v2", [], [])
    assert all(one["overlap"] > 0.5 for one in succeeds["kept"])


@pytest.mark.parametrize("option", ["--fresh-ids", "--no-match"])
def test_new_ids_for_all_are_given_on_request(customers: Path, registry: Path, option: str) -> None:
    outcome = fit(customers, registry, option, "--promote", "--json")

    assert [one["id"] for one in outcome.json["segments"]] == [6, 7, 8, 9, 10, 11]
    assert outcome.code == 1  # callers know the champion's ids: a person has to force it
    assert "segment ids that callers know are gone" in outcome.err


def test_a_damaged_champion_is_told_before_the_long_work(customers: Path, registry: Path) -> None:
    (registry / "models" / "v1" / "model.json").write_bytes(b"{}")

    outcome = fit(customers, registry, "--json")

    assert outcome.code == 1
    assert "the champion v1 is damaged" in outcome.err
    assert "--fresh-ids goes on without them" in outcome.err
    assert fit(customers, registry, "--fresh-ids", "--json").json["version"] == "v2"
