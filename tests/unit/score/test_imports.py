"""What the score function loads: it has to fit into Lambda, and to start fast."""

from __future__ import annotations

import subprocess
import sys

import pytest

FOREIGN = {
    "boto3",
    "pandas",
    "sklearn",
    "scipy",
    "matplotlib",
    "training",
    "infra",
    "predict",
    "click",
}


@pytest.mark.parametrize("module", ["score.handler", "engine.files", "engine.score"])
def test_importing_loads_no_training_library_in_a_fresh_interpreter(module: str) -> None:
    script = f"import sys, {module}; print(*sorted(sys.modules))"

    printed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout

    loaded = {name.partition(".")[0] for name in printed.split()}
    assert loaded & FOREIGN == set()
    assert {"numpy", "pyarrow"} <= loaded
    assert "numpy.typing" not in printed.split()  # for type checkers alone, and slow to load


def test_scoring_an_upload_loads_none_either() -> None:
    script = (
        "import sys; from tests.support.csvs import score, mall_csv;"
        "from tests.support.models import mall_model;"
        "before = {'pandas', 'sklearn'} & set(sys.modules);"
        "score(mall_model(), mall_csv('1,Male,19,15,39', 'bad', *['2,F,1,1,1'] * 3000));"
        "print(before, {'pandas', 'sklearn'} & set(sys.modules))"
    )

    printed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout

    assert printed.strip() == "set() set()"
