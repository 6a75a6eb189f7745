"""What holds in every test: no real AWS account, no network beyond this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

UNIT_TESTS = Path(__file__).parent / "unit"

# What a developer's shell may carry, and a test must not see.
PLACES = ("UPLOADS_BUCKET", "RESULTS_BUCKET", "QUEUE_URL", "DLQ_URL", "RESCORE_STATE_MACHINE")
FOREIGN_PREFIXES = ("AWS_", "POWERTOOLS_", "SAM_", "SEGMENT_", *PLACES)

FAKE_AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_REGION": "eu-central-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def _environment_of_tests() -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(FOREIGN_PREFIXES)
    }
    return kept | FAKE_AWS


@pytest.fixture(scope="session", autouse=True)
def _fake_aws_for_shared_fixtures() -> Iterator[None]:
    """Fixtures that live longer than one test are made in this environment."""
    with mock.patch.dict(os.environ, _environment_of_tests(), clear=True):
        yield


@pytest.fixture(autouse=True)
def _fake_aws(_fake_aws_for_shared_fixtures: None) -> Iterator[None]:
    """Every test starts from it too, and what a test changes ends with the test."""
    with mock.patch.dict(os.environ, _environment_of_tests(), clear=True):
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Unit tests open no socket; pyproject.toml holds all others to the loopback addresses."""
    for item in items:
        if item.path.is_relative_to(UNIT_TESTS):
            item.add_marker(pytest.mark.disable_socket)
