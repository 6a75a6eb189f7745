"""cfn-lint and checkov find nothing in template.yaml but what is skipped there, with a reason."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.security.scanners.conftest import Scanner
from tests.support.deployment import TEMPLATE, Stack

pytestmark = pytest.mark.slow


def lint(template: Path) -> list[str]:
    """Give the rules that cfn-lint finds broken."""
    found = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), "--format", "json", template],
        capture_output=True,
        text=True,
        check=False,
    )
    return [one["Rule"]["Id"] for one in json.loads(found.stdout)]


def check(scanner: Scanner, template: Path) -> tuple[dict[str, int], dict[str, Any]]:
    """Give checkov's counts and findings."""
    options = ("--framework", "cloudformation", "--skip-download", "--output", "json")
    report = json.loads(scanner("checkov", *options, "--file", template).stdout)
    # A template without anything to check has no results.
    return report.get("summary", report), report.get("results", {})


def damaged(folder: Path, healthy: str, damage: str) -> Path:
    text = TEMPLATE.read_text(encoding="utf-8")
    assert healthy in text
    changed = folder / "template.yaml"
    changed.write_text(text.replace(healthy, damage), encoding="utf-8")
    return changed


def test_cfn_lint_finds_nothing() -> None:
    assert lint(TEMPLATE) == []


def test_cfn_lint_finds_what_is_planted(tmp_path: Path) -> None:
    planted = damaged(tmp_path, "VersioningConfiguration:", "VersionConfiguration:")

    assert "E3002" in lint(planted)


def test_checkov_finds_nothing_but_what_is_skipped_with_a_reason(scanner: Scanner) -> None:
    meant = {
        (skipped["id"], name)
        for name, resource in Stack().template.resources.items()
        for skipped in resource.get("Metadata", {}).get("checkov", {}).get("skip", [])
    }

    counts, results = check(scanner, TEMPLATE)

    assert [
        f"{one['check_id']} {one['resource']}: {one['check_name']}"
        for one in results["failed_checks"]
    ] == []
    assert (counts["parsing_errors"], counts["failed"]) == (0, 0)
    assert counts["passed"] >= 60
    skipped = {
        (one["check_id"], one["resource"].rpartition(".")[2]) for one in results["skipped_checks"]
    }
    assert skipped == meant, "skipped, and a reason for each; no reason that nothing needs any more"


def test_checkov_finds_what_is_planted(scanner: Scanner, tmp_path: Path) -> None:
    planted = damaged(tmp_path, "BlockPublicPolicy: true", "BlockPublicPolicy: false")

    _, results = check(scanner, planted)

    assert {one["check_id"] for one in results["failed_checks"]} == {"CKV_AWS_54"}
