"""The local stack with the real template and functions that stand in for the real ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import LocalStack
from infra.local.poller import Delivery
from tests.integration.local.playground import Playground

collect_ignore = ["stubs"]  # code of the functions, no tests

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


@pytest.fixture(scope="package")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the real template and the stand-ins."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "template.yaml", folder)
    shutil.copytree(ROOT / "infra" / "statemachines", folder / "infra" / "statemachines")
    shutil.copytree(HERE / "stubs", folder / "functions")
    return folder


@pytest.fixture(scope="package")
def playground(project: Path) -> Iterator[Playground]:
    deliveries: list[Delivery] = []
    with LocalStack(
        template=project / "template.yaml",
        parameters={"ScoreTimeout": "60"},
        folder=project / ".local",
        on_delivery=deliveries.append,
    ) as stack:
        yield Playground(stack, deliveries)


@pytest.fixture(scope="package")
def stack(playground: Playground) -> LocalStack:
    return playground.stack
