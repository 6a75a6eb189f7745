"""What is in the packages: all that the functions need, and no more."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path

import pytest

from infra.lambda_emulator.emulator import PYTHON, Emulator, Function
from tests.end_to_end.lambda_runtime.uploads import Uploads
from tests.support.csvs import mall_csv

# Modules that were left out and are named in the code that ships, each only behind a question that
# is never asked: an attribute such as `numpy.random`, or a file system other than this machine's.
NEVER_ASKED_FOR = {
    "ScoreFunction": {
        *("numpy.ctypeslib", "numpy.distutils", "numpy.f2py", "numpy.fft", "numpy.polynomial"),
        *("numpy.random", "numpy.testing"),
        *("pyarrow._azurefs", "pyarrow._gcsfs", "pyarrow._hdfs", "pyarrow._s3fs"),
        "pyarrow.dataset",
    },
    "PredictFunction": set(),
}

IMPORTED_FILES = """
import importlib, json, sys, sysconfig
importlib.import_module(sys.argv[1])
files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
print(json.dumps([sysconfig.get_path("stdlib"), sorted(filter(None, files))]))
"""

NAMED_AND_MISSING = """
import modulefinder, sys
finder = modulefinder.ModuleFinder(path=[sys.argv[1]])
finder.import_hook(sys.argv[2])
print("\\n".join(finder.badmodules))
"""


def run(code: str, *arguments: str, folder: Path) -> str:
    """Run code in the runtime's Python, in a package's folder, which then is first on the path."""
    return subprocess.run(
        [PYTHON, "-c", code, *arguments],
        cwd=folder,
        env={"AWS_DEFAULT_REGION": "us-east-1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.fixture(params=["ScoreFunction", "PredictFunction"])
def function(request: pytest.FixtureRequest, functions: dict[str, Function]) -> Function:
    return functions[request.param]


def test_a_function_imports_its_package_and_the_runtime_and_nothing_else(
    function: Function,
) -> None:
    module = function.handler.rpartition(".")[0]

    standard_library, files = json.loads(run(IMPORTED_FILES, module, folder=function.folder))

    known = tuple(f"{one}/" for one in (function.folder, PYTHON.parents[1], standard_library))
    assert [file for file in files if not file.startswith(known)] == []


def test_nothing_is_missing_that_the_code_may_import_even_late(
    function: Function, functions: dict[str, Function]
) -> None:
    (name,) = (name for name, one in functions.items() if one is function)
    module = function.handler.rpartition(".")[0]
    shipped = {path.stem for path in function.folder.iterdir()}

    missing = run(NAMED_AND_MISSING, str(function.folder), module, folder=Path("/")).split()

    # What no one ships is no module but a name in one, or optional.
    left_out = {one for one in missing if one.partition(".")[0] in shipped and is_module(one)}
    of_those = {one for one in left_out if one.rpartition(".")[0] in left_out}
    assert left_out - of_those <= NEVER_ASKED_FOR[name]


def is_module(name: str) -> bool:
    """Whether the whole library, as it is installed beside these tests, has a file of that name."""
    library, _, rest = name.partition(".")
    spec = importlib.util.find_spec(library)
    if spec is None or not spec.submodule_search_locations:
        return False
    path = Path(spec.submodule_search_locations[0], *rest.split("."))
    return path.is_dir() or any(path.parent.glob(f"{path.name}.*"))


def test_every_shared_library_in_the_package_is_loaded(score: Emulator, uploads: Uploads) -> None:
    score.invoke(uploads.drop("libraries.csv", mall_csv("0001,Female,30,80,75")))
    folder = score.folder
    shipped = {path for path in folder.rglob("*") if ".so" in path.suffixes}

    maps = Path(f"/proc/{score.runtime_process()}/maps").read_text(encoding="utf-8")

    loaded = {Path(line.split()[-1]) for line in maps.splitlines() if str(folder) in line}
    assert shipped
    assert sorted(path.name for path in shipped - loaded) == []
