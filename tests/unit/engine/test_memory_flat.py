"""Memory does not grow with the upload."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import io, re, sys
from pathlib import Path
from engine.score import score_stream
from engine.sinks import ParquetSink
from tests.support.csvs import MALL_HEADER
from tests.support.models import mall_model

rows, bad = int(sys.argv[1]), sys.argv[2]

class Upload:
    def __init__(self):
        self.pending, self.row = MALL_HEADER.encode() + b"\\n", 0
    def read(self, size):
        while len(self.pending) < size and self.row < rows:
            self.pending += b"".join(
                b"%d,%b,%d,%d,50\\n" % (number, bad.encode() or b"F", number % 80, number % 140)
                for number in range(self.row, self.row + 20_000)
            )
            self.row += 20_000
        taken, self.pending = self.pending[:size], self.pending[size:]
        return taken

class Nowhere:
    def write(self, data):
        pass

scored = score_stream(Upload(), mall_model(), ParquetSink(Nowhere()), Nowhere())
assert scored.tally.read == rows, scored.tally.read
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""

ALLOWANCE_MIB = 100


def peak_mib(rows: int, bad: str) -> int:
    return int(
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(rows), bad],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="needs Linux's /proc")
@pytest.mark.parametrize("bad", ["", "x"], ids=["clean rows", "bad rows"])
def test_three_times_the_rows_take_no_more_memory(bad: str) -> None:
    # By two million rows every queue has been full. How far the stages run ahead of each other is
    # up to the scheduler, within limits that make up less than the allowance; 4 million more rows,
    # if they were kept, would take twice as much.
    few = max(peak_mib(2_000_000, bad) for _ in range(2))
    many = min(peak_mib(6_000_000, bad) for _ in range(2))

    assert many < few + ALLOWANCE_MIB
    assert many < 350
