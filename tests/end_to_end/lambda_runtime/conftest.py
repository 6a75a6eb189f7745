"""Both functions as `sam build` makes them, in AWS's emulator, with the local stack behind them.

`make test-lambda` prepares what is needed and runs these; `make test` does not look in here.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.lambda_emulator.emulator import PYTHON, Emulator, Function, is_read_only
from infra.lambda_emulator.packages import (
    FUNCTIONS,
    ROOT,
    SAM,
    deployed_version,
    own_architecture,
    sam_build,
    version_of,
)
from infra.local import LocalStack
from segmentation_aws.store import S3Store
from tests.end_to_end.lambda_runtime.uploads import Uploads
from tests.support.models import mall_model, registry_of

BUILD = ROOT / "build" / "lambda"


def pytest_report_header() -> list[str]:
    if not PYTHON.exists():
        return []
    version, deployed = version_of(PYTHON), deployed_version()
    other = (
        "" if version == deployed else f" (deployed is {deployed}, which is not on this machine)"
    )
    access = "read-only" if is_read_only(ROOT) else "writable here, and watched"
    return [f"Lambda runtime: Python {version}{other}, {own_architecture()}; packages {access}"]


@pytest.fixture(scope="session")
def artefacts() -> Iterator[dict[str, Path]]:
    """The folder of each function, built for the interpreter that runs it here.

    Nothing may be written in there, also where the folder cannot be shown read-only: missing
    bytecode, for one, would be made by the first run here, and by every cold start in Lambda.
    """
    architecture = own_architecture()
    if architecture is None:
        pytest.skip("packages for Lambda run on Linux on x86_64 and arm64 alone")
    if missing := [str(one) for one in (PYTHON, SAM) if not one.exists()]:
        pytest.skip(f"{' and '.join(missing)} not there: run `make test-lambda`")
    shutil.rmtree(BUILD, ignore_errors=True)
    sam_build(BUILD, PYTHON, architecture)
    built = state_of(BUILD)
    yield {name: BUILD / name for name in FUNCTIONS}
    assert state_of(BUILD) == built, "a run wrote into its package"


def state_of(folder: Path) -> dict[Path, int]:
    """When each file of a folder was last written."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """The local stack; its own functions get no event: they run the source, not the build."""
    with LocalStack(folder=tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture(scope="session")
def uploads(stack: LocalStack) -> Uploads:
    """Where files are dropped, with a queue of which nobody but the tests takes the messages."""
    return Uploads(stack)


@pytest.fixture(scope="session")
def champion(stack: LocalStack) -> str:
    """The version that serves."""
    store = S3Store(stack.client("s3"), stack.models_bucket)
    return registry_of(mall_model(), store=store).champion_version()


@pytest.fixture(scope="session")
def functions(
    stack: LocalStack, uploads: Uploads, artefacts: dict[str, Path]
) -> dict[str, Function]:
    """What the template says of both functions, with the built code."""
    return {
        name: Function(
            folder=artefacts[name],
            handler=local.settings.handler,
            variables=local.settings.variables | uploads.variables,
            timeout_seconds=local.settings.timeout_seconds,
            memory_mb=local.settings.memory_mb,
        )
        for name, local in stack.functions.items()
    }


@pytest.fixture(scope="session")
def score(
    functions: dict[str, Function], champion: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Emulator]:
    """The score function, a champion being there."""
    with Emulator(functions["ScoreFunction"], tmp_path_factory.mktemp("score")) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def predict(
    functions: dict[str, Function], champion: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Emulator]:
    """The predict function, a champion being there."""
    with Emulator(functions["PredictFunction"], tmp_path_factory.mktemp("predict")) as emulator:
        yield emulator
