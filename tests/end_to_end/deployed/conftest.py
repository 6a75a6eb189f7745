"""The system deployed to an emulator of AWS that runs code; `make e2e` prepares what it needs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.lambda_emulator.packages import ROOT, deployed_version, own_architecture, sam_build
from tests.end_to_end.deployed.deployment import Deployment
from tests.end_to_end.deployed.ministack import PYTHON, Ministack

BUILD = ROOT / "build" / "e2e"


@pytest.fixture(scope="session")
def template() -> Path:
    """The built template."""
    architecture = own_architecture()
    if architecture is None:
        pytest.skip("packages for Lambda run on Linux on x86_64 and arm64 alone")
    if not PYTHON.exists():
        # The emulator runs functions in its own Python, and the packages are for the deployed one.
        pytest.skip(f"needs Python {deployed_version()}; with it, run `make e2e`")
    shutil.rmtree(BUILD, ignore_errors=True)
    sam_build(BUILD, PYTHON, architecture)
    return BUILD / "template.yaml"


@pytest.fixture(scope="session")
def system(template: Path) -> Iterator[Deployment]:
    """The system, deployed with the template's defaults (but for the architecture)."""
    with Ministack() as aws:
        deployment = Deployment(aws, template, str(own_architecture()))
        deployment.deploy()
        yield deployment
