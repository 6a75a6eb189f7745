"""What a cold start loads, seen in a fresh interpreter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

FUNCTIONS = Path(__file__).parents[3] / "functions"

PROGRAM = """
import importlib, json, os, sys
read = []
class Watched(dict):
    def __getitem__(self, name):
        read.append(name)
        return super().__getitem__(name)
    def get(self, name, default=None):
        read.append(name)
        return super().get(name, default)
os.environ = Watched(os.environ)
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps([sorted({name.partition(".")[0] for name in sys.modules}), read]))
"""


def loaded(*modules: str) -> tuple[set[str], set[str]]:
    """Give the packages that importing the modules loads, and the variables that it reads."""
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM, *modules],
        env={"PYTHONPATH": str(FUNCTIONS)},
        check=True,
        capture_output=True,
        text=True,
    )
    packages, read = json.loads(finished.stdout)
    return set(packages), set(read)


@pytest.fixture(scope="module")
def handler() -> tuple[set[str], set[str]]:
    return loaded("predict.handler")


@pytest.mark.parametrize(
    "package",
    [
        # the four that make the difference between 4 and 415 MB
        *("numpy", "pyarrow", "pandas", "sklearn"),
        # what Powertools could bring along
        *("pydantic", "aws_xray_sdk", "requests", "yaml"),
        # the half of the AWS SDK that serving can do without
        *("boto3", "s3transfer"),
        # the rest of this project
        *("training", "score", "infra", "app", "click", "rich"),
    ],
)
def test_the_handler_loads_without(package: str, handler: tuple[set[str], set[str]]) -> None:
    assert package not in handler[0]


def test_the_handler_loads_what_it_needs_before_the_first_request(
    handler: tuple[set[str], set[str]],
) -> None:
    assert {"predict", "segmentation", "aws_lambda_powertools", "botocore"} <= handler[0]


def test_no_setting_of_ours_is_read_at_import(handler: tuple[set[str], set[str]]) -> None:
    assert {name for name in handler[1] if name.startswith(("SEGMENT_", "MODEL_"))} == set()


def test_the_domain_loads_the_standard_library_alone() -> None:
    names = sorted(path.stem for path in (FUNCTIONS / "segmentation").glob("[!_]*.py"))
    packages, _ = loaded(*(f"segmentation.{name}" for name in names))
    # The interpreter's own start-up may load what site-packages asks it to.
    at_start, _ = loaded()
    assert packages - at_start - sys.stdlib_module_names == {"segmentation"}


@pytest.mark.parametrize("module", ["segmentation.answers", "predict.settings"])
def test_answers_need_neither_aws_nor_powertools(module: str) -> None:
    packages, _ = loaded(module)
    assert not packages & {"botocore", "boto3", "aws_lambda_powertools"}
