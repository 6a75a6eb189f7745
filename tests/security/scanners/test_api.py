"""Schemathesis holds the running API to its own OpenAPI document, with all checks that it has."""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import LocalStack
from segmentation.registry import Registry
from segmentation_aws.store import S3Store
from tests.security.scanners.conftest import FOLDER, Scanner
from tests.support.models import mall_model, shopper_model

pytestmark = pytest.mark.slow

VERSIONS = {"v1": "codes, no scaling", "v2": "one-hot and scaled features, ids with gaps"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    if not (FOLDER / "schemathesis").is_file():
        pytest.skip("schemathesis is not set up: make scan")
    folder = tmp_path_factory.mktemp("stack")
    with LocalStack(folder=folder, parameters={"ModelTtlSeconds": "1"}) as stack:
        registry = _registry(stack)
        for model in (mall_model(), shopper_model()):
            registry.publish(model)
        yield stack


def _registry(stack: LocalStack) -> Registry:
    return Registry(S3Store(stack.client("s3"), stack.models_bucket))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_api_keeps_to_its_own_document(
    version: str, stack: LocalStack, scanner: Scanner, tmp_path: Path
) -> None:
    _registry(stack).promote(version, by="tests", why="a test needs it")
    document = _document(stack, version)
    # By its address the document would be taken for no part of the API itself.
    path = tmp_path / "openapi.json"
    path.write_bytes(document)

    held = scanner(
        *("schemathesis", "run", path, "--url", stack.api_url, "--checks", "all"),
        *("--max-examples", 100, "--generation-deterministic", "--seed", 1, "--no-color"),
        "--continue-on-failure",
        cwd=tmp_path,  # it leaves notes where it runs
    )

    assert held.returncode == 0, held.stdout + held.stderr
    assert re.search(r"6 selected / 6 total", held.stdout), held.stdout
    cases, passed = re.findall(r"(\d+) generated, (\d+) passed", held.stdout)[0]
    assert cases == passed
    assert int(cases) >= 100


def _document(stack: LocalStack, version: str) -> bytes:
    """Fetch the document once the promoted version is the one that serves."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"{stack.api_url}/openapi.json") as answer:
            document: bytes = answer.read()
        if f'"x-model-version":"{version}"'.encode() in document:
            return document
        time.sleep(0.2)
    raise AssertionError(f"{version} does not serve")
