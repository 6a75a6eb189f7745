"""bandit finds nothing in our code but what is meant, each with its reason."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.support.deployment import ROOT

EVERYWHERE = {
    "B101": "asserts narrow types for mypy; ruff (S101) wants a reason beside each",
    "B404": "subprocesses are started, always from a list of arguments and never by a shell",
    "B603": "the same",
}
"""Rules about things that are right wherever we do them."""

PLACES = {
    ("benchmarks/scoring/peers.py", "B608"): "the statement is made of the model's own numbers",
    ("functions/score/service.py", "B311"): "chance spreads retries; it guards no secret",
    ("infra/lambda_emulator/emulator.py", "B105"): "made-up credentials of an emulated function",
    ("infra/local/session.py", "B105"): "made-up credentials of the server on this machine",
    ("training/data/sample.py", "B311"): "NumPy's seeded generator, of made-up customers",
}
"""Findings that are meant, where they are."""


def findings(*paths: str | Path) -> set[tuple[str, str]]:
    """Give the file and rule of every finding."""
    command = [sys.executable, "-m", "bandit", "--quiet", "--format", "json", "--recursive"]
    found = subprocess.run(
        [*command, *paths], cwd=ROOT, capture_output=True, text=True, check=False
    )
    report = json.loads(found.stdout)
    assert report["errors"] == []
    assert report["metrics"]["_totals"]["nosec"] == 0, "reasons stand here, not in the code"
    return {(one["filename"], one["test_id"]) for one in report["results"]}


def test_our_code_has_no_finding_but_those_that_are_meant() -> None:
    found = findings("benchmarks", "cli", "console", "functions", "infra", "operations", "training")

    assert {(file, rule) for file, rule in found if rule not in EVERYWHERE} == set(PLACES)
    assert {rule for _, rule in found} >= set(EVERYWHERE), "a reason that nothing needs any more"


def test_a_planted_finding_is_found(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("import pickle\n\n\ndef load(data):\n    return pickle.loads(data)\n")

    assert (str(planted), "B301") in findings(tmp_path)
