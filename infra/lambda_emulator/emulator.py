"""A built function as Lambda runs it: AWS's Runtime Interface Emulator and runtime client.

Both are AWS's own: the emulator's program comes with the SAM CLI, the client (``awslambdaric``) is
what the managed runtime starts. The interpreter is that of ``.venv-lambda``, which holds the client
and the runtime's boto3 and nothing else; the function's folder is the only other place it imports
from, and is read-only where this machine lets us mount it so.

Not as in Lambda: memory is not limited, a function's error answers without the header
``X-Amz-Function-Error``, and the time of the first start counts towards the timeout.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from infra.lambda_emulator.packages import ROOT, own_architecture
from infra.processes import HOST, ends_with_its_parent, free_ports, listens, stop

PYTHON = ROOT / ".venv-lambda" / "bin" / "python"
INVOCATIONS = "/2015-03-31/functions/function/invocations"
START_SECONDS = 60.0

# The folder, then the command. The mount is this process's own, and ends with it.
_READ_ONLY = """
mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && cd "$1" && shift &&
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class Function:
    """What a deployment would tell Lambda of a function."""

    folder: Path
    handler: str
    variables: Mapping[str, str]
    timeout_seconds: int
    memory_mb: int


class Emulator:
    """One execution environment of a function, behind the emulator's HTTP port.

    Parameters
    ----------
    function
        What to run.
    folder
        Where its ``/tmp`` and its log go.
    """

    def __init__(self, function: Function, folder: Path) -> None:
        self._function = function
        self._temporary = folder / "tmp"
        self._temporary.mkdir(parents=True)
        self._log = folder / "log"
        self._port, self._runtime_port = free_ports(2)

    def __enter__(self) -> Self:
        command = [
            _program(),
            *("--runtime-interface-emulator-address", f"{HOST}:{self._port}"),
            *("--runtime-api-address", f"{HOST}:{self._runtime_port}"),
            *("--log-level", "info"),
            *(str(PYTHON), "-m", "awslambdaric", self._function.handler),
        ]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*_mounted_read_only(self._function.folder), *ends_with_its_parent(command)],
                cwd=self._function.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self._wait_until_it_listens()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def invoke(self, event: Any) -> Any:
        """Post an event and give the answer, read as JSON."""
        return json.loads(self.post(json.dumps(event).encode()))

    def post(self, body: bytes) -> bytes:
        """Post any bytes in the place of an event."""
        patience = self._function.timeout_seconds + START_SECONDS
        connection = http.client.HTTPConnection(HOST, self._port, timeout=patience)
        try:
            connection.request("POST", INVOCATIONS, body)
            answer = connection.getresponse()
            if answer.status != http.HTTPStatus.OK:
                raise RuntimeError(f"the emulator answered {answer.status}, expected 200")
            return answer.read()
        finally:
            connection.close()

    @property
    def folder(self) -> Path:
        """The package."""
        return self._function.folder

    @property
    def log(self) -> str:
        """What the emulator and the function wrote so far."""
        return self._log.read_text(encoding="utf-8")

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The function's own lines: those of its logger, and its metrics."""
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]

    @property
    def starts(self) -> int:
        """How often the function's process was started."""
        return len(re.findall(r"INIT REPORT\(durationMs", self.log))

    def runtime_process(self) -> int:
        """The id of the process that runs the function's code, once it has been started."""
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task").glob("*/children")
        (child,) = {int(one) for file in children for one in file.read_text().split()}
        return child

    def cpu_seconds(self) -> float:
        """Processor time, user and system, that the runtime process has taken since its start."""
        stat = Path(f"/proc/{self.runtime_process()}/stat").read_text(encoding="utf-8")
        # After the name, which may hold anything: state is field 3, utime and stime 14 and 15.
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_memory(self) -> int:
        """Bytes of memory that the runtime process has taken at most."""
        status = Path(f"/proc/{self.runtime_process()}/status").read_text(encoding="utf-8")
        (kilobytes,) = re.findall(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
        return int(kilobytes) * 1024

    @property
    def durations(self) -> list[float]:
        """Milliseconds inside the handler, of each invocation that ended."""
        return [float(one) for one in re.findall(r"\tDuration: ([\d.]+) ms", self.log)]

    @property
    def pid(self) -> int:
        """The emulator's own process; the runtime is its child."""
        return self._process.pid

    def stop(self) -> None:
        """End it. The runtime ends with the emulator."""
        stop(self._process)

    def _environment(self) -> dict[str, str]:
        """Lambda's variables and the template's; nothing of this machine's but where programs are.

        Source: AWS Lambda developer guide, "Defined runtime environment variables".
        """
        return {
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self._function.memory_mb),
            "AWS_LAMBDA_FUNCTION_NAME": "function",
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(self._function.timeout_seconds),
            "AWS_REGION": "us-east-1",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_SESSION_TOKEN": "local",
            "LAMBDA_TASK_ROOT": str(self._function.folder),
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            # The machine's own: where the programs are, and no AWS settings of its user.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "PATH": os.defpath,
            "PYTHONUTF8": "1",
            "TMPDIR": str(self._temporary),
            **self._function.variables,
        }

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not listens(self._port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the emulator did not start:\n{self.log}")
            time.sleep(0.02)


def is_read_only(folder: Path) -> bool:
    """Whether this machine lets us show a folder read-only to one process."""
    return bool(_mounted_read_only(folder))


def _mounted_read_only(folder: Path) -> list[str]:
    """The beginning of a command that sees the folder read-only; empty where that cannot be."""
    if not all(shutil.which(name) for name in ("unshare", "mount")):
        return []
    prefix = ["unshare", "--mount", "--map-root-user", "sh", "-c", _READ_ONLY, "sh", str(folder)]
    tried = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    return prefix if tried.returncode == 0 else []


def _program() -> str:
    """The emulator of the SAM CLI."""
    kind = own_architecture()
    (program,) = (ROOT / ".venv-sam").glob(f"lib/*/site-packages/samcli/local/rapid/*-{kind}")
    return str(program)
