"""The build recipes make packages for Lambda: complete, small, and for the right machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.deployment import ROOT

MEGABYTE = 1_000_000
FOR_THE_COMMAND_LINE = {Path("engine/files.py"), Path("engine/csv_sink.py")}
ELF_MACHINE = {"arm64": 183, "x86_64": 62}
OWN = {
    "ScoreFunction": {"segmentation", "segmentation_aws", "engine", "score"},
    "PredictFunction": {"segmentation", "segmentation_aws", "predict"},
}
DEPENDENCIES = {
    "PredictFunction": {"aws_lambda_powertools", "jmespath", "typing_extensions.py"},
    "ScoreFunction": {
        "aws_lambda_powertools",
        "jmespath",
        "typing_extensions.py",
        "numpy",
        "numpy.libs",
        "pyarrow",
    },
}

pytestmark = pytest.mark.slow


def make(function: str, architecture: str, target: Path, **settings: str) -> str:
    """Run a recipe as ``sam build`` does, and give what it said."""
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    environment |= {"ARTIFACTS_DIR": str(target), "PYTHON": sys.executable, **settings}
    done = subprocess.run(
        ["make", "--makefile", f"architecture/{architecture}/Makefile", f"build-{function}"],
        cwd=ROOT / "functions",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture(scope="module", params=["arm64", "x86_64"])
def architecture(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=list(OWN))
def function(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def package(function: str, architecture: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("package")
    make(function, architecture, target)
    return target


def test_a_package_holds_its_function_and_what_it_imports(package: Path, function: str) -> None:
    top = {entry.name for entry in package.iterdir() if entry.name != "__pycache__"}

    assert {n for n in top if not n.endswith(".dist-info")} == OWN[function] | DEPENDENCIES[
        function
    ]


def test_a_package_has_every_source_file_but_those_of_the_command_line(
    package: Path, function: str
) -> None:
    for name in OWN[function]:
        source = {
            p.relative_to(ROOT / "functions") for p in (ROOT / "functions" / name).rglob("*.py")
        } - FOR_THE_COMMAND_LINE
        shipped = {p.relative_to(package) for p in (package / name).rglob("*.py")}
        assert shipped == source
        for path in shipped:
            assert (package / path).read_bytes() == (ROOT / "functions" / path).read_bytes()


def test_a_package_is_small_enough(package: Path, function: str, tmp_path: Path) -> None:
    files = [path for path in package.rglob("*") if path.is_file()]
    archive = tmp_path / "package.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in files:
            packed.write(path, path.relative_to(package))

    unpacked = sum(path.stat().st_size for path in files)
    if function == "PredictFunction":
        assert unpacked <= 12 * MEGABYTE
    else:
        assert unpacked <= 190 * MEGABYTE
        assert archive.stat().st_size <= 60 * MEGABYTE


def test_a_package_is_for_its_architecture_alone(package: Path, architecture: str) -> None:
    for path in package.rglob("*.so*"):
        with path.open("rb") as library:
            header = library.read(20)
        assert header[:4] == b"\x7fELF"
        assert int.from_bytes(header[18:20], "little") == ELF_MACHINE[architecture], path.name


def test_a_package_has_no_file_that_never_runs(package: Path) -> None:
    names = {
        path.name
        for path in package.rglob("*")
        if "licenses" not in path.relative_to(package).parts
    }

    unused = re.compile(r".*\.(pyi|pxd|pxi|pyx|h|a|c|cpp)|tests|include|bin|f2py|RECORD")
    assert [name for name in names if unused.fullmatch(name)] == []
    assert "requirements.txt" not in names


def test_bytecode_is_of_the_runtime_and_as_if_compiled_in_lambda(package: Path) -> None:
    compiled = list(package.rglob("*.pyc"))
    if not compiled:
        pytest.skip("no Python of the runtime's version on this machine: built without bytecode")

    assert {path.name.split(".")[-2] for path in compiled} == {"cpython-313"}
    assert len(compiled) == len(list(package.rglob("*.py")))
    for path in compiled:
        # Flags 0b01: checked against nothing, neither the time nor the text of its source.
        assert int.from_bytes(path.read_bytes()[4:8], "little") == 1, path


def test_a_package_for_this_python_runs_from_its_folder_alone(tmp_path: Path) -> None:
    own = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}.get(os.uname().machine)
    if own is None or not sys.platform.startswith("linux"):
        pytest.skip(f"no wheels of Lambda's kind run on {sys.platform} {os.uname().machine}")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    make("ScoreFunction", own, tmp_path, PYTHON_VERSION=version, RUNTIME_PYTHON=sys.executable)
    script = """
import io, sys
sys.path.insert(0, sys.argv[1])
import pyarrow, pyarrow.compute, pyarrow.csv, pyarrow.parquet, numpy
import engine.score
table = pyarrow.csv.read_csv(io.BytesIO(b"id,age\\n0001,31\\n0002,42\\n"))
for codec in ("none", "zstd", "snappy", "gzip", "lz4"):
    out = io.BytesIO()
    pyarrow.parquet.write_table(table, out, compression=codec)
    assert pyarrow.parquet.ParquetFile(out).read().equals(table)
assert pyarrow.compute.sum(table["age"]).as_py() == 73
outside = [m.__file__ for m in (numpy, pyarrow, engine) if not m.__file__.startswith(sys.argv[1])]
print(outside)
"""

    # -I -S: neither this environment's packages nor the repository.
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script, str(tmp_path)],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


def test_a_python_without_pip_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="has no pip: set PYTHON to a Python that has it"):
        make("PredictFunction", "arm64", tmp_path, PYTHON="/bin/false")
