"""The part of a processor that Lambda gives for memory: 1,769 MB are one vCPU.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html

Linux holds a process to it by a bandwidth limit of its control group
(https://docs.kernel.org/scheduler/sched-bwc.html), where we may make one.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ONE_VCPU_MB = 1769
PERIOD_US = 20_000
"""Short, so that waiting for the next period hardly shows in a request of a few milliseconds."""

CGROUPS = Path("/sys/fs/cgroup")
NAME = f"segmentation-bench-{os.getpid()}"

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
    group = CGROUPS / "cpu" / NAME if (CGROUPS / "cpu").is_dir() else CGROUPS / NAME

    def hold(pid: int) -> bool:
        try:
            for name, value in _limits(memory_mb).items():
                if (group / name).exists():
                    (group / name).write_text(value)
            (group / "cgroup.procs").write_text(str(pid))
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


def _limits(memory_mb: int) -> dict[str, str]:
    quota = round(PERIOD_US * memory_mb / ONE_VCPU_MB)
    return {
        # Version 1 of control groups, and version 2.
        "cpu.cfs_period_us": str(PERIOD_US),
        "cpu.cfs_quota_us": str(quota),
        "cpu.max": f"{quota} {PERIOD_US}",
    }


def _remove(group: Path) -> None:
    deadline = time.monotonic() + GONE_SECONDS
    while True:
        try:
            group.rmdir()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
