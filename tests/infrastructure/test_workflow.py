"""The workflow of GitHub Actions runs what .ci/run does, and deploys only when told to."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.support.deployment import ROOT, walk

TEXT = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(TEXT)
    return document


def targets(workflow: dict[str, Any]) -> set[str]:
    rows = workflow["jobs"]["check"]["strategy"]["matrix"]["include"]
    return {target for row in rows for target in row["targets"].split()}


def test_it_checks_all_that_continuous_integration_does_and_more(workflow: dict[str, Any]) -> None:
    local = set(re.findall(r"^make (\S+)$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert local
    assert local <= targets(workflow)
    assert targets(workflow) <= set(re.findall(r"^\.PHONY: (\S+)$", makefile, re.MULTILINE))


def test_actions_are_pinned_to_a_release(workflow: dict[str, Any]) -> None:
    used = [value for key, value in walk(workflow) if key == "uses"]

    assert used
    assert [one for one in used if not re.fullmatch(r"[\w-]+/[\w-]+@v\d+\.\d+\.\d+", one)] == []


def test_it_deploys_by_hand_after_all_checks_and_by_oidc(workflow: dict[str, Any]) -> None:
    deploy = workflow["jobs"]["deploy"]

    assert deploy["if"] == "github.event_name == 'workflow_dispatch' && inputs.deploy"
    assert deploy["needs"] == "check"
    assert deploy["environment"] == "production"
    assert deploy["permissions"] == {"contents": "read", "id-token": "write"}
    assert workflow["permissions"] == {"contents": "read"}
    assert "secrets." not in TEXT
    assert "--no-confirm-changeset" in deploy["steps"][-1]["run"]


def test_no_script_is_written_by_what_comes_from_outside(workflow: dict[str, Any]) -> None:
    scripts = [value for key, value in walk(workflow) if key == "run"]

    used = {name for script in scripts for name in re.findall(r"\$\{\{ *([\w.]+)", script)}
    assert used == {"matrix.targets"}, "and that one stands in the file itself"


def test_the_functions_python_runs_it(workflow: dict[str, Any]) -> None:
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    (runtime,) = re.findall(r"Runtime: python(\S+)", template)

    assert {value for key, value in walk(workflow) if key == "python-version"} == {runtime}
