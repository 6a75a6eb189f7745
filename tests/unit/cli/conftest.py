"""A trained registry, made once: each test works on a copy of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.cli import Outcome, segment
from tests.support.customers import sample_file


@pytest.fixture(scope="session")
def customers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV of 200 customers."""
    return sample_file(tmp_path_factory.mktemp("data") / "customers.csv", 200)


@pytest.fixture(scope="session")
def fitted(customers: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """A registry whose champion is v1, and what `segment fit` said."""
    registry = tmp_path_factory.mktemp("trained") / "registry"
    outcome = segment(
        "fit", customers, "--starts", 10, "--registry", registry, "--promote", "--json"
    )
    assert outcome.code == 0, outcome.err
    return registry, outcome


@pytest.fixture
def registry(fitted: tuple[Path, Outcome], tmp_path: Path) -> Path:
    """A registry of the test's own, whose champion is v1 with six segments."""
    return Path(shutil.copytree(fitted[0], tmp_path / "registry"))
