"""The part of a processor that Lambda gives for memory.

Linux holds a process to it by a bandwidth limit of its control group
(https://docs.kernel.org/scheduler/sched-bwc.html), where we may make one.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.cost.prices import VCPU_MB

PERIOD_US = 20_000
"""Short, so that waiting for the next period hardly shows in a request of a few milliseconds."""

CGROUPS = Path("/sys/fs/cgroup")
GONE_SECONDS = 10.0
"""After so long a process that was told to end has ended."""


@contextlib.contextmanager
def processor_of(memory_mb: int) -> Iterator[Callable[[int], bool]]:
    """Make a control group with the processor time of this memory.

    Yields
    ------
    hold
        Puts a process (and what it starts from then on) into it, by its id, and tells whether that
        could be done. The processes have to be told to end before the context does.
    """
    first_version = CGROUPS / "cpu"
    parent = first_version if first_version.is_dir() else CGROUPS
    group = parent / f"segmentation-benchmarks-{os.getpid()}"
    quota = round(PERIOD_US * memory_mb / VCPU_MB)
    limits = {"cpu.max": f"{quota} {PERIOD_US}"}
    if parent == first_version:
        limits = {"cpu.cfs_period_us": str(PERIOD_US), "cpu.cfs_quota_us": str(quota)}

    def hold(pid: int) -> bool:
        try:
            for name, value in {**limits, "cgroup.procs": str(pid)}.items():
                (group / name).write_text(value)
        except OSError:
            return False
        return True

    try:
        group.mkdir()
    except OSError:
        yield lambda _: False
        return
    try:
        yield hold
    finally:
        _remove(group)


def _remove(group: Path) -> None:
    deadline = time.monotonic() + GONE_SECONDS
    while True:
        try:
            return group.rmdir()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
