"""More than one sandbox of the score function on the local stack, and what memory they take."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.local import LocalStack
from infra.local.event_source import read_event_sources
from infra.local.function import LocalFunction
from infra.local.poller import QueuePoller

SCORE = "ScoreFunction"
STOP_SECONDS = 30.0


@contextlib.contextmanager
def one_more_sandbox(stack: LocalStack) -> Iterator[None]:
    """Let a second sandbox take events beside the stack's own, as Lambda does under load."""
    settings = stack.functions[SCORE].settings
    (source,) = read_event_sources(stack.deployment)
    with tempfile.TemporaryDirectory(prefix="segmentation-") as folder:
        function = LocalFunction(settings, Path(folder), stack.folder / f"{SCORE}-2.log")
        s3: Any = stack.client("s3")
        poller = QueuePoller(source, function, stack.client("sqs"), s3, lambda _: None)
        try:
            function.wait_until_ready()
            poller.start()
            yield
        finally:
            poller.stop(STOP_SECONDS)
            function.stop()


class Memory:
    """Peak resident memory of the sandboxes, where Linux tells it.

    Parameters
    ----------
    stack
        Its score function, in as many processes as there are.
    """

    def __init__(self, stack: LocalStack) -> None:
        self._arn = stack.functions[SCORE].settings.arn

    def forget(self) -> None:
        """Begin anew: the peak is what is held now."""
        for process in self._processes():
            with contextlib.suppress(OSError):
                (process / "clear_refs").write_text("5")

    def peak(self) -> int:
        """Give the highest peak of all sandboxes in bytes; 0 where it is not told."""
        return max(map(_peak, self._processes()), default=0)

    def _processes(self) -> Iterator[Path]:
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
                command = (process / "cmdline").read_bytes().split(b"\0")
                if parent == os.getpid() and self._arn.encode() in command:
                    yield process


def _peak(process: Path) -> int:
    with contextlib.suppress(OSError):
        for line in (process / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
    return 0
