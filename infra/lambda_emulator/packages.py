"""``sam build`` as a deployment runs it, for a machine that can run the result: this one."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
SAM = ROOT / ".venv-sam" / "bin" / "sam"
FUNCTIONS = ("ScoreFunction", "PredictFunction")

ARCHITECTURES = {"x86_64": "x86_64", "aarch64": "arm64"}
"""Lambda's names of the processors for which there are wheels of its kind."""


def own_architecture() -> str | None:
    """Lambda's name of this machine's kind, or None where no package for Lambda runs."""
    return ARCHITECTURES.get(platform.machine()) if sys.platform.startswith("linux") else None


def version_of(python: Path) -> str:
    """Major and minor version of an interpreter."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    return subprocess.run(
        [python, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def deployed_version() -> str:
    """The Python version that template.yaml deploys."""
    (version,) = re.findall(r"^ *Runtime: python(.*)$", TEMPLATE.read_text(), re.MULTILINE)
    return str(version)


def sam_build(target: Path, python: Path, architecture: str) -> None:
    """Build both functions, and the template for them, for an interpreter.

    Parameters
    ----------
    target
        The folder that gets ``template.yaml`` and a folder for each function; emptied before.
    python
        The interpreter that will run them, and compiles their bytecode.
    architecture
        ``arm64`` or ``x86_64``.

    Raises
    ------
    RuntimeError
        With what sam said.
    """
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    environment |= {
        "PYTHON": str(SAM.parent / "python"),
        "PYTHON_VERSION": version_of(python),
        "RUNTIME_PYTHON": str(python),
        "SAM_CLI_TELEMETRY": "0",
    }
    done = subprocess.run(
        [
            *(SAM, "build", "--build-dir", target),
            *("--parameter-overrides", f"Architecture={architecture}"),
        ],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
