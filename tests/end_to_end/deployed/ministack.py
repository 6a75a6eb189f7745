"""An emulator of AWS that runs what is deployed to it: ministack, on loopback.

Not as in AWS: functions run in the emulator's own Python, with its boto3 and no limit of memory;
roles and bucket policies are kept and not enforced; and an event source's `MaximumConcurrency` that
CloudFormation passed as text stays text, at which the source stumbles until it is set once more.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.lambda_emulator.packages import ROOT
from infra.processes import HOST, ends_with_its_parent, free_ports, listens, stop

PYTHON = ROOT / ".venv-e2e" / "bin" / "python"
REGION = "us-east-1"
START_SECONDS = 120.0


class Ministack:
    """The emulator; everything that it holds is in memory, or in a folder that goes with it."""

    def __init__(self) -> None:
        (self._port,) = free_ports(1)
        self._folder = Path(tempfile.mkdtemp(prefix="segmentation-e2e-"))
        self._log = self._folder / "log"

    def __enter__(self) -> Self:
        (self._folder / "tmp").mkdir()
        command = [str(PYTHON), "-m", "hypercorn", "ministack.app:app"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ends_with_its_parent([*command, "--bind", f"{HOST}:{self._port}"]),
                env={
                    "GATEWAY_PORT": str(self._port),
                    "HOME": str(self._folder),
                    "LAMBDA_EXECUTOR": "local",
                    "MINISTACK_HOST": HOST,
                    "PATH": os.defpath,
                    "TMPDIR": str(self._folder / "tmp"),  # unpacked functions are left there
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while not listens(self._port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                message = f"ministack did not start:\n{self.log}"
                self._end()
                raise AssertionError(message)
            time.sleep(0.1)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    @property
    def url(self) -> str:
        """The address of every AWS service."""
        return f"http://{HOST}:{self._port}"

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables with which programs reach it, and nothing else of AWS."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {
            **own,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": HOST,
            "SAM_CLI_TELEMETRY": "0",
            "no_proxy": HOST,
        }

    @property
    def log(self) -> str:
        """What it and the functions in it wrote."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def _end(self) -> None:
        stop(self._process)
        shutil.rmtree(self._folder)
