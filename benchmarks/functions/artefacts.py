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


class NoArtefacts(Exception):
    """Packages for Lambda cannot be built here; the message says why."""


def build(folder: Path) -> dict[str, Path]:
    """Build everybody's package.

    Returns
    -------
    packages
        Their folders: ``predict``, ``score``, ``empty``, ``resolver``, ``arrow``, ``pandas``.

    Raises
    ------
    NoArtefacts
        This machine runs none.
    """
    architecture = own_architecture()
    if architecture is None or not PYTHON.exists():
        raise NoArtefacts("expected Linux on x86_64 or arm64, and .venv-lambda: `make bench`")
    for name in ("ours", "empty", "resolver", "arrow"):
        shutil.rmtree(folder / name, ignore_errors=True)
    sam_build(folder / "ours", PYTHON, architecture)
    ours = {name: folder / "ours" / f"{name.title()}Function" for name in ("predict", "score")}
    return {
        **ours,
        "empty": _package(folder / "empty", "empty"),
        "resolver": _package(folder / "resolver", "resolver", ours["predict"]),
        "arrow": _package(folder / "arrow", "arrow", ours["score"]),
        "pandas": _with_pandas(folder / "pandas"),
    }


def megabytes(package: Path) -> float:
    """Give the unpacked size of a package."""
    return sum(path.stat().st_size for path in package.rglob("*") if path.is_file()) / 1e6


def fit(package: Path, centroids: list[list[float]]) -> bytes:
    """Make scikit-learn's model of these centroids, in the pickle that joblib writes."""
    target = package.parent / MODEL
    _run(PYTHON, "-c", _FIT, target, centroids, path=package)
    return target.read_bytes()


def _package(target: Path, handler: str, libraries: Path | None = None) -> Path:
    if libraries is not None:
        shutil.copytree(libraries, target, ignore=shutil.ignore_patterns(*OURS, "__pycache__"))
    return _finished(target, handler)


def _with_pandas(target: Path) -> Path:
    pins, wanted = target / "requirements.txt", _pins(PANDAS)
    if pins.exists() and pins.read_text(encoding="utf-8") == wanted:
        return _finished(target, "pandas_joblib")
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    pins.write_text(wanted, encoding="utf-8")
    wheels = platform.machine()
    _run(
        *(sys.executable, "-m", "pip", "install", "-qq", "--no-compile", "--no-deps"),
        *("--target", target, "--require-hashes", "--requirement", pins),
        *("--only-binary=:all:", "--implementation", "cp", "--python-version", version_of(PYTHON)),
        *("--platform", f"manylinux_2_28_{wheels}", "--platform", f"manylinux2014_{wheels}"),
    )
    return _finished(target, "pandas_joblib")


def _finished(target: Path, handler: str) -> Path:
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(HANDLERS / f"{handler}.py", target)
    _run(PYTHON, "-m", "compileall", "-qq", "--invalidation-mode", "unchecked-hash", target)
    return target


def _pins(names: Sequence[str]) -> str:
    """Give the lines of the pinned development packages that have these names."""
    pinned = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    found = dict(re.findall(r"^(([a-z0-9-]+)==\S+(?: \\\n +--hash=\S+)+)", pinned, re.MULTILINE))
    by_name = {name: lines for lines, name in found.items()}
    return "\n".join(by_name[name] for name in names) + "\n"


def _run(*command: object, path: Path | None = None) -> None:
    more = {} if path is None else {"PYTHONPATH": str(path)}
    subprocess.run([*map(str, command)], check=True, env={**os.environ, **more})
