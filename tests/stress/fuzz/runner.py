"""Running the targets for a time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tests.stress.fuzz.target import Target

ROUND = 100
"""Inputs between two looks at the clock."""


@dataclass(frozen=True)
class Fuzzed:
    """What became of a target.

    Parameters
    ----------
    target
        Its name.
    happened
        How often what happened; ``inputs`` counts all.
    seconds
        What it took.
    wrong
        What came out that was not promised, with the input that makes it; None: nothing did.
    """

    target: str
    happened: Counter[str]
    seconds: float
    wrong: Exception | None = None


def fuzz(
    target: Target, seconds: float, seed: int, clock: Callable[[], float] = time.monotonic
) -> Fuzzed:
    """Fuzz a target until the time is up, or something wrong was found.

    Parameters
    ----------
    target
        What to fuzz.
    seconds
        How long; at least one round is run.
    seed
        Where to begin: the same seed makes the same inputs.
    clock
        Monotonic seconds.
    """
    begun = clock()
    happened: Counter[str] = Counter()
    wrong = None
    while wrong is None:
        try:
            happened += target.run(ROUND, seed)
        except Exception as exc:
            wrong = exc
        seed += 1
        if clock() - begun >= seconds:
            break
    return Fuzzed(target.name, happened, clock() - begun, wrong)
