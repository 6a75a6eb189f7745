"""Measuring one program as a whole process.

The program that measures imports little: Linux counts the memory of the process that starts
another one into that one's peak. psutil sees a process only while it runs, and so misses the peak.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

# Settings of libraries that the user may have made for other purposes. Programs are told their
# threads by argument.
NOT_HANDED_ON = (
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "SEGMENT_REGISTRY",
)


class MeasurementFailed(Exception):
    """A measured program failed or did something else than its peers; the message says what."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run took.

    Parameters
    ----------
    wall, cpu
        Seconds; `cpu` is user and system time of all threads.
    memory
        Peak resident memory in bytes.
    """

    wall: float
    cpu: float
    memory: int


def available_cores() -> list[int]:
    """The processor cores that this process may use."""
    return sorted(os.sched_getaffinity(0))


def measure(command: Sequence[str], cores: int) -> Usage:
    """Run a program to its end.

    Parameters
    ----------
    command
        The program and its arguments.
    cores
        On how many processor cores it may run.

    Raises
    ------
    MeasurementFailed
        It did not exit with 0.
    """
    environment = {name: text for name, text in os.environ.items() if name not in NOT_HANDED_ON}
    everywhere = available_cores()
    with tempfile.TemporaryFile("w+") as said:
        # The affinity is inherited; libraries size their thread pools by it.
        os.sched_setaffinity(0, everywhere[:cores])
        try:
            begun = time.perf_counter()
            process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )
        finally:
            os.sched_setaffinity(0, everywhere)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            raise MeasurementFailed(
                f"{' '.join(command)}: exit code {process.returncode}\n{said.read()[-2_000:]}"
            )
    return Usage(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def run_module(module: str, *arguments: object) -> str:
    """Run a program that is not measured, apart from the process that measures; what it printed."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
