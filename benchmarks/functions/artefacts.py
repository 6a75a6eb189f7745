"""The packages that start cold: ours as `sam build` makes them, the others with equal care.

A contender gets the very libraries of our package, with the same files left out, and bytecode by
the same interpreter. Only the one with pandas has libraries of its own, in the pinned versions.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.process import MeasurementFailed
from infra.lambda_emulator.emulator import PYTHON
from infra.lambda_emulator.packages import ROOT, own_architecture, sam_build, version_of

HANDLERS = Path(__file__).parent / "handlers"
OURS = frozenset({"segmentation", "segmentation_aws", "score", "predict"})
PANDAS = (
    *("cloudpickle", "joblib", "narwhals", "numpy", "pandas", "pyarrow"),
    *("scikit-learn", "scipy", "threadpoolctl"),
)
MODEL = "model.joblib"

_FIT = """
import sys, joblib, numpy
from sklearn.cluster import KMeans
centres = numpy.array(eval(sys.argv[2]))
model = KMeans(len(centres), init=centres, n_init=1, max_iter=1).fit(centres)
joblib.dump(model, sys.argv[1])
"""


def build(folder: Path) -> dict[str, Path]:
    """Build everybody's package.

    Returns
    -------
    packages
        Their folders: ``predict``, ``score``, ``resolver``, ``arrow``, ``pandas``.

    Raises
    ------
    MeasurementFailed
        This machine runs none.
    """
    architecture = own_architecture()
    if architecture is None or not PYTHON.exists():
        raise MeasurementFailed(
            "expected Linux on x86_64 or arm64, and .venv-lambda: `make bench ARGS=cold`"
        )
    for name in ("ours", "resolver", "arrow"):
        shutil.rmtree(folder / name, ignore_errors=True)
    sam_build(folder / "ours", PYTHON, architecture)
    ours = {name: folder / "ours" / f"{name.title()}Function" for name in ("predict", "score")}
    return {
        **ours,
        "resolver": _package(folder / "resolver", "resolver", ours["predict"]),
        "arrow": _package(folder / "arrow", "arrow", ours["score"]),
        "pandas": _with_pandas(folder / "pandas"),
    }


def megabytes(package: Path) -> float:
    """The unpacked size of a package."""
    return sum(path.stat().st_size for path in package.rglob("*") if path.is_file()) / 1e6


def fit(package: Path, centroids: list[list[float]]) -> bytes:
    """scikit-learn's model of these centroids, in the pickle that joblib writes."""
    target = package.parent / MODEL
    _run(PYTHON, "-c", _FIT, target, centroids, path=package)
    return target.read_bytes()


def _package(target: Path, handler: str, libraries: Path) -> Path:
    shutil.copytree(libraries, target, ignore=shutil.ignore_patterns(*OURS, "__pycache__"))
    return _finished(target, handler)


def _with_pandas(target: Path) -> Path:
    pins, wanted = target / "requirements.txt", _pins(PANDAS)
    if not pins.exists() or pins.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        pins.write_text(wanted, encoding="utf-8")
        kinds = (f"manylinux_2_28_{platform.machine()}", f"manylinux2014_{platform.machine()}")
        _run(
            *(sys.executable, "-m", "pip", "install", "-qq", "--no-compile", "--no-deps"),
            *("--target", target, "--require-hashes", "--requirement", pins),
            *("--only-binary=:all:", "--implementation", "cp"),
            *("--python-version", version_of(PYTHON)),
            *(word for kind in kinds for word in ("--platform", kind)),
        )
    return _finished(target, "pandas_joblib")


def _finished(target: Path, handler: str) -> Path:
    shutil.copy(HANDLERS / f"{handler}.py", target)
    _run(PYTHON, "-m", "compileall", "-qq", "--invalidation-mode", "unchecked-hash", target)
    return target


def _pins(names: Sequence[str]) -> str:
    """The lines of the pinned development packages that have these names."""
    pinned = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    lines = re.findall(r"^([a-z0-9-]+)(==\S+(?: \\\n +--hash=\S+)+)", pinned, re.MULTILINE)
    return "".join(f"{name}{pin}\n" for name, pin in lines if name in names)


def _run(*command: object, path: Path | None = None) -> None:
    more = {} if path is None else {"PYTHONPATH": str(path)}
    subprocess.run([*map(str, command)], check=True, env={**os.environ, **more})
