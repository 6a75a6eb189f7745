"""Time as a budget: an upload that cannot be finished is refused with figures, not killed.

Lambda ends a function at its timeout without a word, and the queue would send the same upload
again and again. So the rate is measured while scoring, and what it promises is compared with the
time that is left.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from engine.text import ByteSource
from segmentation.errors import TransientError, UploadRefused

RESERVE_SECONDS = 20.0
"""Kept for completing the outputs and writing the report."""

MEASURED_SECONDS = 10.0
"""How long the rate is measured before it is believed."""

DOUBT = 1.25
"""How far beyond the time that is left the forecast has to be before it refuses."""


class TimedSource:
    """Reads an upload as long as there is hope of finishing it in time.

    Parameters
    ----------
    source
        The bytes of the upload.
    size
        How many they are.
    remaining_seconds
        Tells how much time is left.
    final
        Whether the upload had all the time there is; else it is tried again, not refused.
    clock
        Monotonic seconds.
    """

    def __init__(
        self,
        source: ByteSource,
        size: int,
        remaining_seconds: Callable[[], float],
        *,
        final: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._size = size
        self._remaining = remaining_seconds
        self._final = final
        self._clock = clock
        self._begun = clock()
        self._read = 0

    def read(self, size: int, /) -> bytes:
        """Give exactly `size` bytes, fewer only at the end, none after it.

        Raises
        ------
        UploadRefused
            ``takes_too_long``: with the measured rate, and what to do.
        TransientError
            The same, where the upload had only a part of the time, or nothing was measured yet.
        """
        left = self._remaining() - RESERVE_SECONDS
        elapsed = self._clock() - self._begun
        needed = elapsed * (self._size - self._read) / max(self._read, 1)
        hopeless = elapsed >= MEASURED_SECONDS and needed > DOUBT * left
        if self._read < self._size and (left <= 0 or hopeless):
            refusal = self._refusal(elapsed, elapsed + left)
            if self._final and self._read:
                raise refusal
            raise TransientError(f"too little time was left: {refusal.message}")
        data = self._source.read(size)
        self._read += len(data)
        return data

    def _refusal(self, elapsed: float, available: float) -> UploadRefused:
        rate = self._read / max(elapsed, 1e-9)
        needed = self._size / max(rate, 1e-9)
        parts = max(2, math.ceil(DOUBT * needed / max(available, 1.0)))
        return UploadRefused(
            "takes_too_long",
            f"scoring runs at {rate / 1e6:,.1f} MB a second, so {self._size / 1e6:,.0f} MB take "
            f"about {needed:,.0f} s, expected at most {max(available, 0.0):,.0f} s: split the file "
            f"into {parts:,} parts, or raise the function's ScoreTimeout or ScoreMemory",
        )
