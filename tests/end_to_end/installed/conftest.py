"""The project as `pip install .` puts it into an empty environment, for `make test-install`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
REQUIREMENTS = ROOT / "requirements"


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new virtual environment with the project in it, and what the project asks for."""
    folder = tmp_path_factory.mktemp("environment")
    pins = folder / "pins.txt"
    pins.write_text("".join(_pins(REQUIREMENTS / "dev.txt")), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    pip: list[str | Path] = [folder / "venv" / "bin" / "python", "-m", "pip", "--quiet"]
    steps: list[list[str | Path]] = [
        ["install", "--require-hashes", "--requirement", REQUIREMENTS / "pip.txt"],
        ["install", "--constraint", pins, "--build-constraint", pins, ROOT],
    ]
    for arguments in steps:
        done = subprocess.run([*pip, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return folder / "venv"


def _pins(path: Path) -> list[str]:
    """The versions that are tested, so that a package's newest release fails no test of ours."""
    pins = re.findall(r"^([a-z][^[ =]*)\S*?(==[^ \\]+)", path.read_text(encoding="utf-8"), re.M)
    return [f"{name}{version}\n" for name, version in pins]


@pytest.fixture
def segment(environment: Path, tmp_path: Path) -> list[str]:
    """The command, as it is called from a folder that has nothing of the repository."""
    os.chdir(tmp_path)
    return [str(environment / "bin" / "segment")]
