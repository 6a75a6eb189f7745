"""The scanners of .venv-scan: `make scan` sets them up; without, their tests are skipped."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / ".venv-scan" / "bin"

Scanner = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def scanner() -> Scanner:
    """Run one of them, in the project's folder or another; gives what came of it."""

    def run(name: str, *arguments: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
        if not (FOLDER / name).is_file():
            pytest.skip(f"{name} is not set up: make scan")
        return subprocess.run(
            [FOLDER / name, *map(str, arguments)],
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
        )

    return run
